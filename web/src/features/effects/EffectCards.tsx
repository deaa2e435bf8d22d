import { Button, Group, Text } from "@mantine/core";
import { StateBadge } from "../../components/Badges";
import { AnchorLink } from "../../components/links";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import type { EffectListProps } from "./EffectTable";

/** What left the house where a table would squeeze its columns: one card each. */
export function EffectCards({ effects, onOpen }: EffectListProps) {
  const { t, word, about } = useLanguage();
  return (
    <ul className="cards">
      {effects.map((effect) => (
        <li key={effect.id}>
          <Group justify="space-between" gap="xs">
            <Group gap="xs">
              <Text fw={600}>{word("effectKind", effect.kind)}</Text>
              <StateBadge group="effectState" code={effect.state} />
            </Group>
            <When at={effect.created_at} size="xs" />
          </Group>
          {effect.reason && (
            <div>
              <Text size="sm">{word("reason", effect.reason)}</Text>
              <Text size="xs" c="dimmed" lineClamp={3}>
                {about(effect.reason, effect.detail)}
              </Text>
            </div>
          )}
          <Group justify="space-between" gap="xs">
            <Text size="xs" c="dimmed" component="div" className="numeric">
              {t("effects.column.attempts")} {effect.attempt_count}
              {effect.next_attempt_at && (
                <>
                  {" · "}
                  {t("effects.column.next")}{" "}
                  <When at={effect.next_attempt_at} relative span size="xs" />
                </>
              )}
            </Text>
            <Group gap="sm">
              {effect.order_id && (
                <AnchorLink to="/orders/$id" params={{ id: effect.order_id }} size="sm">
                  {t("effects.openOrder")}
                </AnchorLink>
              )}
              <Button size="compact-sm" variant="light" onClick={() => onOpen(effect.id)}>
                {t("effects.details")}
              </Button>
            </Group>
          </Group>
        </li>
      ))}
    </ul>
  );
}
