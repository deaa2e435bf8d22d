import { Button, Group, Stack, Text } from "@mantine/core";
import type { FormEventHandler, ReactNode } from "react";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";

const INPUTS = ["api_key", "api_secret", "from", "base_url", "webhook_url"];

interface Props {
  /** Where the values are found. */
  where: string;
  put: { error: Error | null; isPending: boolean };
  onSubmit: FormEventHandler<HTMLFormElement>;
  onClose: () => void;
  children: ReactNode;
}

/** What the forms of all kinds share. */
export function SenderForm({ where, put, onSubmit, onClose, children }: Props) {
  const { t } = useLanguage();
  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {where}
        </Text>
        {children}
        {put.error && <ProblemAlert error={put.error} inputs={INPUTS} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={put.isPending}>
            {t("common.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
