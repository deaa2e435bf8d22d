import { Badge, Table, Text } from "@mantine/core";
import type { CoverageGap } from "../../api/types";
import { Fact } from "../../components/Fact";
import { Panel } from "../../components/Panel";
import { useWide } from "../../components/useWide";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatTime } from "../../lib/format";

interface Props {
  gaps: CoverageGap[];
  /** Names of accounts by id. */
  names: Map<string, string>;
}

/** Gaps that were alarmed, and how they ended. */
export function GapHistory({ gaps, names }: Props) {
  const { t } = useLanguage();
  const List = useWide() ? GapTable : GapCards;
  return (
    <Panel title={t("coverage.history.title")}>
      {gaps.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("coverage.history.none")}
        </Text>
      )}
      {gaps.length > 0 && <List gaps={gaps} names={names} />}
    </Panel>
  );
}

function GapTable({ gaps, names }: Props) {
  const { t, word, language } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={760}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("coverage.history.where")}</Table.Th>
            <Table.Th w={260}>{t("coverage.history.span")}</Table.Th>
            <Table.Th w={120}>{t("coverage.history.found")}</Table.Th>
            <Table.Th w={260}>{t("coverage.history.closed")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {gaps.map((gap) => (
            <Table.Tr key={`${gap.channel_account_id} ${gap.stream} ${gap.from}`}>
              <Table.Td>
                <Text size="sm">
                  {names.get(gap.channel_account_id) ?? gap.channel_account_id} ·{" "}
                  {word("stream", gap.stream)}
                </Text>
              </Table.Td>
              <Table.Td className="numeric">
                <Text size="sm">
                  {formatTime(gap.from, language)} ~ {formatTime(gap.to, language)}
                </Text>
              </Table.Td>
              <Table.Td>
                <When at={gap.found_at} relative size="sm" />
              </Table.Td>
              <Table.Td>
                <Outcome gap={gap} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The same where a table would squeeze its columns. */
function GapCards({ gaps, names }: Props) {
  const { t, word, language } = useLanguage();
  return (
    <ul className="cards">
      {gaps.map((gap) => (
        <li key={`${gap.channel_account_id} ${gap.stream} ${gap.from}`}>
          <Text size="sm" fw={600}>
            {names.get(gap.channel_account_id) ?? gap.channel_account_id} ·{" "}
            {word("stream", gap.stream)}
          </Text>
          <Text size="sm" className="numeric">
            {formatTime(gap.from, language)} ~ {formatTime(gap.to, language)}
          </Text>
          <Fact label={t("coverage.history.found")}>
            <When at={gap.found_at} relative size="sm" />
          </Fact>
          <Fact label={t("coverage.history.closed")}>
            <Outcome gap={gap} />
          </Fact>
        </li>
      ))}
    </ul>
  );
}

function Outcome({ gap }: { gap: CoverageGap }) {
  const { t, language } = useLanguage();
  if (!gap.closed_at) {
    return (
      <Badge variant="filled" color="red" tt="none">
        {t("coverage.history.open")}
      </Badge>
    );
  }
  if (gap.outcome === "COVERED") {
    return (
      <Text size="sm" c="teal">
        {t("coverage.history.COVERED", { when: formatTime(gap.closed_at, language) })}
      </Text>
    );
  }
  return (
    <Text size="sm" c="red">
      {t("coverage.history.EXPIRED")}
    </Text>
  );
}
