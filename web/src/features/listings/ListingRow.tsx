import { Button, NumberInput, Select, Table, Text, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/calls";
import type { Listing, Product } from "../../api/types";
import { ChannelBadge } from "../../components/Badges";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";

interface Props {
  listing: Listing;
  products: Product[];
}

/** One product of a channel, and which of ours it is. */
export function ListingRow({ listing, products }: Props) {
  const { t } = useLanguage();
  const may = useMay();
  const queryClient = useQueryClient();
  const [variantId, setVariantId] = useState(listing.variant_id || null);
  const [multiplier, setMultiplier] = useState<number | string>(listing.quantity_multiplier || 1);
  const map = useMutation({
    mutationFn: api.mapListing,
    onSuccess: () => {
      toastDone(t("listings.mapped", { name: listing.product_name }));
      queryClient.invalidateQueries({ queryKey: ["listings"] });
      queryClient.invalidateQueries({ queryKey: ["orders"] });
      queryClient.invalidateQueries({ queryKey: ["order"] });
    },
  });
  const unchanged =
    variantId === (listing.variant_id || null) && multiplier === listing.quantity_multiplier;
  const save = () => {
    if (!variantId || typeof multiplier !== "number") return;
    map.mutate({
      channel_account_id: listing.channel_account_id,
      channel_listing_id: listing.channel_listing_id,
      variant_id: variantId,
      quantity_multiplier: multiplier,
    });
  };
  const choices = products.flatMap((product) =>
    product.variants.map((variant) => ({
      value: variant.id,
      label: [product.name, variant.name, variant.sku].filter(Boolean).join(" · "),
    })),
  );
  const notes = [listing.option_name, listing.channel_listing_id, listing.sku_code].filter(Boolean);
  return (
    <>
      <Table.Tr>
        <Table.Td>
          <Text size="sm" fw={500} className="clamp">
            {listing.product_name || t("orders.noName")}
          </Text>
          <Text size="xs" c="dimmed">
            {notes.join(" · ")}
          </Text>
          <ChannelBadge channel={listing.channel} />
        </Table.Td>
        <Table.Td>
          <When at={listing.first_seen_at} size="sm" />
        </Table.Td>
        <Table.Td>
          <Select
            searchable
            size="sm"
            aria-label={t("listings.column.variant")}
            placeholder={products.length > 0 ? t("listings.choose") : t("listings.noProducts")}
            disabled={products.length === 0}
            data={choices}
            value={variantId}
            onChange={setVariantId}
            comboboxProps={{ width: 380, position: "bottom-start" }}
            limit={100}
          />
        </Table.Td>
        <Table.Td>
          <Tooltip label={t("listings.multiplierHint")} multiline maw={260}>
            <NumberInput
              size="sm"
              min={1}
              max={1000}
              allowDecimal={false}
              aria-label={t("listings.column.multiplier")}
              value={multiplier}
              onChange={setMultiplier}
            />
          </Tooltip>
        </Table.Td>
        <Table.Td>
          <Button
            size="xs"
            variant={listing.variant_id ? "light" : "filled"}
            disabled={!may.operate || !variantId || unchanged || typeof multiplier !== "number"}
            loading={map.isPending}
            onClick={save}
          >
            {listing.variant_id ? t("listings.remap") : t("listings.map")}
          </Button>
        </Table.Td>
      </Table.Tr>
      {map.error && (
        <Table.Tr>
          <Table.Td colSpan={5}>
            <ProblemAlert error={map.error} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
