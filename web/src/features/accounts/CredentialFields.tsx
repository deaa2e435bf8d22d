import { PasswordInput, SegmentedControl, Text, TextInput } from "@mantine/core";
import type { useForm } from "@mantine/form";
import { useLanguage } from "../../i18n/useLanguage";

/** Binds an input to a field of the form. */
export type Field = (path: string) => ReturnType<ReturnType<typeof useForm>["getInputProps"]>;

/** Keys of Coupang's Open API. */
export function CoupangFields({ field }: { field: Field }) {
  const { t } = useLanguage();
  return (
    <>
      <TextInput
        label={t("accounts.form.vendorId")}
        description={t("accounts.form.vendorIdHint")}
        autoComplete="off"
        {...field("credentials.vendor_id")}
      />
      <TextInput
        label={t("accounts.form.accessKey")}
        autoComplete="off"
        {...field("credentials.access_key")}
      />
      <PasswordInput
        label={t("accounts.form.secretKey")}
        description={t("accounts.form.secretHint")}
        autoComplete="off"
        {...field("credentials.secret_key")}
      />
    </>
  );
}

/** An application of Naver's API centre. */
export function SmartStoreFields({ field, forSeller }: { field: Field; forSeller: boolean }) {
  const { t } = useLanguage();
  return (
    <>
      <TextInput
        label={t("accounts.form.clientId")}
        autoComplete="off"
        {...field("credentials.client_id")}
      />
      <PasswordInput
        label={t("accounts.form.clientSecret")}
        description={t("accounts.form.secretHint")}
        autoComplete="off"
        {...field("credentials.client_secret")}
      />
      <Text size="sm" fw={500}>
        {t("accounts.form.accountType")}
      </Text>
      <SegmentedControl
        aria-label={t("accounts.form.accountType")}
        data={(["SELF", "SELLER"] as const).map((value) => ({
          value,
          label: t(`accounts.form.accountType${value}`),
        }))}
        {...field("credentials.account_type")}
      />
      {forSeller && (
        <TextInput
          label={t("accounts.form.accountId")}
          description={t("accounts.form.accountIdHint")}
          autoComplete="off"
          {...field("credentials.account_id")}
        />
      )}
    </>
  );
}
