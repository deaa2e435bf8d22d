import { Group, Text } from "@mantine/core";
import type { OrderLine } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney } from "../../lib/format";
import { sharesShipping } from "../../lib/lines";

/** What a line's price is made of, as far as its channel says so. */
export function LineAmounts({ line, lines }: { line: OrderLine; lines: OrderLine[] }) {
  const { t } = useLanguage();
  return (
    <Group gap="0 var(--mantine-spacing-md)" component="dl" m={0}>
      <Amount label={t("orders.detail.discount")} value={useDiscount(line)} />
      <Amount label={t("orders.detail.shippingFee")} value={useShipping(line, lines)} />
      <Amount label={t("orders.detail.expectedSettlement")} value={useSettlement(line)} />
    </Group>
  );
}

function Amount({ label, value }: { label: string; value: string }) {
  return (
    <Group gap={6} wrap="nowrap" align="baseline">
      <Text size="xs" c="dimmed" component="dt">
        {label}
      </Text>
      <Text size="xs" component="dd" m={0} className="numeric">
        {value}
      </Text>
    </Group>
  );
}

function useDiscount({ amounts }: OrderLine): string {
  const { t, language } = useLanguage();
  const { discount, discount_by_merchant, discount_by_channel } = amounts;
  if (!discount) return t("orders.detail.notTold");
  if (discount.amount_minor === 0) return t("orders.detail.noDiscount");
  const parts =
    discount_by_merchant && discount_by_channel
      ? t("orders.detail.discountParts", {
          merchant: formatMoney(discount_by_merchant, language),
          channel: formatMoney(discount_by_channel, language),
        })
      : t("orders.detail.discountUnsplit");
  return `${formatMoney(discount, language)} (${parts})`;
}

function useShipping(line: OrderLine, lines: OrderLine[]): string {
  const { t, language } = useLanguage();
  if (!line.amounts.shipping_fee) return t("orders.detail.notTold");
  if (sharesShipping(lines, line)) return t("orders.detail.shippingShared");
  return formatMoney(line.amounts.shipping_fee, language);
}

function useSettlement({ amounts }: OrderLine): string {
  const { t, language } = useLanguage();
  if (!amounts.expected_settlement) return t("orders.detail.notTold");
  return formatMoney(amounts.expected_settlement, language);
}
