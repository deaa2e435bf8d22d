import { Badge, Group, Text } from "@mantine/core";
import type { Listing } from "../../api/types";
import { ChannelBadge } from "../../components/Badges";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney } from "../../lib/format";

/** What the channel calls it. */
export function ListingName({ listing }: { listing: Listing }) {
  const { t, word, language } = useLanguage();
  const notes = [
    listing.option_name,
    listing.sku_code && `SKU ${listing.sku_code}`,
    listing.channel_listing_id,
    listing.price && formatMoney(listing.price, language),
  ].filter(Boolean);
  return (
    <>
      <Text size="sm" fw={500} className="clamp">
        {listing.product_name || t("listings.unseen")}
      </Text>
      <Text size="xs" c="dimmed">
        {notes.join(" · ")}
      </Text>
      <Group gap={6}>
        <ChannelBadge channel={listing.channel} />
        {listing.attention && (
          <Badge
            variant="light"
            color={listing.attention === "NEW" ? "blue" : "orange"}
            tt="none"
            fw={600}
            miw="fit-content"
          >
            {word("listingAttention", listing.attention)}
          </Badge>
        )}
        {listing.on_sale === false && (
          <Text size="xs" c="dimmed">
            {t("listings.notOnSale")}
          </Text>
        )}
      </Group>
    </>
  );
}
