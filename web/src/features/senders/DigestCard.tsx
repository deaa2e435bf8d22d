import { Card, Group, Stack, Switch, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/calls";
import { inquiryDigestQuery } from "../../api/queries";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";

/** Whether the merchant's own people are told of open questions by Slack. */
export function DigestCard({ slackReady }: { slackReady: boolean }) {
  const { t } = useLanguage();
  const may = useMay();
  const queryClient = useQueryClient();
  const digest = useQuery(inquiryDigestQuery);
  const set = useMutation({
    mutationFn: api.setInquiryDigest,
    onSuccess: (answer) => queryClient.setQueryData(inquiryDigestQuery.queryKey, answer),
  });
  if (digest.error) {
    return <ProblemAlert error={digest.error} onRetry={() => digest.refetch()} />;
  }
  return (
    <Card withBorder padding="md">
      <Stack gap="xs">
        <Switch
          label={t("senders.digest.title")}
          description={t(slackReady ? "senders.digest.text" : "senders.digest.slackFirst")}
          checked={digest.data?.enabled ?? false}
          disabled={!may.operate || !digest.data || set.isPending}
          onChange={(event) => set.mutate(event.currentTarget.checked)}
        />
        {digest.data?.told_at && (
          <Group gap={6}>
            <Text size="xs">{t("senders.digest.toldAt")}</Text>
            <When at={digest.data.told_at} size="xs" />
          </Group>
        )}
        {set.error && <ProblemAlert error={set.error} />}
      </Stack>
    </Card>
  );
}
