import { Card, Group, Stack, Text } from "@mantine/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { carriersQuery } from "../../api/queries";
import type { Order, Shipment, ShipmentContent, Shipments } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { Loading } from "../../components/Blank";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { Contents } from "../listings/Contents";
import { ShipmentActions } from "../shipping/ShipmentActions";
import { ShipmentStatus } from "../shipping/ShipmentFollow";

interface Props {
  order: Order;
  shipments: UseQueryResult<Shipments>;
}

export function ShipmentsPanel({ order, shipments }: Props) {
  const { t } = useLanguage();
  const list = shipments.data?.shipments ?? [];
  return (
    <Panel title={t("orders.detail.shipments")}>
      {shipments.isPending && <Loading py={12} />}
      {shipments.error && (
        <ProblemAlert error={shipments.error} onRetry={() => shipments.refetch()} />
      )}
      {shipments.data && list.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("orders.detail.shipmentsEmpty")}
        </Text>
      )}
      <Stack gap="sm">
        {list.map((shipment) => (
          <ShipmentCard key={shipment.id} shipment={shipment} order={order} />
        ))}
      </Stack>
    </Panel>
  );
}

/** Where a listing is more than one of ours, what is to be put in. */
function inTheBox(shipment: Shipment): ShipmentContent[] {
  const total = new Map<string, ShipmentContent>();
  let plain = true;
  for (const line of shipment.lines) {
    plain &&= line.contents.length < 2 && line.contents.every((c) => c.quantity === line.quantity);
    for (const content of line.contents) {
      const known = total.get(content.variant_id);
      const quantity = content.quantity + (known?.quantity ?? 0);
      total.set(content.variant_id, { ...content, quantity });
    }
  }
  return plain ? [] : [...total.values()];
}

function ShipmentCard({ shipment, order }: { shipment: Shipment; order: Order }) {
  const { t, language } = useLanguage();
  const carriers = useQuery(carriersQuery);
  const carrier = carriers.data?.carriers.find((each) => each.code === shipment.carrier);
  const carrierName = carrier && (language === "ko" ? carrier.name_ko : carrier.name_en);
  const contents = shipment.lines
    .map((packed) => {
      const line = order.lines.find((each) => each.id === packed.line_id);
      return line && `${line.product_name} ${t("shipping.units", { count: packed.quantity })}`;
    })
    .filter(Boolean);
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" align="flex-start" gap="xs">
        <div style={{ flex: "1 1 260px" }}>
          <Group gap="xs">
            <Text size="sm" fw={600} className="numeric">
              {carrierName ?? shipment.carrier} {shipment.tracking_number}
            </Text>
            <StateBadge group="shipmentState" code={shipment.state} />
          </Group>
          <Text size="xs" c="dimmed">
            {contents.join(", ")}
          </Text>
          <Contents items={inTheBox(shipment)} />
        </div>
        <Stack gap={0} align="flex-end">
          <When at={shipment.dispatched_at ?? shipment.created_at} size="xs" c="dimmed" />
        </Stack>
      </Group>
      {["HELD", "READY", "DISPATCHING"].includes(shipment.state) && (
        <Stack gap="xs" mt="sm">
          <ShipmentStatus shipment={shipment} />
          <ShipmentActions shipment={shipment} size="xs" />
        </Stack>
      )}
    </Card>
  );
}
