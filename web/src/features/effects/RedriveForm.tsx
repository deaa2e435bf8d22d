import { Button, Card, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../api/calls";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

/** Sends a stopped effect again, with a reason for the record. */
export function RedriveForm({ effectId }: { effectId: string }) {
  const { t, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const redrive = useMutation({
    mutationFn: (text: string) => api.redriveEffect(effectId, text),
    onSuccess: () => {
      toastDone(t("effects.redriveDone"));
      queryClient.invalidateQueries({ queryKey: ["effects"] });
      queryClient.invalidateQueries({ queryKey: ["order"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const text = reason.trim();
    setMissing(!text);
    if (text) redrive.mutate(text);
  };
  return (
    <Card withBorder component="form" onSubmit={submit} noValidate padding="md">
      <Stack gap="sm">
        <div>
          <Text fw={600} size="sm">
            {t("effects.redriveTitle")}
          </Text>
          <Text size="sm" c="dimmed">
            {t("effects.redriveText")}
          </Text>
        </div>
        <TextInput
          label={t("effects.redriveReason")}
          description={t("effects.redriveReasonHint")}
          maxLength={500}
          value={reason}
          error={missing ? t("effects.redriveReasonMissing") : fieldErrors(redrive.error).reason}
          onChange={(event) => {
            setReason(event.currentTarget.value);
            setMissing(false);
          }}
        />
        {redrive.error && <ProblemAlert error={redrive.error} inputs={["reason"]} />}
        <Group justify="flex-end">
          <Button type="submit" loading={redrive.isPending}>
            {t("effects.redrive")}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
