import { Button, Group, Stack, Text, Tooltip } from "@mantine/core";
import { IconDownload, IconTruckDelivery } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import type { Order } from "../../api/types";
import { HoldBadge, StateBadge } from "../../components/Badges";
import { AnchorLink, ButtonLink } from "../../components/links";
import { useLanguage } from "../../i18n/useLanguage";
import { canShip, summarize } from "../../lib/lines";
import { useMay } from "../session/useMay";

// What the table and the cards of the order list show alike.

export interface OrderListProps {
  orders: Order[];
  isFresh: (order: Order) => boolean;
  onShip: (orderId: string) => void;
}

/** The whole row is a large target for the mouse; the keyboard has the link in it. */
export function useOpenOrder() {
  const navigate = useNavigate();
  return (order: Order) => (event: MouseEvent<HTMLElement>) => {
    const onControl = (event.target as HTMLElement).closest("a, button");
    const selecting = Boolean(window.getSelection()?.toString());
    if (!onControl && !selecting) navigate({ to: "/orders/$id", params: { id: order.id } });
  };
}

export function OrderNumber({ order }: { order: Order }) {
  return (
    <AnchorLink
      to="/orders/$id"
      params={{ id: order.id }}
      size="sm"
      fw={600}
      className="numeric number"
    >
      {order.channel_order_id}
    </AnchorLink>
  );
}

export function ProductNames({ order }: { order: Order }) {
  const { t } = useLanguage();
  const { name, option, more } = summarize(order);
  return (
    <>
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
    </>
  );
}

export function OrderStates({ order }: { order: Order }) {
  return (
    <Group gap={4}>
      <StateBadge group="orderState" code={order.state} />
      {order.hold && <HoldBadge hold={order.hold} />}
    </Group>
  );
}

export function ShipmentCell({ order }: { order: Order }) {
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
        <Text size="xs" c="dimmed" className="numeric number">
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

export function OrderActions({ order, onShip }: { order: Order } & Pick<OrderListProps, "onShip">) {
  const { t } = useLanguage();
  const may = useMay();
  return (
    <>
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
    </>
  );
}
