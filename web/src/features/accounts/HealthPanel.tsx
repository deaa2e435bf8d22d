import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { IconNetworkOff, IconPlayerPause } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { accountHealthQuery } from "../../api/queries";
import type { ChannelAccount, ChannelAccountHealth, QuotaBucket } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useNow } from "../../lib/clock";
import { daysLeft, keyColor } from "./keyDays";

interface Props {
  account: ChannelAccount;
  /** Opens the form with the day of issue; absent for those who may not change it. */
  onEnterDay: (() => void) | undefined;
}

/** How the calls of an account fare, and what stands in their way. */
export function HealthPanel({ account, onEnterDay }: Props) {
  const { t, word } = useLanguage();
  const health = useQuery(accountHealthQuery(account.id));
  if (health.error && !health.data) {
    return <ProblemAlert error={health.error} onRetry={() => health.refetch()} />;
  }
  if (!health.data) return null;
  const elsewhere = health.data.holder === "ANOTHER_PROCESS";
  return (
    <Stack gap="xs" component="section" aria-label={t("accounts.health.title")}>
      <Egress health={health.data} />
      {health.data.closures.map((closure) => (
        <Alert
          key={`${closure.bucket} ${closure.cause}`}
          color="red"
          icon={<IconPlayerPause />}
          title={t("accounts.health.closed", { reason: word("reason", closure.cause) })}
        >
          <Text size="sm" component="div">
            {t("accounts.health.untilLabel")}: <When at={closure.until} exact span size="sm" />
          </Text>
        </Alert>
      ))}
      {elsewhere && (
        <Text size="sm" c="dimmed">
          {t("accounts.health.elsewhere")}
        </Text>
      )}
      {health.data.buckets.map((bucket) => (
        <Bucket key={bucket.name} bucket={bucket} holder={health.data.holder} />
      ))}
      {!elsewhere && <Breakers health={health.data} />}
      <KeyEnd health={health.data} onEnterDay={onEnterDay} />
    </Stack>
  );
}

function Bucket({ bucket, holder }: { bucket: QuotaBucket; holder: string }) {
  const { t, word } = useLanguage();
  const percent = (bucket.used / Math.max(bucket.capacity_per_second, 1)) * 100;
  const classes = bucket.classes
    .filter((one) => one.last_minute > 0 || one.waiting > 0)
    .map((one) => {
      const waiting =
        one.waiting > 0 ? ` (${t("accounts.health.waiting", { count: one.waiting })})` : "";
      return `${word("callClass", one.call_class)} ${one.last_minute}${waiting}`;
    });
  const name = bucket.name === "*" ? "" : ` ${bucket.name}`;
  return (
    <Group gap="sm" wrap="wrap">
      <Text size="sm" c="dimmed" miw={72}>
        {t("accounts.health.quota")}
        {name}
      </Text>
      <Progress
        value={percent}
        w={140}
        color={percent >= 100 ? "orange" : "moa"}
        aria-label={t("accounts.health.quota")}
      />
      <Text size="sm" className="numeric">
        {t("accounts.health.quotaUse", {
          used: bucket.used,
          capacity: bucket.capacity_per_second,
        })}
      </Text>
      {classes.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("accounts.health.lastMinute", { list: classes.join(" · ") })}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {word("leaseHolder", holder)}
      </Text>
    </Group>
  );
}

function Breakers({ health }: { health: ChannelAccountHealth }) {
  const { t } = useLanguage();
  if (health.breakers.length === 0) return null;
  const ill = health.breakers.filter((one) => one.state !== "CLOSED" || one.recent_faults > 0);
  return (
    <Group gap="sm" align="flex-start">
      <Text size="sm" c="dimmed" miw={72}>
        {t("accounts.health.breakers")}
      </Text>
      <Stack gap={4}>
        {ill.length === 0 && <Text size="sm">{t("accounts.health.allWell")}</Text>}
        {ill.map((one) => (
          <Group key={one.api} gap="xs">
            <Text size="sm" className="code">
              {one.api}
            </Text>
            <StateBadge group="breakerState" code={one.state} />
            <Text size="xs" c="dimmed">
              {t("accounts.health.faults", { calls: one.recent_calls, faults: one.recent_faults })}
            </Text>
            {one.until && <When at={one.until} exact size="xs" c="dimmed" />}
          </Group>
        ))}
      </Stack>
    </Group>
  );
}

function KeyEnd({
  health,
  onEnterDay,
}: {
  health: ChannelAccountHealth;
  onEnterDay: Props["onEnterDay"];
}) {
  const { t } = useLanguage();
  const now = useNow();
  if (health.key_life_days === 0) return null;
  const left = health.key_expires_at ? daysLeft(health.key_expires_at, now) : undefined;
  return (
    <Group gap="sm">
      <Text size="sm" c="dimmed" miw={72}>
        {t("accounts.health.key")}
      </Text>
      {left === undefined ? (
        <>
          <Text size="sm" c="dimmed">
            {t("accounts.health.keyUnknown")}
          </Text>
          {onEnterDay && (
            <Button variant="subtle" size="compact-sm" onClick={onEnterDay}>
              {t("accounts.health.keyEnterDay")}
            </Button>
          )}
        </>
      ) : (
        <>
          <Text size="sm" fw={600} c={keyColor(left)}>
            {left > 0 ? t("accounts.health.keyLeft", { days: left }) : t("accounts.health.keyOver")}
          </Text>
          <When at={health.key_expires_at} size="sm" c="dimmed" />
          {left <= 30 && (
            <Text size="sm" c="dimmed">
              {t("accounts.health.keyHint", { days: health.key_life_days })}
            </Text>
          )}
        </>
      )}
    </Group>
  );
}

function Egress({ health }: { health: ChannelAccountHealth }) {
  const { t } = useLanguage();
  const { verdict, reported_address: address, configured_address: configured } = health.egress;
  if (verdict === "ACCEPTED" || !address) return null;
  return (
    <Alert
      color="red"
      icon={<IconNetworkOff />}
      title={t("accounts.health.egressTitle", { address })}
    >
      <Stack gap={4}>
        {verdict === "UNEXPECTED" && configured && (
          <Text size="sm">{t("accounts.health.egressUnexpected", { configured, address })}</Text>
        )}
        <Text size="sm">{t("accounts.health.egressHow", { address })}</Text>
        <Text size="sm">{t("accounts.health.retest")}</Text>
        <When at={health.egress.reported_at} size="xs" c="dimmed" />
      </Stack>
    </Alert>
  );
}
