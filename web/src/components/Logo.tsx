import { Group, Text } from "@mantine/core";
import { useLanguage } from "../i18n/useLanguage";

export function Logo({ size = 26 }: { size?: number }) {
  const { t } = useLanguage();
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/favicon.svg" width={size} height={size} alt="" />
      <Text fw={800} fz={size * 0.78} lh={1}>
        {t("common.app")}
      </Text>
    </Group>
  );
}
