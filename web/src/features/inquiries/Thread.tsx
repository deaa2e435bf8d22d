import { Card, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../api/calls";
import type { InquiryThread } from "../../api/types";
import { Loading } from "../../components/Blank";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";

/** What was said: asked for once when it is opened, since each look is recorded. Kept in this panel only. */
export function Thread({ inquiryId }: { inquiryId: string }) {
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => api.revealInquiry(inquiryId),
    gcTime: 0,
  });
  useEffect(() => mutate(), [mutate]);
  if (error) return <ProblemAlert error={error} onRetry={() => mutate()} />;
  if (isPending || !data) return <Loading py={12} />;
  return <Messages thread={data} />;
}

function Messages({ thread }: { thread: InquiryThread }) {
  const { t, word } = useLanguage();
  if (thread.erased) return <Text size="sm">{t("inquiries.erased")}</Text>;
  return (
    <Stack gap="xs">
      {thread.text && (
        <Message by={thread.asked_by || word("inquiryAuthor", "BUYER")} text={thread.text} />
      )}
      {thread.messages.map((message, index) => (
        <Message
          // A thread only grows, and messages have no id of their own at every channel.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={index}
          by={word("inquiryAuthor", message.author)}
          at={message.at}
          text={message.text}
          ours={message.author === "MERCHANT"}
          waits={message.needs_answer}
        />
      ))}
      <Text size="xs" c="dimmed">
        {t("inquiries.lookRecorded")}
      </Text>
    </Stack>
  );
}

interface MessageProps {
  by: string;
  text: string;
  at?: string | null;
  ours?: boolean;
  waits?: boolean;
}

function Message({ by, text, at, ours = false, waits = false }: MessageProps) {
  const { t } = useLanguage();
  return (
    <Card withBorder padding="sm" ml={ours ? "xl" : 0} mr={ours ? 0 : "xl"}>
      <Group justify="space-between" gap="xs">
        <Text size="xs" fw={600}>
          {by}
        </Text>
        {at && <When at={at} size="xs" c="dimmed" />}
      </Group>
      <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </Text>
      {waits && (
        <Text size="xs" c="orange.8">
          {t("inquiries.waitsForAnswer")}
        </Text>
      )}
    </Card>
  );
}
