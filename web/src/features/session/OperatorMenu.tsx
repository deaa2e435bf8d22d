import { Avatar, Box, Group, Menu, Text, UnstyledButton } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/calls";
import { ApiError } from "../../api/problem";
import { sessionQuery } from "../../api/queries";
import type { Session } from "../../api/types";
import { LanguageSwitch } from "../../components/LanguageSwitch";
import { toastFailed } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

export function OperatorMenu({ session }: { session: Session }) {
  const { t, word } = useLanguage();
  const queryClient = useQueryClient();
  const logOut = useMutation({
    mutationFn: api.logOut,
    onSuccess: () => {
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, null);
    },
    onError: (error) => {
      const problem =
        error instanceof ApiError && error.failure.kind === "problem"
          ? error.failure.problem
          : undefined;
      toastFailed(
        problem?.title ?? t("common.error.unreachableTitle"),
        problem?.detail ?? t("common.error.unreachableText"),
      );
    },
  });
  const { name, email, role } = session.operator;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton aria-label={name || email}>
          <Group gap="xs" wrap="nowrap">
            <Avatar size={32} color="moa" name={name || email} />
            <Text size="sm" visibleFrom="lg">
              {name || email}
            </Text>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {email} · {word("role", role)}
        </Menu.Label>
        <Box hiddenFrom="sm" p="xs">
          <LanguageSwitch />
        </Box>
        <Menu.Item
          leftSection={<IconLogout size={16} />}
          onClick={() => logOut.mutate()}
          disabled={logOut.isPending}
        >
          {t("common.logout")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
