import { Group, Text } from "@mantine/core";
import { ChannelBadge } from "../../components/Badges";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney } from "../../lib/format";
import { summarize } from "../../lib/lines";
import {
  OrderActions,
  type OrderListProps,
  OrderNumber,
  OrderStates,
  ProductNames,
  ShipmentCell,
  useOpenOrder,
} from "./OrderCells";

/** The order list where a table would squeeze its columns: one card an order. */
export function OrderCards({ orders, isFresh, onShip }: OrderListProps) {
  const { t, language } = useLanguage();
  const open = useOpenOrder();
  return (
    <ul className="cards">
      {orders.map((order) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has the link in it
        <li
          key={order.id}
          onClick={open(order)}
          className={isFresh(order) ? "clickable fresh" : "clickable"}
        >
          <Group justify="space-between" gap="xs">
            <Group gap="xs">
              <OrderNumber order={order} />
              <ChannelBadge channel={order.channel} />
            </Group>
            <Text size="xs" c="dimmed" component="div">
              <When at={order.ordered_at} span size="xs" /> ·{" "}
              <When at={order.ordered_at} relative span size="xs" />
            </Text>
          </Group>
          <div>
            <ProductNames order={order} />
          </div>
          <Group justify="space-between" gap="xs">
            <Group gap="xs">
              <OrderStates order={order} />
              <ShipmentCell order={order} />
            </Group>
            <Group gap="sm">
              <Text size="sm" className="numeric number">
                {t("shipping.units", { count: summarize(order).quantity })} ·{" "}
                <b>{formatMoney(order.total, language)}</b>
              </Text>
              <OrderActions order={order} onShip={onShip} />
            </Group>
          </Group>
        </li>
      ))}
    </ul>
  );
}
