import { Alert, Stack, Text } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { orderEffectsQuery } from "../../api/queries";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { usePollInterval } from "../orders/live";

/** Of what left for an order, the first whose outcome nobody knows. */
export function useUnknownOutcome(orderId: string, kind: "DISPATCH" | "ACKNOWLEDGE") {
  const refetchInterval = usePollInterval();
  const effects = useQuery({
    ...orderEffectsQuery(orderId),
    refetchInterval,
    enabled: orderId !== "",
  });
  return effects.data?.find((effect) => effect.kind === kind && effect.state === "UNKNOWN");
}

/** That the outcome is not known, what is being done about it, and when it is decided. */
export function UnknownOutcome({ nextAt }: { nextAt: string | null }) {
  const { t } = useLanguage();
  return (
    <Alert
      role="status"
      color="orange"
      icon={<IconHelpCircle />}
      title={t("effects.unknown.title")}
    >
      <Stack gap={4}>
        <Text size="sm">{t("effects.unknown.text")}</Text>
        {nextAt && (
          <Text size="sm" fw={600} component="div">
            {t("effects.unknown.next")}: <When at={nextAt} exact span size="sm" /> (
            <When at={nextAt} relative span size="sm" />)
          </Text>
        )}
        <Text size="sm">{t("effects.unknown.then")}</Text>
      </Stack>
    </Alert>
  );
}
