import { Badge, Box, Code, Popover, Table, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { driftQuery } from "../../api/queries";
import type { DriftFinding } from "../../api/types";
import { Panel } from "../../components/Panel";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatNumber } from "../../lib/format";

/** What channels say that this version does not know; nothing when there is nothing. */
export function DriftPanel() {
  const { t } = useLanguage();
  const drift = useQuery(driftQuery);
  const findings = drift.data?.findings ?? [];
  if (findings.length === 0) return null;
  return (
    <Box mt="md">
      <Panel title={t("accounts.drift.title")}>
        <Text size="sm" c="dimmed" mb="sm">
          {t("accounts.drift.intro")}
        </Text>
        <Table.ScrollContainer type="native" minWidth={700}>
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={110}>{t("accounts.drift.kind")}</Table.Th>
                <Table.Th>{t("accounts.drift.where")}</Table.Th>
                <Table.Th w={220}>{t("accounts.drift.api")}</Table.Th>
                <Table.Th w={110}>{t("accounts.drift.seen")}</Table.Th>
                <Table.Th w={70} ta="right">
                  {t("accounts.drift.count")}
                </Table.Th>
                <Table.Th w={90} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {findings.map((finding) => (
                <Row key={finding.id} finding={finding} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Panel>
    </Box>
  );
}

function Row({ finding }: { finding: DriftFinding }) {
  const { word, language } = useLanguage();
  return (
    <Table.Tr>
      <Table.Td>
        <Badge variant="light" color="orange" tt="none">
          {word("driftKind", finding.kind)}
        </Badge>
      </Table.Td>
      <Table.Td>
        <Text size="sm" className="code">
          {finding.path}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="xs" c="dimmed" className="code">
          {finding.api}
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={finding.last_seen_at} relative size="sm" />
      </Table.Td>
      <Table.Td ta="right" className="numeric">
        {formatNumber(finding.count, language)}
      </Table.Td>
      <Table.Td>{finding.sample !== null && <Sample sample={finding.sample} />}</Table.Td>
    </Table.Tr>
  );
}

function Sample({ sample }: { sample: unknown }) {
  const { t } = useLanguage();
  return (
    <Popover position="left" withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton>
          <Text size="xs" c="moa" td="underline">
            {t("accounts.drift.sample")}
          </Text>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Code block mah={360} style={{ overflow: "auto" }}>
          {JSON.stringify(sample, null, 2)}
        </Code>
      </Popover.Dropdown>
    </Popover>
  );
}
