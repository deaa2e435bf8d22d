import { Button, Card, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../api/calls";
import { IdempotencyKeys } from "../../api/idempotency";
import type { Inquiry } from "../../api/types";
import { confirm } from "../../components/confirm";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";
import { gapsIn, withFilled, written } from "./gaps";
import { TemplatePicker } from "./TemplatePicker";

const MAX_TEXT = 2000;

/** Answers a question, or confirms what only has to be read. What is sent cannot be taken back, so it asks first. */
export function AnswerForm({ inquiry }: { inquiry: Inquiry }) {
  const { t, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  const [keys] = useState(() => new IdempotencyKeys());
  const [text, setText] = useState("");
  const [filled, setFilled] = useState("");
  const [answeredBy, setAnsweredBy] = useState("");
  const [missing, setMissing] = useState(false);
  const confirms = inquiry.state === "TO_CONFIRM";
  const send = useMutation({
    mutationFn: () => {
      const by = answeredBy.trim() || undefined;
      if (confirms) {
        const body = { answered_by: by };
        return keys.run(body, (key) => api.confirmInquiry(inquiry.id, body, key));
      }
      const body = { text: text.trim(), answered_by: by };
      return keys.run(body, (key) => api.answerInquiry(inquiry.id, body, key));
    },
    onSuccess: () => {
      toastDone(t("inquiries.form.done"));
      setText("");
      setFilled("");
      queryClient.invalidateQueries({ queryKey: ["inquiries"] });
    },
  });
  const gaps = gapsIn(text).map(written).join(", ");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isMissing = !confirms && !text.trim();
    setMissing(isMissing);
    if (isMissing || gaps) return;
    confirm({
      title: t("inquiries.form.confirmTitle"),
      children: (
        <Stack gap="xs">
          <Text size="sm">{t("inquiries.form.confirmText")}</Text>
          {!confirms && (
            <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {text.trim()}
            </Text>
          )}
        </Stack>
      ),
      labels: { confirm: t("inquiries.form.send"), cancel: t("common.cancel") },
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => send.mutate(),
    });
  };
  const errors = fieldErrors(send.error);
  let wrong = errors.text;
  if (missing) wrong = t("inquiries.form.textMissing");
  if (gaps) wrong = t("inquiries.form.gapsLeft", { gaps });
  return (
    <Card withBorder component="form" onSubmit={submit} noValidate padding="md">
      <Stack gap="sm">
        {confirms && <Text size="sm">{t("inquiries.form.onlyConfirm")}</Text>}
        {!confirms && (
          <TemplatePicker
            inquiryId={inquiry.id}
            onFilled={(next) => {
              setText(withFilled(text, filled, next));
              setFilled(next);
              setMissing(false);
            }}
          />
        )}
        {!confirms && (
          <Textarea
            label={t("inquiries.form.text")}
            description={t("inquiries.form.textHint")}
            autosize
            minRows={4}
            maxRows={14}
            maxLength={MAX_TEXT}
            value={text}
            error={wrong}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setMissing(false);
            }}
          />
        )}
        {inquiry.channel === "coupang" && (
          <TextInput
            label={t("inquiries.form.answeredBy")}
            description={t("inquiries.form.answeredByHint")}
            maxLength={100}
            value={answeredBy}
            error={errors.answered_by}
            onChange={(event) => setAnsweredBy(event.currentTarget.value)}
          />
        )}
        {send.error && <ProblemAlert error={send.error} inputs={["text", "answered_by"]} />}
        <Group justify="flex-end">
          <Button type="submit" loading={send.isPending}>
            {confirms ? t("inquiries.form.confirm") : t("inquiries.form.answer")}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
