import { Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/calls";
import { CHANNELS } from "../../api/codes";
import { retentionQuery } from "../../api/queries";
import { confirm } from "../../components/confirm";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";

const MOST_DAYS = 3650;

/** How long personal data is kept: one time for all, and a channel's own where it has one. */
export function RetentionPanel() {
  const { t, word } = useLanguage();
  const retention = useQuery(retentionQuery);
  const { data } = retention;
  const own = new Map(data?.channels.map(({ channel, days }) => [channel, days]));
  return (
    <Panel title={t("coverage.retention.title")}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t("coverage.retention.intro")}
        </Text>
        {retention.error && (
          <ProblemAlert error={retention.error} onRetry={() => retention.refetch()} />
        )}
        {data && (
          <>
            <Days key={data.days} channel="" label={t("coverage.retention.all")} days={data.days} />
            {CHANNELS.map((channel) => (
              <Days
                key={`${channel} ${own.get(channel)}`}
                channel={channel}
                label={word("channel", channel)}
                days={own.get(channel)}
              />
            ))}
            <Text size="xs" c="dimmed">
              {t("coverage.retention.counts", {
                kept: data.kept_contacts,
                erased: data.erased_contacts,
              })}
            </Text>
          </>
        )}
      </Stack>
    </Panel>
  );
}

interface DaysProps {
  channel: string;
  label: string;
  days: number | undefined;
}

function Days({ channel, label, days }: DaysProps) {
  const { t } = useLanguage();
  const may = useMay();
  const queryClient = useQueryClient();
  const [wished, setWished] = useState<number | string>(days ?? "");
  const set = useMutation({
    mutationFn: (count: number | null) => api.setRetention({ channel, days: count }),
    onSuccess: (retention) => {
      toastDone(t("coverage.retention.done", { label }));
      queryClient.setQueryData(retentionQuery.queryKey, retention);
    },
  });
  const count = wished === "" && channel !== "" ? null : wished;
  const fits = count === null || (typeof count === "number" && count >= 1 && count <= MOST_DAYS);
  const changed = count !== (days ?? null);
  const ask = (chosen: number | null) =>
    confirm({
      title: t("coverage.retention.title"),
      children: <Text size="sm">{t("coverage.retention.confirmText")}</Text>,
      labels: { confirm: t("coverage.retention.save"), cancel: t("common.cancel") },
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => set.mutate(chosen),
    });
  return (
    <Stack gap={4}>
      <Group align="flex-end" gap="xs">
        <NumberInput
          label={label}
          placeholder={channel === "" ? undefined : t("coverage.retention.asAll")}
          suffix={t("coverage.retention.days")}
          min={1}
          max={MOST_DAYS}
          allowDecimal={false}
          w={180}
          disabled={!may.own}
          value={wished}
          onChange={setWished}
        />
        {may.own && (
          <Button
            variant="light"
            disabled={!fits || !changed}
            loading={set.isPending}
            onClick={() => fits && ask(count === null ? null : Number(count))}
          >
            {t("coverage.retention.save")}
          </Button>
        )}
      </Group>
      {set.error && <ProblemAlert error={set.error} />}
    </Stack>
  );
}
