import { Alert, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { effectQuery } from "../../api/queries";
import type { Effect } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { UnknownOutcome } from "./UnknownOutcome";

type Known = Pick<Effect, "state" | "reason" | "detail">;

/** Why a step that a person took has not come through, in our words; the channel's own where they are Korean. */
export function EffectNote({ effectId, of }: { effectId: string; of: Known }) {
  const { word, about } = useLanguage();
  const unknown = of.state === "UNKNOWN";
  // Only the effect itself knows when it is looked at next.
  const effect = useQuery({ ...effectQuery(effectId), enabled: unknown, refetchInterval: 3_000 });
  if (unknown) return <UnknownOutcome nextAt={effect.data?.next_attempt_at ?? null} />;
  if (!of.reason) return null;
  const text = about(of.reason, of.detail);
  const said = of.detail && of.detail !== text && /[가-힣]/.test(of.detail) ? of.detail : "";
  return (
    <Alert color="orange" mt={4} title={word("reason", of.reason)}>
      {text}
      {said && (
        <Text size="xs" c="dimmed">
          {said}
        </Text>
      )}
    </Alert>
  );
}
