import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/calls";
import { accountHealthQuery } from "../../api/queries";
import type { ChangeChannelAccount, ChannelAccount } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";
import { CoupangFields, SmartStoreFields } from "./CredentialFields";
import {
  type CredentialValues,
  credentialProblem,
  credentialsOf,
  isChannel,
  NO_CREDENTIALS,
} from "./credentialForm";

interface Props {
  account: ChannelAccount;
  opened: boolean;
  onClose: () => void;
}

export function EditDialog({ account, opened, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("accounts.editForm.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {opened && <EditForm account={account} onClose={onClose} />}
    </Modal>
  );
}

function EditForm({ account, onClose }: Omit<Props, "opened">) {
  const { t, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  const keysEnd = (useQuery(accountHealthQuery(account.id)).data?.key_life_days ?? 0) > 0;
  const channel = isChannel(account.channel) ? account.channel : null;
  const initialValues = {
    name: account.name,
    base_url: account.base_url,
    quota_per_second: account.quota_per_second as number | "",
    key_issued_on: account.key_issued_on ?? "",
    credentials: {
      ...NO_CREDENTIALS,
      vendor_id: account.channel_seller_id,
      client_id: account.channel_seller_id,
    },
  };
  // Keys that were entered for one address go to no other: they are entered anew.
  const credential =
    (name: keyof CredentialValues) => (_: string, values: typeof initialValues) => {
      const moves = values.base_url.trim() !== account.base_url;
      const problem = channel && moves && credentialProblem(channel, name, values.credentials);
      return problem ? t(`accounts.form.${problem}`) : null;
    };
  const form = useForm({
    initialValues,
    validate: {
      credentials: {
        vendor_id: credential("vendor_id"),
        access_key: credential("access_key"),
        secret_key: credential("secret_key"),
        client_id: credential("client_id"),
        client_secret: credential("client_secret"),
        account_id: credential("account_id"),
      },
      name: (value) => (value.trim() ? null : t("accounts.form.missing")),
      base_url: (value) =>
        !value.trim() || /^https?:\/\/\S+$/.test(value.trim()) ? null : t("accounts.form.urlBad"),
    },
  });
  const change = useMutation({
    mutationFn: (body: ChangeChannelAccount) => api.changeAccount(account.id, body),
    onSuccess: (changed) => {
      toastDone(t("accounts.editForm.done", { name: changed.name }));
      queryClient.invalidateQueries({ queryKey: ["accounts"] });
      onClose();
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const moves = form.values.base_url.trim() !== account.base_url;
  // Only what was touched: another operator's change of the rest stays.
  const submit = form.onSubmit((values) =>
    change.mutate({
      version: account.version,
      ...(form.isDirty("name") && { name: values.name.trim() }),
      ...(moves && { base_url: values.base_url.trim() }),
      ...(moves && channel && { channel, credentials: credentialsOf(channel, values.credentials) }),
      ...(form.isDirty("quota_per_second") && { quota_per_second: values.quota_per_second || 0 }),
      ...(form.isDirty("key_issued_on") && { key_issued_on: values.key_issued_on }),
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          label={t("accounts.form.name")}
          maxLength={80}
          data-autofocus
          {...form.getInputProps("name")}
        />
        {keysEnd && (
          <TextInput
            type="date"
            label={t("accounts.editForm.issuedOn")}
            description={t("accounts.editForm.issuedOnHint")}
            {...form.getInputProps("key_issued_on")}
          />
        )}
        <NumberInput
          label={t("accounts.form.quota")}
          description={t("accounts.form.quotaHint")}
          min={1}
          max={1000}
          allowDecimal={false}
          {...form.getInputProps("quota_per_second")}
        />
        <TextInput
          label={t("accounts.form.baseUrl")}
          description={t("accounts.form.baseUrlHint")}
          inputMode="url"
          {...form.getInputProps("base_url")}
        />
        {moves && (
          <>
            <Text size="sm" c="orange">
              {t("accounts.editForm.baseUrlWarning")}
            </Text>
            {channel === "coupang" && <CoupangFields field={form.getInputProps} />}
            {channel === "smartstore" && (
              <SmartStoreFields
                field={form.getInputProps}
                forSeller={form.values.credentials.account_type === "SELLER"}
              />
            )}
          </>
        )}
        {change.error && (
          <ProblemAlert
            error={change.error}
            inputs={["name", "base_url", "quota_per_second", "key_issued_on"]}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
            {t("accounts.editForm.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
