import { Button, Code, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n/useLanguage";

export function NotFound() {
  const { t } = useLanguage();
  return (
    <Stack align="center" py={80} gap="sm">
      <Title order={2}>{t("common.notFound.title")}</Title>
      <Text c="dimmed">{t("common.notFound.text")}</Text>
      <Button component={Link} to="/orders" variant="light">
        {t("common.notFound.back")}
      </Button>
    </Stack>
  );
}

export function Crash({ error }: { error: unknown }) {
  const { t } = useLanguage();
  return (
    <Stack align="center" py={80} gap="sm" px="md">
      <Title order={2}>{t("common.crash.title")}</Title>
      <Text c="dimmed">{t("common.crash.text")}</Text>
      <Code block>{error instanceof Error ? error.message : String(error)}</Code>
      <Button variant="light" onClick={() => window.location.reload()}>
        {t("common.refresh")}
      </Button>
    </Stack>
  );
}
