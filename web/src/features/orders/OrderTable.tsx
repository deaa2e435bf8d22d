import { Box, Stack, Table } from "@mantine/core";
import type { Order } from "../../api/types";
import { ChannelBadge } from "../../components/Badges";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney, formatNumber } from "../../lib/format";
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

/** The order list where there is room for its columns. */
export function OrderTable({ orders, isFresh, onShip }: OrderListProps) {
  const { t } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={900}>
      <Table verticalSpacing={8} horizontalSpacing="xs" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={118}>{t("orders.column.orderedAt")}</Table.Th>
            <Table.Th w={168}>{t("orders.column.orderId")}</Table.Th>
            <Table.Th>{t("orders.column.product")}</Table.Th>
            <Table.Th w={56} ta="right">
              {t("orders.column.quantity")}
            </Table.Th>
            <Table.Th w={104} ta="right">
              {t("orders.column.amount")}
            </Table.Th>
            <Table.Th w={168}>{t("orders.column.state")}</Table.Th>
            <Table.Th w={168} visibleFrom="xl">
              {t("orders.column.shipment")}
            </Table.Th>
            <Table.Th w={124}>{t("orders.column.action")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {orders.map((order) => (
            <Row key={order.id} order={order} fresh={isFresh(order)} onShip={onShip} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface RowProps extends Pick<OrderListProps, "onShip"> {
  order: Order;
  fresh: boolean;
}

function Row({ order, fresh, onShip }: RowProps) {
  const { language } = useLanguage();
  const open = useOpenOrder();
  return (
    <Table.Tr onClick={open(order)} className={fresh ? "clickable fresh" : "clickable"}>
      <Table.Td>
        <When at={order.ordered_at} size="sm" />
        <When at={order.ordered_at} relative size="xs" c="dimmed" display="block" />
      </Table.Td>
      <Table.Td>
        <Stack gap={4} align="flex-start">
          <OrderNumber order={order} />
          <ChannelBadge channel={order.channel} />
        </Stack>
      </Table.Td>
      <Table.Td>
        <ProductNames order={order} />
      </Table.Td>
      <Table.Td ta="right" className="numeric">
        {formatNumber(summarize(order).quantity, language)}
      </Table.Td>
      <Table.Td ta="right" className="numeric number">
        {formatMoney(order.total, language)}
      </Table.Td>
      <Table.Td>
        <OrderStates order={order} />
        {/* Only a wide window has room for the shipment's own column. */}
        <Box hiddenFrom="xl" mt={4}>
          <ShipmentCell order={order} />
        </Box>
      </Table.Td>
      <Table.Td visibleFrom="xl">
        <ShipmentCell order={order} />
      </Table.Td>
      <Table.Td>
        <OrderActions order={order} onShip={onShip} />
      </Table.Td>
    </Table.Tr>
  );
}
