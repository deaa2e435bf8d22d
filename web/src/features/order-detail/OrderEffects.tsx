import { Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { orderEffectsQuery } from "../../api/queries";
import type { Effect, Order } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { Loading } from "../../components/Blank";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { EffectDrawer } from "../effects/EffectDrawer";
import { usePollInterval } from "../orders/live";

/** What left the house for this order. */
export function OrderEffects({ order }: { order: Order }) {
  const { t } = useLanguage();
  const refetchInterval = usePollInterval();
  const effects = useQuery({ ...orderEffectsQuery(order.id), refetchInterval });
  const [opened, setOpened] = useState<string>();
  return (
    <Panel title={t("orders.detail.effects")}>
      {effects.isPending && <Loading py={12} />}
      {effects.error && <ProblemAlert error={effects.error} onRetry={() => effects.refetch()} />}
      {effects.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("orders.detail.effectsEmpty")}
        </Text>
      )}
      <Stack gap={4}>
        {effects.data?.map((effect) => (
          <Row key={effect.id} effect={effect} onOpen={() => setOpened(effect.id)} />
        ))}
      </Stack>
      <EffectDrawer effectId={opened} onClose={() => setOpened(undefined)} />
    </Panel>
  );
}

function Row({ effect, onOpen }: { effect: Effect; onOpen: () => void }) {
  const { t, word, about } = useLanguage();
  return (
    <UnstyledButton onClick={onOpen} py={4}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <div>
          <Text size="sm" fw={500}>
            {word("effectKind", effect.kind)}
          </Text>
          {effect.reason && (
            <Text size="xs" c="dimmed">
              {[word("reason", effect.reason), about(effect.reason, effect.detail)]
                .filter(Boolean)
                .join(": ")}
            </Text>
          )}
        </div>
        <Group gap="sm" wrap="nowrap">
          <Text size="xs" c="dimmed" visibleFrom="sm">
            {t("orders.detail.attempts", { count: effect.attempt_count })}
          </Text>
          <When at={effect.updated_at} size="xs" c="dimmed" />
          <StateBadge group="effectState" code={effect.state} />
        </Group>
      </Group>
    </UnstyledButton>
  );
}
