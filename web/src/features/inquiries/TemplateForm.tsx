import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { api } from "../../api/calls";
import { IdempotencyKeys } from "../../api/idempotency";
import { reasonOf } from "../../api/problem";
import { answerTemplatesQuery } from "../../api/queries";
import type { AnswerTemplate } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { GAPS, type Gap, inserted, written } from "./gaps";

interface Props {
  /** Absent: a new one. */
  template: AnswerTemplate | undefined;
  onDone: () => void;
  onCancel: () => void;
}

/** Writes a template; gaps are put in where the cursor stands. */
export function TemplateForm({ template, onDone, onCancel }: Props) {
  const { t, fieldErrors } = useLanguage();
  const [keys] = useState(() => new IdempotencyKeys());
  const [name, setName] = useState(template?.name ?? "");
  const [text, setText] = useState(template?.text ?? "");
  const [version, setVersion] = useState(template?.version ?? undefined);
  const [stored, setStored] = useState<AnswerTemplate>();
  const area = useRef<HTMLTextAreaElement>(null);
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), text: text.trim() };
      if (template) return api.replaceTemplate(template.id, { ...body, version });
      return keys.run(body, (key) => api.createTemplate(body, key));
    },
    onSuccess: onDone,
    // Somebody was faster: what they wrote is shown, what was typed here stays, and the next save is made knowingly.
    onError: async (error) => {
      if (!template || reasonOf(error) !== "ANSWER_TEMPLATE_CHANGED") return;
      const { templates } = await queryClient.fetchQuery({ ...answerTemplatesQuery, staleTime: 0 });
      const newest = templates.find(({ id }) => id === template.id);
      setStored(newest);
      setVersion(newest?.version ?? version);
    },
  });
  const takeStored = () => {
    if (!stored) return;
    setName(stored.name);
    setText(stored.text);
    setStored(undefined);
    save.reset();
  };
  const errors = fieldErrors(save.error);
  const submit = (event: FormEvent) => {
    // A portal's events pass through the form that the dialog was opened from.
    event.preventDefault();
    event.stopPropagation();
    save.mutate();
  };
  const insert = (gap: Gap) => {
    const { selectionStart = text.length, selectionEnd = text.length } = area.current ?? {};
    const after = inserted(text, selectionStart, selectionEnd, written(gap));
    setText(after.text);
    area.current?.focus();
    // Once the new text stands in the field.
    requestAnimationFrame(() => area.current?.setSelectionRange(after.cursor, after.cursor));
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t("inquiries.template.name")}
          maxLength={60}
          data-autofocus
          value={name}
          error={errors.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          ref={area}
          label={t("inquiries.template.text")}
          autosize
          minRows={5}
          maxRows={14}
          maxLength={2000}
          value={text}
          error={errors.text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Stack gap={4}>
          <Text size="xs" c="dimmed">
            {t("inquiries.template.gapHint")}
          </Text>
          <Group gap={6}>
            {GAPS.map((gap) => (
              <Button key={gap} size="compact-xs" variant="light" onClick={() => insert(gap)}>
                {t(`inquiries.gap.${gap}`)} <span className="code">&nbsp;{written(gap)}</span>
              </Button>
            ))}
          </Group>
        </Stack>
        {save.error && <ProblemAlert error={save.error} inputs={["name", "text"]} />}
        {stored && (
          <Alert color="gray" title={t("inquiries.template.storedNow")}>
            <Stack gap="xs" align="flex-start">
              <Text size="sm" fw={600}>
                {stored.name}
              </Text>
              <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
                {stored.text}
              </Text>
              <Button size="compact-sm" variant="default" onClick={takeStored}>
                {t("inquiries.template.takeStored")}
              </Button>
            </Stack>
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!name.trim() || !text.trim()}>
            {t("inquiries.template.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
