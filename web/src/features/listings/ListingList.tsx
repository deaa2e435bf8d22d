import { Button, Group, Table, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { Listing } from "../../api/types";
import { useWide } from "../../components/useWide";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { ListingCard } from "./ListingCard";
import { ListingRow } from "./ListingRow";
import { useAskToMap } from "./MapQuestion";
import { accepting, certain, partOf, useListingActions } from "./useListingActions";

interface Props {
  listings: Listing[];
  onOpen: (id: string) => void;
}

/** The listings with those that are chosen: rows of a table, or cards where it would squeeze its columns. */
export function ListingList({ listings, onOpen }: Props) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const wide = useWide();
  const Item = wide ? ListingRow : ListingCard;
  const items = listings.map((listing) => (
    <Item
      key={listing.id}
      listing={listing}
      chosen={certain(listing) ? chosen.has(listing.id) : undefined}
      onChoose={(on) => choose(listing.id, on)}
      onOpen={() => onOpen(listing.id)}
    />
  ));
  return (
    <>
      <Several listings={listings} chosen={chosen} onChoose={setChosen} />
      {wide ? <ListingTable>{items}</ListingTable> : <ul className="cards">{items}</ul>}
    </>
  );
}

function ListingTable({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={860}>
      <Table verticalSpacing={8} horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={36} />
            <Table.Th w={340}>{t("listings.column.listing")}</Table.Th>
            <Table.Th>{t("listings.column.variant")}</Table.Th>
            <Table.Th w={130}>{t("listings.column.firstSeen")}</Table.Th>
            <Table.Th w={100} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface SeveralProps {
  listings: Listing[];
  chosen: ReadonlySet<string>;
  onChoose: (ids: ReadonlySet<string>) => void;
}

/** Accepts several suggestions at once: those whose code is equal. */
function Several({ listings, chosen, onChoose }: SeveralProps) {
  const { t } = useLanguage();
  const may = useMay();
  const { accept } = useListingActions();
  const ask = useAskToMap();
  const pairs = listings.flatMap((listing) => {
    const suggestion = certain(listing);
    return suggestion ? [{ listing, suggestion }] : [];
  });
  const wanted = pairs.filter(({ listing }) => chosen.has(listing.id));
  const parts = wanted.map(({ listing, suggestion }) => ({
    listing,
    parts: [partOf(suggestion)],
  }));
  const map = () =>
    accept.mutate(
      wanted.map(({ listing, suggestion }) => accepting(listing, suggestion)),
      { onSuccess: () => onChoose(new Set()) },
    );
  if (!may.operate || pairs.length === 0) return null;
  const all = new Set(pairs.map(({ listing }) => listing.id));
  return (
    <Group p="sm" gap="sm" justify="space-between" bg="var(--mantine-color-default-hover)">
      <Text size="sm">{t("listings.certain", { count: pairs.length })}</Text>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          onClick={() => onChoose(wanted.length === pairs.length ? new Set() : all)}
        >
          {wanted.length === pairs.length ? t("listings.chooseNone") : t("listings.chooseAll")}
        </Button>
        <Button
          size="xs"
          disabled={wanted.length === 0}
          loading={accept.isPending}
          onClick={() => ask(parts, map)}
        >
          {t("listings.acceptChosen", { count: wanted.length })}
        </Button>
      </Group>
    </Group>
  );
}
