import { Badge, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { explainQuery } from "../../api/queries";
import type { ExplainedLine, Order } from "../../api/types";
import { Loading } from "../../components/Blank";
import { AnchorLink } from "../../components/links";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { UnknownOutcome, useUnknownOutcome } from "../effects/UnknownOutcome";
import { usePollInterval } from "../orders/live";

/** For every line that has not left: what blocks it, since when, and whose turn it is. */
export function ExplainPanel({ order }: { order: Order }) {
  const { t, language } = useLanguage();
  const refetchInterval = usePollInterval();
  const explain = useQuery({ ...explainQuery(order.id, language), refetchInterval });
  const blocked = explain.data?.lines.filter((line) => line.blocker) ?? [];
  return (
    <Panel title={t("orders.detail.explain")}>
      {explain.isPending && <Loading py={12} />}
      {explain.error && <ProblemAlert error={explain.error} onRetry={() => explain.refetch()} />}
      {explain.data && blocked.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("orders.detail.explainNothing")}
        </Text>
      )}
      <Stack gap="sm">
        {blocked.map((line) => (
          <Blocked key={line.line_id} order={order} explanation={line} />
        ))}
      </Stack>
    </Panel>
  );
}

/** Blockers that end with what becomes of an effect. */
const WAITS_FOR_OUTCOME = new Set(["DISPATCHING", "AWAITING_ACKNOWLEDGE"]);

const OWNER_COLORS: Record<string, string> = { MERCHANT: "orange", MOA: "moa" };

interface BlockedProps {
  order: Order;
  explanation: ExplainedLine;
}

function Blocked({ order, explanation }: BlockedProps) {
  const { t, word, help, about } = useLanguage();
  const sent = useUnknownOutcome(
    order.id,
    explanation.blocker === "DISPATCHING" ? "DISPATCH" : "ACKNOWLEDGE",
  );
  const unknown = WAITS_FOR_OUTCOME.has(explanation.blocker ?? "") ? sent : undefined;
  const line = order.lines.find((each) => each.id === explanation.line_id);
  const { blocker, detail, owner, since, deadline } = explanation;
  return (
    <Group align="flex-start" justify="space-between" gap="xs">
      <div style={{ flex: "1 1 280px" }}>
        <Text size="sm" fw={600}>
          {word("reason", blocker)}
        </Text>
        {unknown ? (
          <UnknownOutcome nextAt={unknown.next_attempt_at} />
        ) : (
          <Text size="sm">{help(blocker) || about(blocker, detail)}</Text>
        )}
        <Text size="xs" c="dimmed">
          {line?.product_name || explanation.line_id}
          {line?.kind === null && (
            <>
              {" · "}
              <AnchorLink to="/listings" size="xs">
                {t("orders.detail.fixMapping")}
              </AnchorLink>
            </>
          )}
        </Text>
        {/* The service's own words are for those who look closer: they are in English. */}
        {help(blocker) && detail && (
          <details>
            <Text component="summary" size="xs" c="dimmed" className="clickable">
              {t("effects.details")}
            </Text>
            <Text size="xs" c="dimmed">
              {detail}
            </Text>
          </details>
        )}
      </div>
      <Stack gap={2} align="flex-end">
        <Badge variant="light" color={OWNER_COLORS[owner ?? ""] ?? "gray"} tt="none">
          {t("orders.detail.owner", { owner: word("owner", owner) })}
        </Badge>
        <Group gap={4}>
          {since && <When at={since} relative size="xs" c="dimmed" />}
          {deadline && (
            <Text size="xs" c="red">
              {t("orders.detail.deadline", { time: "" })}
              <When at={deadline} size="xs" />
            </Text>
          )}
        </Group>
      </Stack>
    </Group>
  );
}
