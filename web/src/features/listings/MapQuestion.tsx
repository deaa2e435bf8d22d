import { Alert, Divider, ScrollArea, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { Fragment } from "react";
import { affectedLinesQuery } from "../../api/queries";
import type { Listing, ListingComponent } from "../../api/types";
import { confirm } from "../../components/confirm";
import { useLanguage } from "../../i18n/useLanguage";
import { Contents } from "./Contents";
import { ListingName } from "./ListingName";
import { goesAsLink, goesWithoutParcel, type Waiting, waitingOrders } from "./waiting";

/** What one unit of a listing is to stand for. */
export interface Mapping {
  listing: Listing;
  parts: ListingComponent[];
}

/** Asks before listings are mapped: every waiting order goes on at once, and a link that was sent stays sent. */
export function useAskToMap() {
  const { t } = useLanguage();
  return (mappings: Mapping[], onConfirm: () => void) => {
    const again = mappings.some(({ listing }) => listing.components.length > 0);
    const digital = mappings.some(goesAsLink);
    const one = again ? t("listings.ask.remapTitle") : t("listings.ask.title");
    const yes = again ? t("listings.remap") : t("listings.map");
    confirm({
      title: mappings.length > 1 ? t("listings.ask.several", { count: mappings.length }) : one,
      size: "lg",
      children: <MapQuestion mappings={mappings} />,
      labels: {
        confirm: digital ? t("listings.ask.mapDigital") : yes,
        cancel: t("common.cancel"),
      },
      confirmProps: digital ? { color: "red" } : {},
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm,
    });
  };
}

function MapQuestion({ mappings }: { mappings: Mapping[] }) {
  const { t } = useLanguage();
  const affected = useQueries({
    queries: mappings.map(({ listing }) => ({
      ...affectedLinesQuery(listing.id, { page_size: 200 }),
      staleTime: 0,
    })),
    combine: (answers) => answers.map(({ data, error }) => (error ? null : data)),
  });
  const waiting = waitingOrders(affected);
  const links = waitingOrders(affected.filter((_, i) => goesAsLink(mappings[i])));
  return (
    <Stack gap="sm">
      <ScrollArea.Autosize mah={320} type="auto">
        <Stack gap="sm">
          {mappings.map(({ listing, parts }, i) => (
            <Fragment key={listing.id}>
              {i > 0 && <Divider />}
              <div>
                <ListingName listing={listing} />
              </div>
              <div>
                <Text size="xs" c="dimmed">
                  {t("listings.standsFor")}
                </Text>
                <Contents items={parts} />
              </div>
            </Fragment>
          ))}
        </Stack>
      </ScrollArea.Autosize>
      {mappings.some(goesAsLink) && (
        <SentAtOnce
          mappings={mappings.filter(goesAsLink)}
          waiting={links}
          named={mappings.length > 1}
        />
      )}
      <GoesOn waiting={waiting} />
      {mappings.some(({ listing }) => listing.components.length > 0) && (
        <Text size="sm">{t("listings.ask.sentStays")}</Text>
      )}
    </Stack>
  );
}

interface SentAtOnceProps {
  mappings: Mapping[];
  waiting: Waiting;
  /** Others are asked about, too, so that it has to be said which these are. */
  named: boolean;
}

/** A link leaves by itself and cannot be called back, unlike a parcel that somebody has yet to pack. */
function SentAtOnce({ mappings, waiting, named }: SentAtOnceProps) {
  const { t } = useLanguage();
  const { orders, more, known } = waiting;
  let said = t("listings.ask.digitalMaybe");
  if (known) said = t("listings.ask.digitalLater");
  if (known && orders > 0) {
    said = t("listings.ask.digitalNow", { count: orders, more: more ? "+" : "" });
  }
  return (
    <Alert
      role="alert"
      variant="filled"
      color="red"
      icon={<IconAlertTriangle />}
      title={t("listings.ask.digitalTitle")}
      styles={{ root: { backgroundColor: "var(--mantine-color-red-8)" } }}
    >
      <Stack gap={4}>
        <Text size="sm">{said}</Text>
        {mappings.some(goesWithoutParcel) && (
          <Text size="sm">{t("listings.ask.digitalDispatches")}</Text>
        )}
        {named &&
          mappings.map(({ listing }) => (
            <Text key={listing.id} size="sm">
              · {listing.product_name || listing.channel_listing_id}
            </Text>
          ))}
        <Text size="sm" fw={700}>
          {t("listings.ask.digitalParcel")}
        </Text>
      </Stack>
    </Alert>
  );
}

/** How many orders go on by it, or what is known of that. */
function GoesOn({ waiting }: { waiting: Waiting }) {
  const { t } = useLanguage();
  const { orders, more, known, failed } = waiting;
  let text = t("listings.ask.waiting", { count: orders, more: more ? "+" : "" });
  if (failed) text = t("listings.ask.waitingUnknown");
  else if (!known) text = t("listings.ask.waitingCounting");
  else if (orders === 0) text = t("listings.ask.waitingNone");
  return (
    <Text size="sm" fw={600}>
      {text}
    </Text>
  );
}
