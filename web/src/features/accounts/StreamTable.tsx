import { Table, Text } from "@mantine/core";
import type { AccountStream } from "../../api/types";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { formatNumber } from "../../lib/format";

/** How far each stream of an account has been collected, and what is in its way. */
export function StreamTable({ streams }: { streams: AccountStream[] }) {
  const { t, word, about, language } = useLanguage();
  if (streams.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("accounts.noStreams")}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer type="native" minWidth={620}>
      <Table verticalSpacing={6} aria-label={t("accounts.streams")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("accounts.stream")}</Table.Th>
            <Table.Th w={140}>{t("accounts.highWater")}</Table.Th>
            <Table.Th w={140}>{t("accounts.lastSuccess")}</Table.Th>
            <Table.Th w={110} ta="right">
              {t("accounts.failures")}
            </Table.Th>
            <Table.Th w={110} ta="right">
              {t("accounts.parked")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {streams.map((stream) => (
            <Table.Tr key={stream.stream}>
              <Table.Td>
                <Text size="sm" title={stream.stream}>
                  {word("stream", stream.stream)}
                </Text>
                {stream.consecutive_failures > 0 && stream.last_reason && (
                  <Text size="xs" c="red">
                    {[
                      word("reason", stream.last_reason),
                      about(stream.last_reason, stream.last_detail),
                    ]
                      .filter(Boolean)
                      .join(": ")}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <When at={stream.high_water_at} relative size="sm" />
              </Table.Td>
              <Table.Td>
                <When at={stream.last_success_at} relative size="sm" />
              </Table.Td>
              <Count value={stream.consecutive_failures} color="red" language={language} />
              <Count value={stream.parked_rows} color="orange" language={language} />
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Count({ value, color, language }: { value: number; color: string; language: string }) {
  return (
    <Table.Td ta="right" className="numeric">
      <Text size="sm" c={value > 0 ? color : "dimmed"} fw={value > 0 ? 600 : 400}>
        {formatNumber(value, language)}
      </Text>
    </Table.Td>
  );
}
