import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { parkedRowsQuery } from "../../api/queries";
import type { ParkedRow } from "../../api/types";
import { Fact } from "../../components/Fact";
import { Pager, usePages } from "../../components/Pager";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useWide } from "../../components/useWide";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";

/** Rows that could not be stored, with why; nothing when there are none. */
export function ParkedPanel({ names }: { names: Map<string, string> }) {
  const { t } = useLanguage();
  const pages = usePages("parked");
  const parked = useQuery({ ...parkedRowsQuery(pages.token ?? ""), refetchInterval: 30_000 });
  const wide = useWide();
  const Item = wide ? Row : Entry;
  const rows = parked.data?.parked_rows ?? [];
  const items = rows.map((row) => (
    <Item key={row.id} row={row} name={names.get(row.channel_account_id)} />
  ));
  if (parked.error) return <ProblemAlert error={parked.error} onRetry={() => parked.refetch()} />;
  if (rows.length === 0 && pages.number === 1) return null;
  return (
    <Panel title={t("coverage.parkedRows.title")}>
      <Text size="sm" c="dimmed" mb="sm">
        {t("coverage.parkedRows.intro")}
      </Text>
      {wide && <ParkedTable>{items}</ParkedTable>}
      {!wide && <ul className="cards">{items}</ul>}
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

function ParkedTable({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  return (
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
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface RowProps {
  row: ParkedRow;
  /** The account's. */
  name: string | undefined;
}

function Row({ row, name }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <Key row={row} name={name} />
      </Table.Td>
      <Table.Td>
        <ParkedWhy reason={row.reason} />
      </Table.Td>
      <Table.Td>
        <When at={row.parked_at} relative size="sm" />
      </Table.Td>
      <Table.Td>
        <Retries row={row} />
      </Table.Td>
    </Table.Tr>
  );
}

/** The same where a table would squeeze its columns. */
function Entry({ row, name }: RowProps) {
  const { t } = useLanguage();
  return (
    <li>
      <div>
        <Key row={row} name={name} />
      </div>
      <div>
        <ParkedWhy reason={row.reason} />
      </div>
      <Fact label={t("coverage.parkedRows.parked")}>
        <When at={row.parked_at} relative size="sm" />
      </Fact>
      <Fact label={t("coverage.parkedRows.retries")}>
        <Retries row={row} />
      </Fact>
    </li>
  );
}

function Key({ row, name }: RowProps) {
  const { word } = useLanguage();
  return (
    <>
      <Text size="sm" className="code">
        {row.row_key}
      </Text>
      <Text size="xs" c="dimmed">
        {name} · {word("stream", row.stream)}
      </Text>
    </>
  );
}

function Retries({ row }: { row: ParkedRow }) {
  const { t, word, parked } = useLanguage();
  const last = row.last_retry_reason;
  const reason =
    last === row.reason
      ? t("coverage.parkedRows.sameReason")
      : (parked(last ?? "") ?? word("reason", last));
  return (
    <Text size="sm" c="dimmed">
      {row.retries === 0
        ? t("coverage.parkedRows.retriesNone")
        : t("coverage.parkedRows.retried", { count: row.retries, reason })}
    </Text>
  );
}
