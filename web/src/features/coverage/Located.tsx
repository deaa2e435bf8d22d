import { Alert, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { ChannelCall, LocatedOrder } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { AnchorLink } from "../../components/links";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatTime } from "../../lib/format";
import { ParkedWhy } from "./ParkedPanel";

const COLORS: Record<string, string> = {
  HERE: "teal",
  PARKED: "red",
  SEEN_NOT_STORED: "orange",
  NOT_READ_YET: "orange",
  NEVER_SHOWN: "blue",
};

/** The short answer, and the evidence for it. */
export function Located({ located }: { located: LocatedOrder }) {
  const { t, word } = useLanguage();
  const { whereabouts } = located;
  return (
    <Stack gap="sm" mt="md">
      <Alert color={COLORS[whereabouts] ?? "gray"} title={word("whereabouts", whereabouts)}>
        <Text size="sm">{word("whereaboutsHelp", whereabouts)}</Text>
        {located.order_id && (
          <Text size="sm" mt={4} component="div">
            <AnchorLink to="/orders/$id" params={{ id: located.order_id }} size="sm">
              {t("coverage.locate.open")}
            </AnchorLink>{" "}
            {located.order_state && <StateBadge group="orderState" code={located.order_state} />}
          </Text>
        )}
      </Alert>
      <Evidence title={t("coverage.locate.parked")} rows={located.parked_rows}>
        {(row) => (
          <div key={row.id}>
            <Text size="xs" c="dimmed">
              {word("stream", row.stream)}
            </Text>
            <ParkedWhy reason={row.reason} />
          </div>
        )}
      </Evidence>
      <Evidence title={t("coverage.locate.minutes")} rows={located.streams}>
        {(minute) => <Minute key={minute.stream} minute={minute} />}
      </Evidence>
      <Evidence title={t("coverage.locate.pages")} rows={located.pages}>
        {(page) => (
          <Text size="sm" key={page.id} component="div">
            <When at={page.read_at} exact size="sm" /> · {word("stream", page.stream)} ·{" "}
            {t(page.stored_at ? "coverage.locate.pageStored" : "coverage.locate.pageNotStored")}{" "}
            <Text span size="xs" c="dimmed" className="code">
              {page.id}
            </Text>
          </Text>
        )}
      </Evidence>
      <Evidence title={t("coverage.locate.claims")} rows={located.waiting_claims}>
        {(claim) => (
          <Text size="sm" key={claim.channel_claim_id} component="div">
            <span className="code">{claim.channel_claim_id}</span>{" "}
            <When at={claim.requested_at} size="sm" />
          </Text>
        )}
      </Evidence>
      <Evidence title={t("coverage.locate.callsAbout")} rows={located.calls_about}>
        {(call) => <Call key={call.id} call={call} />}
      </Evidence>
      <Evidence title={t("coverage.locate.callsOfRead")} rows={located.calls_of_last_read}>
        {(call) => <Call key={call.id} call={call} />}
      </Evidence>
    </Stack>
  );
}

function Evidence<Item>({
  title,
  rows,
  children,
}: {
  title: string;
  rows: Item[];
  children: (row: Item) => ReactNode;
}) {
  if (rows.length === 0) return null;
  return (
    <div>
      <Text size="xs" c="dimmed" fw={600}>
        {title}
      </Text>
      {rows.map(children)}
    </div>
  );
}

function Minute({ minute }: { minute: LocatedOrder["streams"][number] }) {
  const { t, word, language } = useLanguage();
  const said = [
    minute.readings > 0
      ? t("coverage.locate.counted", { count: minute.readings })
      : t("coverage.locate.neverRead"),
    minute.readings === 0 &&
      minute.early_readings > 0 &&
      t("coverage.locate.early", { count: minute.early_readings }),
    minute.readings === 0 &&
      t("coverage.locate.countsFrom", { when: formatTime(minute.counts_from, language) }),
    minute.unread && t("coverage.locate.unread"),
    minute.failure_reason &&
      t("coverage.locate.failing", { reason: word("reason", minute.failure_reason) }),
  ].filter(Boolean);
  return (
    <Text size="sm" c={minute.readings > 0 ? undefined : "orange"} component="div">
      {word("stream", minute.stream)}: {said.join(" · ")}
      {minute.last_read_at && (
        <>
          {" · "}
          {t("coverage.locate.lastRead")} <When at={minute.last_read_at} exact size="sm" />
        </>
      )}
    </Text>
  );
}

/** What to name when the channel is asked. */
function Call({ call }: { call: ChannelCall }) {
  const { t, word } = useLanguage();
  return (
    <Text size="sm" component="div">
      <When at={call.called_at} exact size="sm" /> <span className="code">{call.api}</span>{" "}
      {call.failure ? word("reason", call.failure) : call.http_status}{" "}
      <Text span size="xs" c="dimmed">
        {t("coverage.locate.request")} <span className="code">{call.request_id}</span>
        {call.channel_trace_id && (
          <>
            {" · "}
            {t("coverage.locate.channelTrace")}{" "}
            <span className="code">{call.channel_trace_id}</span>
          </>
        )}
      </Text>
    </Text>
  );
}
