import { Badge, Group, Popover, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import type { ChannelCall } from "../../api/types";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatNumber } from "../../lib/format";

interface Props {
  calls: ChannelCall[];
  /** Names by id. */
  accounts: Map<string, string>;
}

export function CallTable({ calls, accounts }: Props) {
  const { t, language } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={900}>
      <Table verticalSpacing={6} horizontalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={205}>{t("calls.column.at")}</Table.Th>
            <Table.Th>{t("calls.column.api")}</Table.Th>
            <Table.Th w={250}>{t("calls.column.result")}</Table.Th>
            <Table.Th w={100} ta="right">
              {t("calls.column.duration")}
            </Table.Th>
            <Table.Th w={190}>{t("calls.column.about")}</Table.Th>
            <Table.Th w={90} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {calls.map((call) => (
            <Table.Tr key={call.id}>
              <Table.Td>
                <When at={call.called_at} exact size="sm" />
              </Table.Td>
              <Table.Td>
                <Text size="sm" className="code">
                  {call.api}
                </Text>
                <Text size="xs" c="dimmed">
                  {accounts.get(call.channel_account_id) ?? call.channel}
                </Text>
              </Table.Td>
              <Table.Td>
                <Result call={call} />
              </Table.Td>
              <Table.Td ta="right" className="numeric">
                {formatNumber(call.duration_ms, language)} ms
              </Table.Td>
              <Table.Td>
                <About ids={call.about_ids} />
              </Table.Td>
              <Table.Td>
                <Ids call={call} size={formatNumber(call.bytes_in, language)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Result({ call }: { call: ChannelCall }) {
  const { t, word, help } = useLanguage();
  const status = call.http_status ? String(call.http_status) : t("calls.noAnswer");
  if (!call.failure) {
    return (
      <Group gap={6}>
        <Badge variant="light" color="teal" tt="none">
          {t("calls.ok")}
        </Badge>
        <Text size="xs" c="dimmed" className="numeric">
          {status}
        </Text>
      </Group>
    );
  }
  return (
    <Group gap={6} title={help(call.failure)}>
      <Badge variant="light" color="red" tt="none" miw="fit-content">
        {word("reason", call.failure)}
      </Badge>
      <Text size="xs" c="dimmed" className="numeric">
        {status}
      </Text>
    </Group>
  );
}

function About({ ids }: { ids: string[] }) {
  const { t } = useLanguage();
  const [first] = ids;
  if (!first) return null;
  return (
    <Text size="xs" className="code" title={ids.join(", ")}>
      {first}
      {ids.length > 1 && (
        <Text span size="xs" c="dimmed">
          {" "}
          {t("calls.more", { count: ids.length - 1 })}
        </Text>
      )}
    </Text>
  );
}

/** What to name when the channel, or whoever reads our logs, is asked. */
function Ids({ call, size }: { call: ChannelCall; size: string }) {
  const { t } = useLanguage();
  return (
    <Popover position="left" withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton>
          <Text size="xs" c="moa" td="underline">
            {t("calls.ids")}
          </Text>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={6}>
          <Named label={t("calls.request")}>{call.request_id}</Named>
          {call.trace_id && <Named label={t("calls.trace")}>{call.trace_id}</Named>}
          {call.channel_trace_id && (
            <Named label={t("calls.channelTrace")}>{call.channel_trace_id}</Named>
          )}
          <Named label={t("calls.column.size")}>{`${size} B`}</Named>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Named({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="xs" className="code">
        {children}
      </Text>
    </div>
  );
}
