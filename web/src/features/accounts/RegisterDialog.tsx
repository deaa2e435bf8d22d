import {
  Anchor,
  Button,
  Collapse,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "../../api/calls";
import { IdempotencyKeys } from "../../api/idempotency";
import { fieldErrors } from "../../api/problem";
import type { RegisterChannelAccount } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

interface Props {
  opened: boolean;
  onClose: () => void;
}

export function RegisterDialog({ opened, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("accounts.form.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {opened && <RegisterForm onClose={onClose} />}
    </Modal>
  );
}

function RegisterForm({ onClose }: { onClose: () => void }) {
  const { t } = useLanguage();
  const queryClient = useQueryClient();
  const keys = useRef(new IdempotencyKeys());
  const [advanced, { toggle, open }] = useDisclosure();
  const required = (value: string) => (value.trim() ? null : t("accounts.form.missing"));
  const form = useForm({
    initialValues: {
      name: "",
      base_url: "",
      quota_per_second: "" as number | "",
      credentials: { vendor_id: "", access_key: "", secret_key: "" },
    },
    validate: {
      name: required,
      base_url: (value) =>
        !value || /^https?:\/\/\S+$/.test(value.trim()) ? null : t("accounts.form.urlBad"),
      credentials: {
        vendor_id: (value) =>
          /^A\d{8,9}$/.test(value.trim()) ? null : t("accounts.form.vendorIdBad"),
        access_key: required,
        secret_key: required,
      },
    },
  });
  const register = useMutation({
    mutationFn: (body: RegisterChannelAccount) =>
      keys.current.run(body, (key) => api.registerAccount(body, key)),
    onSuccess: (account) => {
      toastDone(t("accounts.form.done", { name: account.name }));
      queryClient.invalidateQueries({ queryKey: ["accounts"] });
      onClose();
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const submit = form.onSubmit(
    ({ name, base_url, quota_per_second, credentials }) =>
      register.mutate({
        channel: "coupang",
        name: name.trim(),
        ...(base_url.trim() && { base_url: base_url.trim() }),
        ...(quota_per_second !== "" && { quota_per_second }),
        credentials: {
          vendor_id: credentials.vendor_id.trim(),
          access_key: credentials.access_key.trim(),
          secret_key: credentials.secret_key.trim(),
        },
      }),
    (errors) => errors.base_url && open(),
  );
  const field = (path: string) => form.getInputProps(path);
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t("accounts.form.where")}
        </Text>
        <TextInput
          label={t("accounts.form.name")}
          description={t("accounts.form.nameHint")}
          maxLength={80}
          data-autofocus
          {...field("name")}
        />
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
        {register.error && <ProblemAlert error={register.error} />}
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
