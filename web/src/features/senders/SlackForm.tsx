import { PasswordInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { api } from "../../api/calls";
import type { PutSlackSender } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { SenderForm } from "./SenderForm";
import { usePut } from "./usePut";

export function SlackForm({ onClose }: { onClose: () => void }) {
  const { t } = useLanguage();
  const form = useForm({
    initialValues: { webhook_url: "" },
    validate: {
      webhook_url: (value) => (/^https?:\/\/\S+$/.test(value.trim()) ? null : t("senders.urlBad")),
    },
  });
  const put = usePut((body: PutSlackSender) => api.putSlack(body), form.setErrors, onClose);
  const submit = form.onSubmit(({ webhook_url }) =>
    put.mutate({ webhook_url: webhook_url.trim() }),
  );
  return (
    <SenderForm where={t("senders.SLACK.where")} put={put} onSubmit={submit} onClose={onClose}>
      <PasswordInput
        label={t("senders.SLACK.webhookUrl")}
        description={t("senders.secretHint")}
        placeholder="https://hooks.slack.com/services/…"
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("webhook_url")}
      />
    </SenderForm>
  );
}
