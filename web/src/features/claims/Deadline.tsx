import { Group, Stack, Text } from "@mantine/core";
import type { Claim } from "../../api/types";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useNow } from "../../lib/clock";
import { timeLeft } from "../../lib/deadline";

/** By when we must act, how long that is, and what happens then; nothing where nobody says so. */
export function Deadline({ claim, full = false }: { claim: Claim; full?: boolean }) {
  const { t, word } = useLanguage();
  const now = useNow();
  const { deadline } = claim;
  if (!deadline) return null;
  const { at, outcome, source } = deadline;
  if (!at) {
    return (
      <Text size={full ? "sm" : "xs"} c="orange.9">
        {word("claimUnattended", outcome)}
      </Text>
    );
  }
  const left = timeLeft(at, now);
  const isSoon = left.kind !== "days";
  return (
    <Stack gap={0}>
      <Group gap={6}>
        {full && <Text size="sm">{t("claims.column.deadline")}</Text>}
        <When at={at} size="sm" />
        <Text size="xs" fw={500} c={isSoon ? "red" : "dimmed"}>
          {t(`claims.left.${left.kind}`, { ...left })}
        </Text>
      </Group>
      <Text size="xs" c="dimmed">
        {word("claimDeadlineOutcome", outcome)}
        {full && ` · ${word("claimDeadlineSource", source)}`}
      </Text>
    </Stack>
  );
}
