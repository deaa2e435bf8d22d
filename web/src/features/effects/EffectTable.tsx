import { Button, Table, Text } from "@mantine/core";
import type { Effect } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { AnchorLink } from "../../components/links";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";

export interface EffectListProps {
  effects: Effect[];
  onOpen: (id: string) => void;
}

export function EffectTable({ effects, onOpen }: EffectListProps) {
  const { t, word, about } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={860}>
      <Table verticalSpacing={8} horizontalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={120}>{t("effects.column.at")}</Table.Th>
            <Table.Th w={110}>{t("effects.column.kind")}</Table.Th>
            <Table.Th w={120}>{t("effects.column.state")}</Table.Th>
            <Table.Th>{t("effects.column.reason")}</Table.Th>
            <Table.Th w={60} ta="right">
              {t("effects.column.attempts")}
            </Table.Th>
            <Table.Th w={110}>{t("effects.column.next")}</Table.Th>
            <Table.Th w={110}>{t("effects.column.subject")}</Table.Th>
            <Table.Th w={90} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {effects.map((effect) => (
            <Table.Tr key={effect.id}>
              <Table.Td>
                <When at={effect.created_at} size="sm" />
              </Table.Td>
              <Table.Td>{word("effectKind", effect.kind)}</Table.Td>
              <Table.Td>
                <StateBadge group="effectState" code={effect.state} />
              </Table.Td>
              <Table.Td>
                {effect.reason && <Text size="sm">{word("reason", effect.reason)}</Text>}
                <Text size="xs" c="dimmed" lineClamp={2}>
                  {about(effect.reason, effect.detail)}
                </Text>
              </Table.Td>
              <Table.Td ta="right" className="numeric">
                {effect.attempt_count}
              </Table.Td>
              <Table.Td>
                {effect.next_attempt_at && <When at={effect.next_attempt_at} relative size="sm" />}
              </Table.Td>
              <Table.Td>
                {effect.order_id && (
                  <AnchorLink to="/orders/$id" params={{ id: effect.order_id }} size="sm">
                    {t("effects.openOrder")}
                  </AnchorLink>
                )}
              </Table.Td>
              <Table.Td>
                <Button size="compact-sm" variant="light" onClick={() => onOpen(effect.id)}>
                  {t("effects.details")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
