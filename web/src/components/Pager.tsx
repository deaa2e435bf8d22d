import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { useLanguage } from "../i18n/useLanguage";

/** The tokens of the pages walked so far; starts over when the filters (`key`) change. */
export function usePages(key: string) {
  const [walk, setWalk] = useState<{ key: string; tokens: string[] }>({ key, tokens: [] });
  const tokens = walk.key === key ? walk.tokens : [];
  return {
    token: tokens.at(-1),
    number: tokens.length + 1,
    next: (token: string) => setWalk({ key, tokens: [...tokens, token] }),
    previous: () => setWalk({ key, tokens: tokens.slice(0, -1) }),
  };
}

interface Props {
  pages: ReturnType<typeof usePages>;
  nextToken: string | undefined;
}

export function Pager({ pages, nextToken }: Props) {
  const { t } = useLanguage();
  if (pages.number === 1 && !nextToken) return null;
  return (
    <Group justify="center" gap="sm" p="sm">
      <Button
        variant="default"
        size="xs"
        leftSection={<IconChevronLeft size={14} />}
        disabled={pages.number === 1}
        onClick={pages.previous}
      >
        {t("common.previous")}
      </Button>
      <Text size="sm" c="dimmed" className="numeric">
        {t("common.pageNumber", { page: pages.number })}
      </Text>
      <Button
        variant="default"
        size="xs"
        rightSection={<IconChevronRight size={14} />}
        disabled={!nextToken}
        onClick={() => nextToken && pages.next(nextToken)}
      >
        {t("common.next")}
      </Button>
    </Group>
  );
}
