import { Alert, Code, Drawer, Group, Stack, Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { REDRIVABLE } from "../../api/codes";
import { effectQuery } from "../../api/queries";
import type { EffectAttempt } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { Loading } from "../../components/Blank";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { RedriveForm } from "./RedriveForm";
import { UnknownOutcome } from "./UnknownOutcome";

interface Props {
  effectId: string | undefined;
  onClose: () => void;
}

/** One effect with its evidence, step by step. */
export function EffectDrawer({ effectId, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Drawer
      opened={Boolean(effectId)}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("effects.drawer")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {effectId && <Details key={effectId} id={effectId} />}
    </Drawer>
  );
}

function Details({ id }: { id: string }) {
  const { t, word, about } = useLanguage();
  const may = useMay();
  const query = useQuery({ ...effectQuery(id), refetchInterval: 3_000 });
  if (query.isPending) return <Loading />;
  if (!query.data) return <ProblemAlert error={query.error} onRetry={() => query.refetch()} />;
  const effect = query.data;
  return (
    <Stack>
      <Group gap="sm">
        <Title order={3} size="h4">
          {word("effectKind", effect.kind)}
        </Title>
        <StateBadge group="effectState" code={effect.state} />
      </Group>
      {effect.state === "UNKNOWN" && <UnknownOutcome nextAt={effect.next_attempt_at} />}
      {effect.reason && (
        <Alert color="orange" title={word("reason", effect.reason)}>
          {about(effect.reason, effect.detail)}
        </Alert>
      )}
      <Text size="sm" c="dimmed" component="div">
        {t("effects.column.attempts")} {effect.attempt_count} · {t("effects.updated")}{" "}
        <When at={effect.updated_at} size="sm" />
        {effect.next_attempt_at && (
          <>
            {" · "}
            {t("effects.column.next")} <When at={effect.next_attempt_at} relative size="sm" />
          </>
        )}
      </Text>
      <Text size="xs" c="dimmed" className="code">
        {effect.service} · {effect.subject_id}
      </Text>
      {may.operate && REDRIVABLE.has(effect.state) && <RedriveForm effectId={effect.id} />}
      <Title order={4} size="h6">
        {t("effects.attemptLog")}
      </Title>
      {effect.attempts.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("effects.noAttempts")}
        </Text>
      )}
      <Timeline className="tight" bulletSize={14} lineWidth={2} active={effect.attempts.length}>
        {effect.attempts.map((attempt) => (
          <Timeline.Item
            key={`${attempt.fence} ${attempt.at} ${attempt.to_state}`}
            title={
              <Text size="sm" fw={500}>
                {word("effectState", attempt.from_state)} → {word("effectState", attempt.to_state)}
              </Text>
            }
          >
            <When at={attempt.at} exact size="xs" c="dimmed" />
            {attempt.reason && (
              <Text size="sm">
                {[word("reason", attempt.reason), about(attempt.reason, attempt.detail)]
                  .filter(Boolean)
                  .join(": ")}
              </Text>
            )}
            <Evidence detail={attempt.detail} evidence={attempt.evidence} />
          </Timeline.Item>
        ))}
      </Timeline>
    </Stack>
  );
}

function Evidence({ detail, evidence }: Pick<EffectAttempt, "detail" | "evidence">) {
  const { t } = useLanguage();
  const recorded = typeof evidence === "string" ? evidence : JSON.stringify(evidence, null, 2);
  const empty = !recorded || recorded === "{}" || recorded === "null";
  // The service's own sentence belongs to the evidence: above, the screen speaks by the reason.
  const text = [detail, empty ? "" : recorded].filter(Boolean).join("\n");
  if (!text) return null;
  return (
    <details>
      <Text component="summary" size="xs" c="dimmed" className="clickable">
        {t("effects.evidence")}
      </Text>
      <Code block fz="xs">
        {text}
      </Code>
    </details>
  );
}
