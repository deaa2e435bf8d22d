import { Button, Checkbox, Group, Stack } from "@mantine/core";
import type { Listing } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { Changes } from "./Changes";
import { Contents } from "./Contents";
import type { ListingProps } from "./ListingRow";
import { Suggestions } from "./Suggestions";
import type { useListingActions } from "./useListingActions";

/** Chooses it to be accepted with others; nothing where it cannot be. */
export function Choice({ listing, chosen, onChoose }: Omit<ListingProps, "onOpen">) {
  const { t } = useLanguage();
  const may = useMay();
  if (chosen === undefined) return null;
  return (
    <Checkbox
      size="xs"
      disabled={!may.operate}
      aria-label={t("listings.chooseOne", {
        name: listing.product_name || t("listings.unseen"),
      })}
      checked={chosen}
      onChange={(event) => onChoose(event.currentTarget.checked)}
    />
  );
}

interface VariantsProps {
  listing: Listing;
  actions: ReturnType<typeof useListingActions>;
}

/** What it is of ours, or may be, and what changed at the channel. */
export function ListingVariants({ listing, actions }: VariantsProps) {
  const { t } = useLanguage();
  const may = useMay();
  return (
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
  );
}

export function OpenButton({ listing, onOpen }: Pick<ListingProps, "listing" | "onOpen">) {
  const { t } = useLanguage();
  const mapped = listing.components.length > 0;
  return (
    <Button size="compact-sm" variant={mapped ? "default" : "light"} onClick={onOpen}>
      {mapped ? t("listings.open") : t("listings.pick")}
    </Button>
  );
}
