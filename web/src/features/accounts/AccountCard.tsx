import { Alert, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconEdit, IconKey, IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/calls";
import type { ChannelAccount } from "../../api/types";
import { ChannelBadge, StateBadge } from "../../components/Badges";
import { confirm } from "../../components/confirm";
import { AnchorLink } from "../../components/links";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone, toastFailed } from "../../components/toast";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { EditDialog } from "./EditDialog";
import { HealthPanel } from "./HealthPanel";
import { KeysDialog } from "./KeysDialog";
import { StreamTable } from "./StreamTable";

export function AccountCard({ account, owner }: { account: ChannelAccount; owner: boolean }) {
  const { t, word, help, about } = useLanguage();
  const [editing, edit] = useDisclosure();
  const [keying, keys] = useDisclosure();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["accounts"] });
  const { name } = account;
  const active = account.state === "ACTIVE";
  const test = useMutation({
    mutationFn: () => api.testAccount(account.id),
    onSuccess: (result) => {
      if (result.ok) toastDone(t("accounts.tested", { name }));
      else
        toastFailed(
          t("accounts.testFailed", { name }),
          about(result.reason, result.detail) || word("reason", result.reason),
        );
      refresh();
    },
  });
  const change = useMutation({
    mutationFn: () => api.switchAccount(account.id, active ? "deactivate" : "activate"),
    onSuccess: refresh,
  });
  const confirmChange = () =>
    confirm({
      title: active
        ? t("accounts.deactivateTitle", { name })
        : t("accounts.activateTitle", { name }),
      children: (
        <Text size="sm">{active ? t("accounts.deactivateText") : t("accounts.activateText")}</Text>
      ),
      labels: {
        confirm: active ? t("accounts.deactivate") : t("accounts.activate"),
        cancel: t("common.cancel"),
      },
      ...(active && { confirmProps: { color: "red" } }),
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => change.mutate(),
    });
  const error = test.error ?? change.error;
  return (
    <Card withBorder padding="md" component="article">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div>
            <Group gap="sm">
              <Title order={2} size="h4">
                {name}
              </Title>
              <ChannelBadge channel={account.channel} />
              <StateBadge group="accountState" code={account.state} />
            </Group>
            <Text size="sm" c="dimmed">
              {t("accounts.sellerId")} {account.channel_seller_id} ·{" "}
              {t("accounts.quota", { count: account.quota_per_second })}
            </Text>
            <Group gap="sm">
              <Text size="xs" c="dimmed" className="code">
                {account.base_url}
              </Text>
              <AnchorLink to="/calls" search={{ account: account.id }} size="xs">
                {t("accounts.calls")}
              </AnchorLink>
            </Group>
          </div>
          {owner && (
            <Group gap="xs">
              <Button
                variant="light"
                size="xs"
                leftSection={<IconPlugConnected size={15} />}
                loading={test.isPending}
                onClick={() => test.mutate()}
              >
                {t("accounts.test")}
              </Button>
              <Button
                variant="default"
                size="xs"
                leftSection={<IconKey size={15} />}
                onClick={keys.open}
              >
                {t("accounts.keys")}
              </Button>
              <Button
                variant="default"
                size="xs"
                leftSection={<IconEdit size={15} />}
                onClick={edit.open}
              >
                {t("accounts.edit")}
              </Button>
              <Button
                variant="subtle"
                size="xs"
                color={active ? "red" : "moa"}
                loading={change.isPending}
                onClick={confirmChange}
              >
                {active ? t("accounts.deactivate") : t("accounts.activate")}
              </Button>
            </Group>
          )}
        </Group>
        {error && <ProblemAlert error={error} />}
        <LastTest account={account} />
        {account.credentials_paused && (
          <Alert color="red" title={t("accounts.pausedTitle")}>
            <Text size="sm">{t("accounts.pausedText")}</Text>
          </Alert>
        )}
        {account.last_refusal && (
          <Alert
            color="orange"
            title={`${t("accounts.lastRefusal")}: ${word("reason", account.last_refusal.reason)}`}
          >
            <Text size="sm">{about(account.last_refusal.reason, account.last_refusal.detail)}</Text>
            {help(account.last_refusal.reason) && (
              <Text size="sm" fw={600} mt={4}>
                {help(account.last_refusal.reason)}
              </Text>
            )}
            <When at={account.last_refusal.at} size="xs" c="dimmed" />
          </Alert>
        )}
        <HealthPanel account={account} onEnterDay={owner ? edit.open : undefined} />
        <EditDialog account={account} opened={editing} onClose={edit.close} />
        <KeysDialog account={account} opened={keying} onClose={keys.close} />
        {(active || account.streams.length > 0) && <StreamTable streams={account.streams} />}
      </Stack>
    </Card>
  );
}

function LastTest({ account }: { account: ChannelAccount }) {
  const { t, word, about } = useLanguage();
  const test = account.last_test;
  if (!test) {
    return (
      <Text size="sm" c="dimmed">
        {t("accounts.lastTest")}: {t("accounts.neverTested")}
      </Text>
    );
  }
  const result = test.ok
    ? t("accounts.testOk")
    : [t("accounts.testBad"), word("reason", test.reason), about(test.reason, test.detail)]
        .filter(Boolean)
        .join(" · ");
  return (
    <Text size="sm" component="div">
      <Text span size="sm" c="dimmed">
        {t("accounts.lastTest")}:
      </Text>{" "}
      <Text span size="sm" fw={600} c={test.ok ? "teal" : "red"}>
        {result}
      </Text>{" "}
      <When at={test.tested_at} relative size="xs" c="dimmed" />
    </Text>
  );
}
