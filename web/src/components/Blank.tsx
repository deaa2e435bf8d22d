import { Center, Loader, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useLanguage } from "../i18n/useLanguage";

interface Props {
  title: string;
  text?: string;
  icon?: ReactNode;
  children?: ReactNode;
}

/** Says why there is nothing to see and what to do. */
export function Blank({ title, text, icon, children }: Props) {
  return (
    <Stack align="center" gap="xs" py={56} px="md">
      <ThemeIcon size={52} radius="xl" variant="light" color="gray" aria-hidden>
        {icon ?? <IconInbox />}
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      {text && (
        <Text c="dimmed" size="sm" ta="center" maw={460}>
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
}

export function Loading({ py = 56 }: { py?: number }) {
  const { t } = useLanguage();
  return (
    <Center py={py}>
      <Loader size="sm" aria-label={t("common.loading")} />
    </Center>
  );
}
