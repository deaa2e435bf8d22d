import { Badge, Group, Text } from "@mantine/core";
import type { AccountSchedule } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { formatRate } from "../../lib/format";

/** What reading an account takes of its channel's quota, and what it may take. */
export function ScheduleLine({ schedule }: { schedule: AccountSchedule }) {
  const { t, language } = useLanguage();
  if (schedule.buckets.length === 0) return null;
  const stretched = schedule.streams.some((pace) => pace.pause_seconds > pace.wanted_pause_seconds);
  return (
    <Group gap="xs" title={t("coverage.scheduleHint")}>
      {schedule.buckets.map((load) => {
        const rates = {
          used: formatRate(load.polls_per_second, language),
          allowed: formatRate(load.polls_allowed_per_second, language),
        };
        const fits = load.polls_per_second <= load.polls_allowed_per_second;
        return (
          <Text key={load.bucket} size="sm" c={fits ? "dimmed" : "red"} className="numeric">
            {load.bucket === "*"
              ? t("coverage.schedule", rates)
              : t("coverage.scheduleOf", { ...rates, api: load.bucket })}
          </Text>
        );
      })}
      {schedule.fits && stretched && (
        <Badge variant="light" color="orange" tt="none">
          {t("coverage.scheduleStretched")}
        </Badge>
      )}
      {!schedule.fits && (
        <Badge variant="filled" color="red" tt="none">
          {t("coverage.scheduleTooMuch")}
        </Badge>
      )}
    </Group>
  );
}
