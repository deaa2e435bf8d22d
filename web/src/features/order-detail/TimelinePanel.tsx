import { Text, Timeline } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { timelineQuery } from "../../api/queries";
import type { TimelineEntry } from "../../api/types";
import { Loading } from "../../components/Blank";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { withParticles } from "../../lib/particles";
import { usePollInterval } from "../orders/live";

export function TimelinePanel({ orderId }: { orderId: string }) {
  const { t, about, word, language } = useLanguage();
  const told = ({ text, reason, detail }: TimelineEntry) =>
    [withParticles(text), reason && (about(reason, detail) || word("reason", reason))]
      .filter(Boolean)
      .join(" ");
  const refetchInterval = usePollInterval();
  const timeline = useQuery({ ...timelineQuery(orderId, language), refetchInterval });
  const entries = timeline.data?.entries ?? [];
  return (
    <Panel title={t("orders.detail.timeline")}>
      {timeline.isPending && <Loading py={12} />}
      {timeline.error && <ProblemAlert error={timeline.error} onRetry={() => timeline.refetch()} />}
      {timeline.data && entries.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("orders.detail.timelineEmpty")}
        </Text>
      )}
      <Timeline className="tight" bulletSize={14} lineWidth={2} active={entries.length}>
        {entries.map((entry) => (
          <Timeline.Item key={`${entry.at} ${entry.kind} ${entry.text}`}>
            <Text size="sm">{told(entry)}</Text>
            <When at={entry.at} size="xs" c="dimmed" />
          </Timeline.Item>
        ))}
      </Timeline>
    </Panel>
  );
}
