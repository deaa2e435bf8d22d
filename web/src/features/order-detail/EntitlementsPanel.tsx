import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { entitlementsQuery } from "../../api/queries";
import type { Entitlement, Order } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { Loading } from "../../components/Blank";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { usePollInterval } from "../orders/live";

/** Digital lines: whether the link went out and was used. Not shown for orders without any. */
export function EntitlementsPanel({ order }: { order: Order }) {
  const { t } = useLanguage();
  const digital = order.lines.some((line) => line.kind === "DIGITAL");
  const refetchInterval = usePollInterval();
  const query = useQuery({ ...entitlementsQuery(order.id), enabled: digital, refetchInterval });
  if (!digital) return null;
  return (
    <Panel title={t("orders.detail.entitlements")}>
      {query.isPending && <Loading py={12} />}
      {query.error && <ProblemAlert error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.entitlements.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("common.none")}
        </Text>
      )}
      <Stack gap="sm">
        {query.data?.entitlements.map((entitlement) => (
          <Row key={entitlement.id} entitlement={entitlement} order={order} />
        ))}
      </Stack>
    </Panel>
  );
}

function Row({ entitlement, order }: { entitlement: Entitlement; order: Order }) {
  const { t } = useLanguage();
  const line = order.lines.find((each) => each.id === entitlement.line_id);
  const steps = [
    { label: t("orders.detail.grantedAt"), at: entitlement.granted_at },
    { label: t("orders.detail.linkSentAt"), at: entitlement.link_sent_at },
    { label: t("orders.detail.activatedAt"), at: entitlement.activated_at },
  ];
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" flex="1 1 200px">
        {line?.product_name ?? entitlement.line_id}
      </Text>
      <Group gap="md">
        {steps
          .filter((step) => step.at)
          .map((step) => (
            <Text key={step.label} size="xs" c="dimmed" component="div">
              {step.label} <When at={step.at} size="xs" />
            </Text>
          ))}
        <StateBadge group="entitlementState" code={entitlement.state} />
      </Group>
    </Group>
  );
}
