import {
  Anchor,
  Button,
  Collapse,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api } from "../../api/calls";
import { CHANNELS } from "../../api/codes";
import { IdempotencyKeys } from "../../api/idempotency";
import type { ChannelAccount, RegisterChannelAccount } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { AfterRegister } from "./AfterRegister";
import { CoupangFields, SmartStoreFields } from "./CredentialFields";
import {
  type Channel,
  type CredentialValues,
  credentialProblem,
  credentialsOf,
  NO_CREDENTIALS,
} from "./credentialForm";

interface Props {
  opened: boolean;
  onClose: () => void;
}

export function RegisterDialog({ opened, onClose }: Props) {
  const { t } = useLanguage();
  const [registered, setRegistered] = useState<ChannelAccount>();
  const close = () => {
    setRegistered(undefined);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("accounts.form.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {opened && !registered && <RegisterForm onClose={close} onRegistered={setRegistered} />}
      {opened && registered && <AfterRegister account={registered} onClose={close} />}
    </Modal>
  );
}

const INITIAL = {
  channel: "coupang" as Channel,
  name: "",
  base_url: "",
  quota_per_second: "" as number | "",
  credentials: NO_CREDENTIALS,
};

type Values = typeof INITIAL;

const INPUTS = [
  "name",
  "base_url",
  "quota_per_second",
  ...Object.keys(INITIAL.credentials).map((name) => `credentials.${name}`),
];

interface FormProps {
  onClose: () => void;
  onRegistered: (account: ChannelAccount) => void;
}

function RegisterForm({ onClose, onRegistered }: FormProps) {
  const { t, word, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  const keys = useRef(new IdempotencyKeys());
  const [advanced, { toggle, open }] = useDisclosure();
  const required = (value: string) => (value.trim() ? null : t("accounts.form.missing"));
  const credential = (name: keyof CredentialValues) => (_: string, values: Values) => {
    const problem = credentialProblem(values.channel, name, values.credentials);
    return problem && t(`accounts.form.${problem}`);
  };
  const form = useForm({
    initialValues: INITIAL,
    validate: {
      name: required,
      base_url: (value) =>
        !value || /^https?:\/\/\S+$/.test(value.trim()) ? null : t("accounts.form.urlBad"),
      credentials: {
        vendor_id: credential("vendor_id"),
        access_key: credential("access_key"),
        secret_key: credential("secret_key"),
        client_id: credential("client_id"),
        client_secret: credential("client_secret"),
        account_id: credential("account_id"),
      },
    },
  });
  const register = useMutation({
    mutationFn: (body: RegisterChannelAccount) =>
      keys.current.run(body, (key) => api.registerAccount(body, key)),
    onSuccess: (account) => {
      queryClient.invalidateQueries({ queryKey: ["accounts"] });
      onRegistered(account);
    },
    onError: (error) => {
      const errors = fieldErrors(error);
      form.setErrors(errors);
      if (errors.base_url || errors.quota_per_second) open();
    },
  });
  const submit = form.onSubmit(
    (values) =>
      register.mutate({
        channel: values.channel,
        name: values.name.trim(),
        ...(values.base_url.trim() && { base_url: values.base_url.trim() }),
        ...(values.quota_per_second !== "" && { quota_per_second: values.quota_per_second }),
        credentials: credentialsOf(values.channel, values.credentials),
      }),
    (errors) => errors.base_url && open(),
  );
  const field = (path: string) => form.getInputProps(path);
  const { channel } = form.values;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Select
          label={t("accounts.form.channel")}
          data={CHANNELS.map((value) => ({ value, label: word("channel", value) }))}
          allowDeselect={false}
          {...field("channel")}
        />
        <Text size="sm" c="dimmed">
          {t(channel === "coupang" ? "accounts.form.where" : "accounts.form.whereSmartstore")}
        </Text>
        <TextInput
          label={t("accounts.form.name")}
          description={t("accounts.form.nameHint")}
          maxLength={80}
          data-autofocus
          {...field("name")}
        />
        {channel === "coupang" ? (
          <CoupangFields field={field} />
        ) : (
          <SmartStoreFields
            field={field}
            forSeller={form.values.credentials.account_type === "SELLER"}
          />
        )}
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={toggle}
          aria-expanded={advanced}
          w="fit-content"
        >
          {t("accounts.form.advanced")}
        </Anchor>
        <Collapse expanded={advanced}>
          <Stack gap="sm">
            <TextInput
              label={t("accounts.form.baseUrl")}
              description={t("accounts.form.baseUrlHint")}
              inputMode="url"
              {...field("base_url")}
            />
            <NumberInput
              label={t("accounts.form.quota")}
              description={t("accounts.form.quotaHint")}
              min={1}
              max={1000}
              allowDecimal={false}
              {...field("quota_per_second")}
            />
          </Stack>
        </Collapse>
        {register.error && <ProblemAlert error={register.error} inputs={INPUTS} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={register.isPending}>
            {t("accounts.form.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
