import { Alert, Button, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { listingQuery } from "../../api/queries";
import type { Listing } from "../../api/types";
import { Loading } from "../../components/Blank";
import { confirm } from "../../components/confirm";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { AffectedOrders } from "./AffectedOrders";
import { Changes } from "./Changes";
import { Contents } from "./Contents";
import { History } from "./History";
import { ListingName } from "./ListingName";
import { SetEditor } from "./SetEditor";
import { useListingActions } from "./useListingActions";

interface Props {
  listingId: string | undefined;
  onClose: () => void;
}

/** One product of a channel: what it stands for, what changed, which orders that concerns, and who said what. */
export function ListingDrawer({ listingId, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Drawer
      opened={Boolean(listingId)}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("listings.drawer")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {listingId && <Details key={listingId} id={listingId} />}
    </Drawer>
  );
}

function Details({ id }: { id: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const query = useQuery({ ...listingQuery(id), refetchInterval: 10_000 });
  if (query.isPending) return <Loading />;
  if (!query.data) return <ProblemAlert error={query.error} onRetry={() => query.refetch()} />;
  const listing = query.data;
  return (
    <Stack gap="lg">
      <div>
        <ListingName listing={listing} />
        <Facts listing={listing} />
      </div>
      {listing.changes.length > 0 && <Changed listing={listing} />}
      <Section title={t("listings.standsFor")}>
        {may.operate ? (
          // Whoever edits an older version would overwrite what another person said.
          <SetEditor key={listing.version} listing={listing} onDone={() => query.refetch()} />
        ) : (
          <Contents items={listing.components} />
        )}
        <MappedBy listing={listing} />
      </Section>
      <Section title={t("listings.affected")}>
        <AffectedOrders key={listing.version} listingId={id} />
      </Section>
      <Section title={t("listings.history")}>
        <History listingId={id} />
      </Section>
    </Stack>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="xs" component="section">
      <Title order={3} size="h5">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

function Facts({ listing }: { listing: Listing }) {
  const { t } = useLanguage();
  const facts = [
    listing.barcode && `${t("listings.barcode")} ${listing.barcode}`,
    listing.channel_product_id && `${t("listings.productId")} ${listing.channel_product_id}`,
  ].filter(Boolean);
  return (
    <>
      {facts.length > 0 && (
        <Text size="xs" c="dimmed">
          {facts.join(" · ")}
        </Text>
      )}
      <Text size="xs" c="dimmed" component="div">
        {t("listings.column.firstSeen")} <When at={listing.first_seen_at} size="xs" span />
        {listing.listed_at && (
          <>
            {" · "}
            {t("listings.listedAt")} <When at={listing.listed_at} size="xs" span />
          </>
        )}
      </Text>
    </>
  );
}

function Changed({ listing }: { listing: Listing }) {
  const { t } = useLanguage();
  const may = useMay();
  const { acknowledge } = useListingActions();
  return (
    <Alert color="orange" title={t("listings.changedTitle")}>
      <Stack gap="xs" align="flex-start">
        <div>
          <Changes changes={listing.changes} />
        </div>
        <Text size="sm">{t("listings.changedText")}</Text>
        {acknowledge.error && <ProblemAlert error={acknowledge.error} />}
        {may.operate && (
          <Button
            size="xs"
            variant="light"
            color="orange"
            loading={acknowledge.isPending}
            onClick={() => acknowledge.mutate(listing)}
          >
            {t("listings.acknowledge")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

function MappedBy({ listing }: { listing: Listing }) {
  const { t } = useLanguage();
  const may = useMay();
  const { unmap } = useListingActions();
  if (listing.components.length === 0) return null;
  const ask = () =>
    confirm({
      title: t("listings.unmapTitle"),
      children: <Text size="sm">{t("listings.unmapText")}</Text>,
      labels: { confirm: t("listings.unmap"), cancel: t("common.cancel") },
      confirmProps: { color: "red" },
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => unmap.mutate(listing),
    });
  return (
    <>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed" component="div">
          {listing.mapped_by} · <When at={listing.mapped_at} size="xs" span />
        </Text>
        {may.operate && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            loading={unmap.isPending}
            onClick={ask}
          >
            {t("listings.unmap")}
          </Button>
        )}
      </Group>
      {unmap.error && <ProblemAlert error={unmap.error} />}
    </>
  );
}
