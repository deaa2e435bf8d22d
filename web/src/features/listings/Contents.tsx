import { Group, Text } from "@mantine/core";
import type { ListingComponent, ShipmentContent } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";

/** So many units of which variants. */
export function Contents({ items }: { items: (ListingComponent | ShipmentContent)[] }) {
  const { t } = useLanguage();
  return (
    <>
      {items.map((item) => (
        <Group key={item.variant_id} gap={6} wrap="nowrap" align="baseline">
          <Text size="sm">{item.name || item.sku || t("listings.unnamed")}</Text>
          {item.sku && (
            <Text size="xs" c="dimmed" className="code" style={{ whiteSpace: "nowrap" }}>
              {item.sku}
            </Text>
          )}
          <Text size="sm" fw={600} className="numeric" style={{ whiteSpace: "nowrap" }}>
            × {item.quantity}
          </Text>
        </Group>
      ))}
    </>
  );
}
