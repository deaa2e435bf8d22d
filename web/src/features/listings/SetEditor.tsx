import { ActionIcon, Button, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { productsQuery } from "../../api/queries";
import type { Listing, ListingComponent } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { useAskToMap } from "./MapQuestion";
import { useListingActions } from "./useListingActions";

interface Part {
  key: number;
  variantId: string | null;
  quantity: number | string;
}

const MAX_PARTS = 20;

/** Says what one unit of a listing is: one variant, or a set of several. */
export function SetEditor({ listing, onDone }: { listing: Listing; onDone: () => void }) {
  const { t } = useLanguage();
  const products = useQuery(productsQuery);
  const { map } = useListingActions();
  const [parts, setParts] = useState<Part[]>(() => start(listing));
  const ask = useAskToMap();
  const variants = (products.data?.products ?? []).flatMap((product) =>
    product.variants.map(({ id, name, sku, kind }) => ({
      variant_id: id,
      name: [product.name, name].filter(Boolean).join(" · "),
      sku,
      kind,
    })),
  );
  const choices = variants.map(({ variant_id, name, sku }) => ({
    value: variant_id,
    label: `${name} · ${sku}`,
  }));
  const change = (key: number, part: Partial<Part>) =>
    setParts(parts.map((each) => (each.key === key ? { ...each, ...part } : each)));
  const add = () =>
    setParts([
      ...parts,
      { key: Math.max(...parts.map((each) => each.key)) + 1, variantId: null, quantity: 1 },
    ]);
  const components = parts.flatMap(({ variantId, quantity }) =>
    variantId && typeof quantity === "number" ? [{ variant_id: variantId, quantity }] : [],
  );
  const twice = new Set(components.map((part) => part.variant_id)).size < components.length;
  // A variant that was chosen is one of the products, or what the listing stood for before.
  const known = new Map<string, Omit<ListingComponent, "quantity">>(
    [...listing.components, ...variants].map((variant) => [variant.variant_id, variant]),
  );
  const chosen = components.flatMap(({ variant_id, quantity }) => {
    const variant = known.get(variant_id);
    return variant ? [{ ...variant, quantity }] : [];
  });
  const save = () =>
    map.mutate(
      {
        channel_account_id: listing.channel_account_id,
        channel_listing_id: listing.channel_listing_id,
        components,
        expected_version: listing.version,
      },
      { onSuccess: onDone },
    );
  return (
    <Stack gap="xs">
      {parts.map((part) => (
        <Group key={part.key} gap="xs" wrap="nowrap">
          <Select
            searchable
            flex={1}
            miw={0}
            size="sm"
            aria-label={t("listings.column.variant")}
            placeholder={choices.length > 0 ? t("listings.choose") : t("listings.noProducts")}
            disabled={choices.length === 0}
            data={choices}
            value={part.variantId}
            onChange={(variantId) => change(part.key, { variantId })}
            limit={100}
          />
          <NumberInput
            w={90}
            size="sm"
            min={1}
            max={1000}
            allowDecimal={false}
            clampBehavior="strict"
            aria-label={t("listings.column.multiplier")}
            value={part.quantity}
            onChange={(quantity) => change(part.key, { quantity })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("listings.removePart")}
            disabled={parts.length === 1}
            onClick={() => setParts(parts.filter((each) => each.key !== part.key))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Text size="xs" c="dimmed">
        {t("listings.multiplierHint")}
      </Text>
      {twice && (
        <Text size="sm" c="red" role="alert">
          {t("listings.twice")}
        </Text>
      )}
      {map.error && <ProblemAlert error={map.error} />}
      <Group justify="space-between">
        <Button
          size="xs"
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          disabled={parts.length >= MAX_PARTS}
          onClick={add}
        >
          {t("listings.addPart")}
        </Button>
        <Button
          size="xs"
          disabled={twice || components.length < parts.length || same(listing, components)}
          loading={map.isPending}
          onClick={() => ask([{ listing, parts: chosen }], save)}
        >
          {listing.components.length > 0 ? t("listings.remap") : t("listings.map")}
        </Button>
      </Group>
    </Stack>
  );
}

function start(listing: Listing): Part[] {
  if (listing.components.length === 0) return [{ key: 0, variantId: null, quantity: 1 }];
  return listing.components.map((component, key) => ({
    key,
    variantId: component.variant_id,
    quantity: component.quantity,
  }));
}

function same(listing: Listing, components: { variant_id: string; quantity: number }[]): boolean {
  const was = new Map(listing.components.map((part) => [part.variant_id, part.quantity]));
  return (
    was.size === components.length &&
    components.every((part) => was.get(part.variant_id) === part.quantity)
  );
}
