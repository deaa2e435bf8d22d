import { Alert, Button, Divider, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/calls";
import { credentialsQuery } from "../../api/queries";
import type { ChannelAccount, CredentialSet } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { confirm } from "../../components/confirm";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone, toastFailed } from "../../components/toast";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { KeysForm } from "./KeysForm";

interface Props {
  account: ChannelAccount;
  opened: boolean;
  onClose: () => void;
}

/** Old and new keys side by side: enter, test, put to use, retire. */
export function KeysDialog({ account, opened, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t("accounts.keysForm.title", { name: account.name })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {opened && <Keys account={account} />}
    </Modal>
  );
}

function Keys({ account }: { account: ChannelAccount }) {
  const { t } = useLanguage();
  const sets = useQuery(credentialsQuery(account.id));
  const kept = sets.data?.credential_sets.filter((set) => set.state !== "RETIRED") ?? [];
  return (
    <Stack gap="sm">
      <Text size="sm">{t("accounts.keysForm.intro")}</Text>
      <Alert color="orange" p="xs">
        {t(
          account.channel === "coupang"
            ? "accounts.keysForm.reissue"
            : "accounts.keysForm.reissueSmartstore",
        )}
      </Alert>
      <Divider label={t("accounts.keysForm.sets")} labelPosition="left" />
      {sets.error && <ProblemAlert error={sets.error} onRetry={() => sets.refetch()} />}
      {sets.data && kept.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("accounts.keysForm.none")}
        </Text>
      )}
      {kept.map((set) => (
        <KeySet key={set.id} account={account} set={set} />
      ))}
      <Divider label={t("accounts.keysForm.add")} labelPosition="left" />
      <KeysForm account={account} />
    </Stack>
  );
}

function KeySet({ account, set }: { account: ChannelAccount; set: CredentialSet }) {
  const { t, word, about } = useLanguage();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["accounts"] });
  const test = useMutation({
    mutationFn: () => api.testCredentials(account.id, set.id),
    onSuccess: ({ last_test }) => {
      if (last_test?.ok) toastDone(t("accounts.tested", { name: account.name }));
      else {
        const reason =
          about(last_test?.reason ?? null, last_test?.detail ?? null) ||
          word("reason", last_test?.reason ?? null);
        toastFailed(t("accounts.testFailed", { name: account.name }), reason);
      }
      refresh();
    },
  });
  const promote = useMutation({
    mutationFn: () => api.promoteCredentials(account.id, set.id),
    onSuccess: () => {
      toastDone(t("accounts.keysForm.promoted"));
      refresh();
    },
  });
  const retire = useMutation({
    mutationFn: () => api.retireCredentials(account.id, set.id),
    onSuccess: () => {
      toastDone(t("accounts.keysForm.retired"));
      refresh();
    },
  });
  const confirmRetire = () =>
    confirm({
      title: t("accounts.keysForm.retireTitle"),
      children: <Text size="sm">{t("accounts.keysForm.retireText")}</Text>,
      labels: { confirm: t("accounts.keysForm.retire"), cancel: t("common.cancel") },
      confirmProps: { color: "red" },
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => retire.mutate(),
    });
  const inUse = set.state === "PROMOTED";
  const usable = set.state === "PREVIOUS" || set.last_test?.ok === true;
  const error = test.error ?? promote.error ?? retire.error;
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <StateBadge group="credentialState" code={set.state} />
          <When at={set.created_at} size="sm" />
          {set.key_issued_on && (
            <Text size="sm" c="dimmed">
              {t("accounts.keysForm.issued", { day: set.key_issued_on })}
            </Text>
          )}
          {!inUse && <Tested set={set} />}
        </Group>
        {!inUse && (
          <Group gap="xs">
            <Button
              size="compact-sm"
              variant="light"
              loading={test.isPending}
              onClick={() => test.mutate()}
            >
              {t("accounts.keysForm.test")}
            </Button>
            <Button
              size="compact-sm"
              loading={promote.isPending}
              disabled={!usable}
              onClick={() => promote.mutate()}
            >
              {t("accounts.keysForm.promote")}
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              loading={retire.isPending}
              onClick={confirmRetire}
            >
              {t("accounts.keysForm.retire")}
            </Button>
          </Group>
        )}
      </Group>
      {error && <ProblemAlert error={error} />}
    </Stack>
  );
}

function Tested({ set }: { set: CredentialSet }) {
  const { t, word } = useLanguage();
  if (!set.last_test) {
    return (
      <Text size="sm" c="dimmed">
        {t("accounts.keysForm.notTested")}
      </Text>
    );
  }
  return (
    <Text size="sm" fw={600} c={set.last_test.ok ? "teal" : "red"}>
      {set.last_test.ok ? t("accounts.keysForm.testedOk") : word("reason", set.last_test.reason)}
    </Text>
  );
}
