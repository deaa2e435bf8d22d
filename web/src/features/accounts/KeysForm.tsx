import { Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "../../api/calls";
import { IdempotencyKeys } from "../../api/idempotency";
import type { AddCredentials, ChannelAccount } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";
import { SmartStoreFields } from "./CredentialFields";
import { isApplicationSecret } from "./credentialForm";

/** New keys of the account's own seller. */
export function KeysForm({ account }: { account: ChannelAccount }) {
  const { t, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  const idempotency = useRef(new IdempotencyKeys());
  const isCoupang = account.channel === "coupang";
  const required = (value: string) => (value.trim() ? null : t("accounts.form.missing"));
  const only = (wanted: boolean, check: (value: string) => string | null) => (value: string) =>
    wanted ? check(value) : null;
  const form = useForm({
    initialValues: {
      access_key: "",
      secret_key: "",
      key_issued_on: "",
      credentials: {
        client_id: isCoupang ? "" : account.channel_seller_id,
        client_secret: "",
        account_type: "SELF" as "SELF" | "SELLER",
        account_id: "",
      },
    },
    validate: {
      access_key: only(isCoupang, required),
      secret_key: only(isCoupang, required),
      credentials: {
        client_id: only(!isCoupang, required),
        client_secret: only(!isCoupang, (value) =>
          isApplicationSecret(value) ? null : t("accounts.form.clientSecretBad"),
        ),
      },
    },
  });
  const add = useMutation({
    mutationFn: (body: AddCredentials) =>
      idempotency.current.run(body, (key) => api.addCredentials(account.id, body, key)),
    onSuccess: () => {
      toastDone(t("accounts.keysForm.added"));
      form.reset();
      queryClient.invalidateQueries({ queryKey: ["accounts", account.id] });
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const submit = form.onSubmit(({ access_key, secret_key, key_issued_on, credentials }) =>
    add.mutate({
      ...(isCoupang
        ? {
            channel: "coupang",
            credentials: {
              vendor_id: account.channel_seller_id,
              access_key: access_key.trim(),
              secret_key: secret_key.trim(),
            },
          }
        : {
            channel: "smartstore",
            credentials: {
              client_id: credentials.client_id.trim(),
              client_secret: credentials.client_secret.trim(),
              account_type: credentials.account_type,
              ...(credentials.account_type === "SELLER" && {
                account_id: credentials.account_id.trim(),
              }),
            },
          }),
      ...(key_issued_on && { key_issued_on }),
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {isCoupang ? (
          <Group grow align="flex-start">
            <TextInput
              label={t("accounts.form.accessKey")}
              autoComplete="off"
              {...form.getInputProps("access_key")}
            />
            <PasswordInput
              label={t("accounts.form.secretKey")}
              autoComplete="off"
              {...form.getInputProps("secret_key")}
            />
          </Group>
        ) : (
          <SmartStoreFields
            field={form.getInputProps}
            forSeller={form.values.credentials.account_type === "SELLER"}
          />
        )}
        <Group align="flex-end" justify={isCoupang ? "space-between" : "flex-end"}>
          {isCoupang && (
            <TextInput
              type="date"
              w={200}
              label={t("accounts.editForm.issuedOn")}
              {...form.getInputProps("key_issued_on")}
            />
          )}
          <Button type="submit" loading={add.isPending}>
            {t("accounts.keysForm.add")}
          </Button>
        </Group>
        {add.error && <ProblemAlert error={add.error} />}
      </Stack>
    </form>
  );
}
