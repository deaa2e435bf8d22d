import { Box, Button, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconDownload, IconTruckDelivery } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import type { Order } from "../../api/types";
import { ChannelBadge, HoldBadge, StateBadge } from "../../components/Badges";
import { AnchorLink, ButtonLink } from "../../components/links";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney, formatNumber } from "../../lib/format";
import { canShip, summarize } from "../../lib/lines";
import { useMay } from "../session/useMay";

interface Props {
  orders: Order[];
  isFresh: (order: Order) => boolean;
  onShip: (orderId: string) => void;
}

export function OrderTable({ orders, isFresh, onShip }: Props) {
  const { t } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={740}>
      <Table verticalSpacing={8} horizontalSpacing="xs" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={118}>{t("orders.column.orderedAt")}</Table.Th>
            <Table.Th w={150}>{t("orders.column.orderId")}</Table.Th>
            <Table.Th>{t("orders.column.product")}</Table.Th>
            <Table.Th w={56} ta="right">
              {t("orders.column.quantity")}
            </Table.Th>
            <Table.Th w={104} ta="right">
              {t("orders.column.amount")}
            </Table.Th>
            <Table.Th w={128}>{t("orders.column.state")}</Table.Th>
            <Table.Th w={140} visibleFrom="lg">
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

function Row({ order, fresh, onShip }: { order: Order; fresh: boolean } & Pick<Props, "onShip">) {
  const { t, language } = useLanguage();
  const navigate = useNavigate();
  const may = useMay();
  const { name, option, more, quantity } = summarize(order);

  // The whole row is a large target for the mouse; the keyboard has the link in it.
  const openRow = (event: MouseEvent<HTMLElement>) => {
    const onControl = (event.target as HTMLElement).closest("a, button");
    const selecting = Boolean(window.getSelection()?.toString());
    if (!onControl && !selecting) navigate({ to: "/orders/$id", params: { id: order.id } });
  };
  return (
    <Table.Tr onClick={openRow} className={fresh ? "clickable fresh" : "clickable"}>
      <Table.Td>
        <When at={order.ordered_at} size="sm" />
        <When at={order.ordered_at} relative size="xs" c="dimmed" display="block" />
      </Table.Td>
      <Table.Td>
        <Stack gap={4} align="flex-start">
          <AnchorLink
            to="/orders/$id"
            params={{ id: order.id }}
            size="sm"
            fw={600}
            className="numeric"
          >
            {order.channel_order_id}
          </AnchorLink>
          <ChannelBadge channel={order.channel} />
        </Stack>
      </Table.Td>
      <Table.Td>
        <Text size="sm" className="clamp">
          {name || t("orders.noName")}
          {more > 0 && (
            <Text span size="sm" fw={600} c="moa">
              {" "}
              {t("orders.more", { count: more })}
            </Text>
          )}
        </Text>
        {option && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {option}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="numeric">
        {formatNumber(quantity, language)}
      </Table.Td>
      <Table.Td ta="right" className="numeric" style={{ whiteSpace: "nowrap" }}>
        {formatMoney(order.total, language)}
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          <StateBadge group="orderState" code={order.state} />
          {order.hold && <HoldBadge hold={order.hold} />}
        </Group>
        {/* A tablet has no room for the shipment's own column. */}
        <Box hiddenFrom="lg" mt={4}>
          <ShipmentCell order={order} />
        </Box>
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <ShipmentCell order={order} />
      </Table.Td>
      <Table.Td>
        {may.operate && canShip(order) && (
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<IconTruckDelivery size={15} />}
            onClick={() => onShip(order.id)}
          >
            {t("shipping.enter")}
          </Button>
        )}
        {order.shipment_state === "HELD" && (
          <ButtonLink
            to="/orders/$id"
            params={{ id: order.id }}
            size="compact-sm"
            variant="light"
            color="orange"
          >
            {t("orders.checkHold")}
          </ButtonLink>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function ShipmentCell({ order }: { order: Order }) {
  const { t } = useLanguage();
  const { tracking, digital } = summarize(order);
  // Once it has left, the tracking number says so by itself.
  const told = order.shipment_state === "DISPATCHED" && tracking !== "";
  return (
    <Stack gap={4} align="flex-start">
      {order.shipment_state && !told && (
        <StateBadge group="shipmentState" code={order.shipment_state} />
      )}
      {tracking && (
        <Text size="xs" c="dimmed" className="numeric">
          {tracking}
        </Text>
      )}
      {digital && (
        <Tooltip label={t("orders.digitalHint")} multiline maw={280}>
          <Group gap={4} c="dimmed" wrap="nowrap">
            <IconDownload size={14} aria-hidden />
            <Text size="xs">{t("codes.kind.DIGITAL")}</Text>
          </Group>
        </Tooltip>
      )}
    </Stack>
  );
}
