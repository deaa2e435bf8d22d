import { Button, Checkbox, Group, Stack, Table } from "@mantine/core";
import type { Listing } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { Changes } from "./Changes";
import { Contents } from "./Contents";
import { ListingName } from "./ListingName";
import { Suggestions } from "./Suggestions";
import { useListingActions } from "./useListingActions";

interface Props {
  listing: Listing;
  /** Whether it is chosen to be accepted with others; undefined when it cannot be. */
  chosen: boolean | undefined;
  onChoose: (chosen: boolean) => void;
  onOpen: () => void;
}

/** One product of a channel: what it is of ours, or may be, and what changed. */
export function ListingRow({ listing, chosen, onChoose, onOpen }: Props) {
  const { t } = useLanguage();
  const may = useMay();
  const actions = useListingActions();
  const error = actions.map.error ?? actions.acknowledge.error;
  const name = listing.product_name || t("listings.unseen");
  return (
    <>
      <Table.Tr style={{ verticalAlign: "top" }}>
        <Table.Td>
          {chosen !== undefined && (
            <Checkbox
              size="xs"
              disabled={!may.operate}
              aria-label={t("listings.chooseOne", { name })}
              checked={chosen}
              onChange={(event) => onChoose(event.currentTarget.checked)}
            />
          )}
        </Table.Td>
        <Table.Td>
          <ListingName listing={listing} />
        </Table.Td>
        <Table.Td>
          <Stack gap={6}>
            {listing.components.length > 0 ? (
              <div>
                <Contents items={listing.components} />
              </div>
            ) : (
              <Suggestions listing={listing} actions={actions} />
            )}
            {listing.changes.length > 0 && (
              <Group gap="sm" align="flex-end">
                <div>
                  <Changes changes={listing.changes} />
                </div>
                <Button
                  size="compact-xs"
                  variant="light"
                  color="orange"
                  disabled={!may.operate}
                  loading={actions.acknowledge.isPending}
                  onClick={() => actions.acknowledge.mutate(listing)}
                >
                  {t("listings.acknowledge")}
                </Button>
              </Group>
            )}
          </Stack>
        </Table.Td>
        <Table.Td>
          <When at={listing.first_seen_at} size="sm" />
        </Table.Td>
        <Table.Td>
          <Button
            size="compact-sm"
            variant={listing.components.length > 0 ? "default" : "light"}
            onClick={onOpen}
          >
            {listing.components.length > 0 ? t("listings.open") : t("listings.pick")}
          </Button>
        </Table.Td>
      </Table.Tr>
      {error && (
        <Table.Tr>
          <Table.Td />
          <Table.Td colSpan={4}>
            <ProblemAlert error={error} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
