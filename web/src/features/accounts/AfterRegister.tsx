import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/calls";
import type { ChannelAccount } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { KeysDialog } from "./KeysDialog";

interface Props {
  account: ChannelAccount;
  onClose: () => void;
}

/** An account is worth something when the channel takes its keys: they are tried at once. */
export function AfterRegister({ account, onClose }: Props) {
  const { t, word, help, about } = useLanguage();
  const queryClient = useQueryClient();
  const [keying, setKeying] = useState(false);
  const test = useQuery({
    queryKey: ["first-test", account.id],
    queryFn: async () => {
      const result = await api.testAccount(account.id);
      queryClient.invalidateQueries({ queryKey: ["accounts"] });
      return result;
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const { name } = account;
  const reason = test.data?.reason ?? null;
  return (
    <Stack>
      {test.isFetching && (
        <Alert role="status" icon={<Loader size={20} />} title={t("accounts.form.testing")}>
          {t("accounts.form.testingText")}
        </Alert>
      )}
      {test.error && !test.isFetching && (
        <>
          <Text fw={600}>{t("accounts.form.untestedTitle", { name })}</Text>
          <ProblemAlert error={test.error} onRetry={() => test.refetch()} />
        </>
      )}
      {test.data?.ok && (
        <Alert
          role="status"
          color="teal"
          icon={<IconCircleCheck />}
          title={t("accounts.form.worksTitle", { name })}
        >
          {t("accounts.form.worksText")}
        </Alert>
      )}
      {test.data && !test.data.ok && (
        <Alert
          role="alert"
          color="red"
          icon={<IconAlertTriangle />}
          title={t("accounts.form.failsTitle", { name })}
        >
          <Stack gap={4}>
            <Text size="sm" fw={600}>
              {word("reason", reason)}
            </Text>
            <Text size="sm">{about(reason, test.data.detail)}</Text>
            {help(reason) && <Text size="sm">{help(reason)}</Text>}
            <Text size="sm">{t("accounts.form.failsText")}</Text>
          </Stack>
        </Alert>
      )}
      <Group justify="flex-end">
        {test.data && !test.data.ok && (
          <Button onClick={() => setKeying(true)}>{t("accounts.form.fixKeys")}</Button>
        )}
        <Button variant="default" onClick={onClose}>
          {t("common.close")}
        </Button>
      </Group>
      <KeysDialog account={account} opened={keying} onClose={() => setKeying(false)} />
    </Stack>
  );
}
