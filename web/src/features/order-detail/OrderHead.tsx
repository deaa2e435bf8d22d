import { Alert, Button, Card, Group, Text, Title } from "@mantine/core";
import { IconHandStop, IconListDetails, IconTruckDelivery } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { accountsQuery } from "../../api/queries";
import type { Order } from "../../api/types";
import { ChannelBadge, StateBadge } from "../../components/Badges";
import { ButtonLink } from "../../components/links";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatMoney } from "../../lib/format";
import { canShip } from "../../lib/lines";
import { useMay } from "../session/useMay";

export function OrderHead({ order, onShip }: { order: Order; onShip: () => void }) {
  const { t, word, about, language } = useLanguage();
  const may = useMay();
  const accounts = useQuery({ ...accountsQuery, refetchInterval: false, staleTime: 60_000 });
  const account = accounts.data?.channel_accounts.find((a) => a.id === order.channel_account_id);
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm">
          <Title order={1} size="h3" className="numeric">
            {order.channel_order_id}
          </Title>
          <ChannelBadge channel={order.channel} />
          <StateBadge group="orderState" code={order.state} />
          {order.shipment_state && <StateBadge group="shipmentState" code={order.shipment_state} />}
        </Group>
        <Group gap="xs">
          <ButtonLink
            to="/calls"
            search={{ about: idsOf(order), period: "all" }}
            variant="default"
            leftSection={<IconListDetails size={18} />}
          >
            {t("calls.fromOrder")}
          </ButtonLink>
          {may.operate && canShip(order) && (
            <Button leftSection={<IconTruckDelivery size={18} />} onClick={onShip}>
              {t("shipping.enter")}
            </Button>
          )}
        </Group>
      </Group>
      <Group mt="sm" gap="xl">
        <Fact label={t("orders.detail.total")}>
          <Text fw={600} className="numeric">
            {formatMoney(order.total, language)}
          </Text>
        </Fact>
        <Fact label={t("orders.detail.orderedAt")}>
          <When at={order.ordered_at} />
        </Fact>
        <Fact label={t("orders.detail.paidAt")}>
          <When at={order.paid_at} />
        </Fact>
        <Fact label={t("orders.detail.receivedAt")}>
          <When at={order.received_at} />
        </Fact>
        {account && (
          <Fact label={t("orders.detail.account")}>
            <Text>{account.name}</Text>
          </Fact>
        )}
      </Group>
      {order.hold && (
        <Alert
          mt="md"
          color="orange"
          icon={<IconHandStop />}
          title={t("orders.detail.heldTitle", {
            reason: word("reason", order.hold.reason) || t("common.unknown"),
          })}
        >
          {about(order.hold.reason, order.hold.detail)}
        </Alert>
      )}
    </Card>
  );
}

/** Some calls name the order, some its parcels. */
function idsOf(order: Order): string {
  const parcels = order.lines.map((line) => line.channel_parcel_id);
  return [...new Set([order.channel_order_id, ...parcels])].slice(0, 50).join(",");
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      {children}
    </div>
  );
}
