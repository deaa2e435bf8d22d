import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { parkedRowsQuery } from "../../api/queries";
import type { ParkedRow } from "../../api/types";
import { Pager, usePages } from "../../components/Pager";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";

/** Rows that could not be stored, with why; nothing when there are none. */
export function ParkedPanel({ names }: { names: Map<string, string> }) {
  const { t } = useLanguage();
  const pages = usePages("parked");
  const parked = useQuery({ ...parkedRowsQuery(pages.token ?? ""), refetchInterval: 30_000 });
  const rows = parked.data?.parked_rows ?? [];
  if (parked.error) return <ProblemAlert error={parked.error} onRetry={() => parked.refetch()} />;
  if (rows.length === 0 && pages.number === 1) return null;
  return (
    <Panel title={t("coverage.parkedRows.title")}>
      <Text size="sm" c="dimmed" mb="sm">
        {t("coverage.parkedRows.intro")}
      </Text>
      <Table.ScrollContainer type="native" minWidth={860}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={210}>{t("coverage.parkedRows.key")}</Table.Th>
              <Table.Th>{t("coverage.parkedRows.reason")}</Table.Th>
              <Table.Th w={110}>{t("coverage.parkedRows.parked")}</Table.Th>
              <Table.Th w={280}>{t("coverage.parkedRows.retries")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Row key={row.id} row={row} name={names.get(row.channel_account_id)} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Pager pages={pages} nextToken={parked.data?.next_page_token} />
    </Panel>
  );
}

/** Why a row could not be stored, in words; what was said of it stays beside them for whoever reports it. */
export function ParkedWhy({ reason }: { reason: string }) {
  const { parked } = useLanguage();
  const text = parked(reason);
  return (
    <>
      <Text size="sm">{text ?? reason}</Text>
      {text && (
        <Text size="xs" c="dimmed" className="code">
          {reason}
        </Text>
      )}
    </>
  );
}

function Row({ row, name }: { row: ParkedRow; name: string | undefined }) {
  const { t, word, parked } = useLanguage();
  const last = row.last_retry_reason;
  const lastly =
    last === row.reason
      ? t("coverage.parkedRows.sameReason")
      : (parked(last ?? "") ?? word("reason", last));
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" className="code">
          {row.row_key}
        </Text>
        <Text size="xs" c="dimmed">
          {name} · {word("stream", row.stream)}
        </Text>
      </Table.Td>
      <Table.Td>
        <ParkedWhy reason={row.reason} />
      </Table.Td>
      <Table.Td>
        <When at={row.parked_at} relative size="sm" />
      </Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed">
          {row.retries === 0
            ? t("coverage.parkedRows.retriesNone")
            : t("coverage.parkedRows.retried", {
                count: row.retries,
                reason: lastly,
              })}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
