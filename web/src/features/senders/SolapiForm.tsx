import { PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { api } from "../../api/calls";
import type { PutSolapiSender } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { SenderForm } from "./SenderForm";
import { usePut } from "./usePut";

export function SolapiForm({ onClose }: { onClose: () => void }) {
  const { t } = useLanguage();
  const required = (value: string) => (value.trim() ? null : t("senders.missing"));
  const form = useForm({
    initialValues: { api_key: "", api_secret: "", from: "", base_url: "" },
    validate: {
      api_key: required,
      api_secret: required,
      from: (value) =>
        /^\d{8,11}$/.test(value.replace(/[-\s]/g, "")) ? null : t("senders.SOLAPI.fromBad"),
      base_url: (value) =>
        !value.trim() || /^https?:\/\/\S+$/.test(value.trim()) ? null : t("senders.urlBad"),
    },
  });
  const put = usePut((body: PutSolapiSender) => api.putSolapi(body), form.setErrors, onClose);
  const submit = form.onSubmit(({ api_key, api_secret, from, base_url }) =>
    put.mutate({
      api_key: api_key.trim(),
      api_secret: api_secret.trim(),
      from: from.replace(/[-\s]/g, ""),
      ...(base_url.trim() && { base_url: base_url.trim() }),
    }),
  );
  return (
    <SenderForm where={t("senders.SOLAPI.where")} put={put} onSubmit={submit} onClose={onClose}>
      <TextInput
        label={t("senders.SOLAPI.apiKey")}
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("api_key")}
      />
      <PasswordInput
        label={t("senders.SOLAPI.apiSecret")}
        description={t("senders.secretHint")}
        autoComplete="off"
        {...form.getInputProps("api_secret")}
      />
      <TextInput
        label={t("senders.SOLAPI.from")}
        description={t("senders.SOLAPI.fromHint")}
        inputMode="tel"
        autoComplete="off"
        {...form.getInputProps("from")}
      />
      <TextInput
        label={t("senders.SOLAPI.baseUrl")}
        description={t("senders.SOLAPI.baseUrlHint")}
        inputMode="url"
        {...form.getInputProps("base_url")}
      />
    </SenderForm>
  );
}
