import { Group, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import type { ListingChange } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";

/** What a name or code was, and what it is now. */
export function Changes({ changes }: { changes: ListingChange[] }) {
  const { t, word } = useLanguage();
  return (
    <>
      {changes.map((change) => (
        <Group key={change.id} gap={6} align="baseline">
          <Text size="xs" c="dimmed">
            {word("listingField", change.field)}
          </Text>
          <Text size="sm" td={change.old_value ? "line-through" : undefined} c="dimmed">
            {change.old_value || t("listings.nothing")}
          </Text>
          <IconArrowRight size={12} aria-label={t("listings.became")} />
          <Text size="sm" fw={600}>
            {change.new_value}
          </Text>
        </Group>
      ))}
    </>
  );
}
