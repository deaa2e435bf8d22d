import { Badge, Group, Table, Text } from "@mantine/core";
import type { Money, Order, OrderLine } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { Panel } from "../../components/Panel";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney, formatNumber } from "../../lib/format";
import { shippingFee } from "../../lib/lines";
import { LineAmounts } from "./LineAmounts";

export function LinesPanel({ order }: { order: Order }) {
  const { t } = useLanguage();
  const fee = shippingFee(order);
  return (
    <Panel title={t("orders.detail.lines")}>
      <Table.ScrollContainer type="native" minWidth={640}>
        <Table verticalSpacing={8}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("orders.column.product")}</Table.Th>
              <Table.Th ta="right" w={90}>
                {t("orders.column.quantity")}
              </Table.Th>
              <Table.Th ta="right" w={100}>
                {t("orders.detail.unitPrice")}
              </Table.Th>
              <Table.Th ta="right" w={100}>
                {t("orders.detail.lineTotal")}
              </Table.Th>
              <Table.Th w={110}>{t("orders.column.state")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {order.lines.map((line) => (
              <Row key={line.id} line={line} lines={order.lines} />
            ))}
          </Table.Tbody>
          <Table.Tfoot>
            {fee && <Sum label={t("orders.detail.shippingFee")} money={fee} />}
            <Sum label={t("orders.detail.total")} money={order.total} strong />
          </Table.Tfoot>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function Sum({ label, money, strong }: { label: string; money: Money; strong?: boolean }) {
  const { language } = useLanguage();
  return (
    <Table.Tr fw={strong ? 600 : 400}>
      <Table.Td colSpan={3} ta="right">
        {label}
      </Table.Td>
      <Table.Td ta="right" className="numeric number">
        {formatMoney(money, language)}
      </Table.Td>
      <Table.Td />
    </Table.Tr>
  );
}

function Row({ line, lines }: { line: OrderLine; lines: OrderLine[] }) {
  const { t, word, language } = useLanguage();
  const what = [line.option_name, line.sku_code && `SKU ${line.sku_code}`];
  const parcel = [
    line.channel_parcel_id && `${t("orders.detail.parcel")} ${line.channel_parcel_id}`,
    line.tracking_number && `${t("orders.detail.tracking")} ${line.tracking_number}`,
  ];
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={6}>
          <Text size="sm" fw={500}>
            {line.product_name || t("orders.noName")}
          </Text>
          {line.kind === "DIGITAL" && (
            <Badge size="sm" variant="light" color="grape" tt="none">
              {word("kind", line.kind)}
            </Badge>
          )}
          {line.kind === null && (
            <Badge size="sm" variant="light" color="orange" tt="none">
              {t("orders.detail.unmapped")}
            </Badge>
          )}
        </Group>
        {[what, parcel].map((notes) => (
          <Text key={notes.join()} size="xs" c="dimmed">
            {notes.filter(Boolean).join(" · ")}
          </Text>
        ))}
        <LineAmounts line={line} lines={lines} />
      </Table.Td>
      <Table.Td ta="right" className="numeric">
        {formatNumber(line.quantity, language)}
        {line.cancelled_quantity > 0 && (
          <Text size="xs" c="red">
            {t("orders.detail.cancelled", { count: line.cancelled_quantity })}
          </Text>
        )}
        {line.held_quantity > 0 && (
          <Text size="xs" c="orange">
            {t("orders.detail.lineHeld", { count: line.held_quantity })}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="numeric">
        {formatMoney(line.unit_price, language)}
      </Table.Td>
      <Table.Td ta="right" className="numeric">
        {formatMoney(line.amounts.paid, language)}
      </Table.Td>
      <Table.Td>
        <StateBadge group="orderState" code={line.state} />
      </Table.Td>
    </Table.Tr>
  );
}
