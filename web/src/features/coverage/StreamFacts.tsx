import { Badge, Group, Progress, Stack, Text } from "@mantine/core";
import type { StreamCoverage, StreamPace } from "../../api/types";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatNumber, formatPause, formatRate, formatTime } from "../../lib/format";
import { percentRead } from "./words";

/** Gaps that are named; the rest is counted. */
const NAMED = 3;

export interface StreamProps {
  stream: StreamCoverage;
  pace: StreamPace | undefined;
}

/** Which list it is, how it is read, and what of it could not be stored. */
export function StreamName({ stream, pace }: StreamProps) {
  const { t, word, language } = useLanguage();
  const minutes = (seconds: number) => formatNumber(Math.round(seconds / 60), language);
  const widened = stream.overlap_seconds > stream.channel_overlap_seconds;
  const overlap = { minutes: minutes(stream.overlap_seconds) };
  return (
    <>
      <Text size="sm" fw={600}>
        {word("stream", stream.stream)}
      </Text>
      <Text size="xs" c={widened ? "orange" : "dimmed"}>
        {widened
          ? t("coverage.overlapWidened", {
              ...overlap,
              base: minutes(stream.channel_overlap_seconds),
            })
          : t("coverage.overlap", overlap)}
      </Text>
      {pace && <Pace pace={pace} />}
      {stream.parked_rows > 0 && (
        <Badge variant="light" color="orange" tt="none" mt={4}>
          {t("coverage.parked", { count: stream.parked_rows })}
        </Badge>
      )}
    </>
  );
}

/** Orders that showed later than the channel's lists promise. */
export function Late({ stream }: { stream: StreamCoverage }) {
  const { language } = useLanguage();
  return (
    <Text size="sm" c={stream.late_arrivals > 0 ? "orange" : "dimmed"} className="numeric">
      {formatNumber(stream.late_arrivals, language)}
    </Text>
  );
}

function Pace({ pace }: { pace: StreamPace }) {
  const { t, language } = useLanguage();
  const stretched = pace.pause_seconds > pace.wanted_pause_seconds;
  const pauses = {
    busy: formatPause(pace.pause_seconds, language),
    idle: formatPause(pace.idle_pause_seconds, language),
  };
  const same = pauses.busy === pauses.idle;
  return (
    <Text size="xs" c={stretched ? "orange" : "dimmed"}>
      {t(same ? "coverage.paceSteady" : "coverage.pace", pauses)}
      {pace.calls_per_second > 0 &&
        ` · ${t("coverage.paceCalls", { calls: formatRate(pace.calls_per_second, language) })}`}
    </Text>
  );
}

export function Watermark({ stream }: { stream: StreamCoverage }) {
  const { t, word, language } = useLanguage();
  const past = stream.unread_past;
  return (
    <Stack gap={4}>
      {stream.watermark_at ? (
        <When at={stream.watermark_at} size="sm" fw={600} />
      ) : (
        <Text size="sm" c="dimmed">
          {t("coverage.notYet")}
        </Text>
      )}
      {past && (
        <div>
          <Progress value={percentRead(past)} size="sm" color={past.reason ? "orange" : "moa"} />
          <Text size="xs" c="dimmed" mt={2}>
            {t(past.again ? "coverage.pastAgain" : "coverage.past", { percent: percentRead(past) })}
          </Text>
          <Text size="xs" c="dimmed">
            {t("coverage.pastSpan", {
              from: formatTime(past.began_from, language),
              until: formatTime(past.until, language),
            })}
          </Text>
          {past.reason && (
            <Text size="xs" c="orange">
              {t("coverage.pastStuck")}: {word("reason", past.reason)}
            </Text>
          )}
        </div>
      )}
    </Stack>
  );
}

export function Gaps({ stream }: { stream: StreamCoverage }) {
  const { t, language } = useLanguage();
  if (!stream.active) return null;
  if (stream.gaps.length === 0) {
    return (
      <Badge variant="light" color={stream.watermark_at ? "teal" : "gray"} tt="none">
        {t(stream.watermark_at ? "coverage.allRead" : "coverage.notYet")}
      </Badge>
    );
  }
  const hidden = stream.gaps.length - NAMED;
  return (
    <Stack gap={2}>
      <Badge variant="filled" color="red" tt="none" miw="fit-content">
        {t("coverage.gapMinutes", { count: stream.gap_minutes })}
      </Badge>
      {stream.gaps.slice(0, NAMED).map((gap) => (
        <Group key={gap.from} gap={6} wrap="nowrap">
          <Text size="xs" className="numeric">
            {formatTime(gap.from, language)} ~ {formatTime(gap.to, language)}
          </Text>
          <Text size="xs" c={gap.readings === 0 ? "red" : "orange"} fw={600}>
            {t(gap.readings === 0 ? "coverage.gapNever" : "coverage.gapOnce")}
          </Text>
        </Group>
      ))}
      {hidden > 0 && (
        <Text size="xs" c="dimmed">
          {t("coverage.gapMore", { count: hidden })}
        </Text>
      )}
    </Stack>
  );
}

export function Failure({ stream }: { stream: StreamCoverage }) {
  const { t, word, help } = useLanguage();
  if (!stream.last_failure_at) {
    return (
      <Text size="sm" c="dimmed">
        {t("coverage.noFailure")}
      </Text>
    );
  }
  const failing = stream.consecutive_failures > 0;
  return (
    <div title={stream.last_failure_detail ?? undefined}>
      <Text size="sm" c={failing ? "red" : undefined}>
        {word("reason", stream.last_failure_reason)}
      </Text>
      <When at={stream.last_failure_at} relative size="xs" c="dimmed" />
      {failing && (
        <Text size="xs" c="red" fw={600}>
          {t("coverage.failing", { count: stream.consecutive_failures })}
        </Text>
      )}
      {failing && help(stream.last_failure_reason) && (
        <Text size="xs">{help(stream.last_failure_reason)}</Text>
      )}
    </div>
  );
}
