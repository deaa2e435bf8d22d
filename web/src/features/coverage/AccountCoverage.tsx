import { Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHistory } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { AccountSchedule, ChannelAccount, StreamCoverage } from "../../api/types";
import { ChannelBadge, StateBadge } from "../../components/Badges";
import { useWide } from "../../components/useWide";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { BackfillDialog } from "./BackfillDialog";
import { ScheduleLine } from "./ScheduleLine";
import { StreamCard } from "./StreamCard";
import { StreamRow } from "./StreamRow";

interface Props {
  account: ChannelAccount;
  streams: StreamCoverage[];
  /** Absent while the account is switched off. */
  schedule: AccountSchedule | undefined;
}

/** How completely each list of one account was read. */
export function AccountCoverage({ account, streams, schedule }: Props) {
  const { t } = useLanguage();
  const owner = useMay().own;
  const [opened, { open, close }] = useDisclosure();
  const active = account.state === "ACTIVE";
  const wide = useWide();
  const Item = wide ? StreamRow : StreamCard;
  const rows = streams.map((stream) => (
    <Item
      key={stream.stream}
      stream={stream}
      pace={schedule?.streams.find((pace) => pace.stream === stream.stream)}
    />
  ));
  return (
    <Card withBorder padding="md" component="article">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Group gap="sm">
            <Title order={2} size="h4">
              {account.name}
            </Title>
            <ChannelBadge channel={account.channel} />
            <StateBadge group="accountState" code={account.state} />
          </Group>
          {owner && active && (
            <Button
              variant="default"
              size="xs"
              leftSection={<IconHistory size={15} />}
              onClick={open}
            >
              {t("coverage.backfill")}
            </Button>
          )}
        </Group>
        {active && schedule && <ScheduleLine schedule={schedule} />}
        {!active && (
          <Text size="sm" c="dimmed">
            {t("coverage.off")}
          </Text>
        )}
        {active && streams.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("coverage.noStreams")}
          </Text>
        )}
        {streams.length > 0 && wide && <StreamTable name={account.name}>{rows}</StreamTable>}
        {streams.length > 0 && !wide && <ul className="cards">{rows}</ul>}
        <BackfillDialog account={account} opened={opened} onClose={close} />
      </Stack>
    </Card>
  );
}

function StreamTable({ name, children }: { name: string; children: ReactNode }) {
  const { t } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={860}>
      <Table verticalSpacing="xs" aria-label={name}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("coverage.stream")}</Table.Th>
            <Table.Th w={170}>{t("coverage.watermark")}</Table.Th>
            <Table.Th w={260}>{t("coverage.gaps")}</Table.Th>
            <Table.Th w={110} ta="right" title={t("coverage.lateHint")}>
              {t("coverage.late")}
            </Table.Th>
            <Table.Th w={110}>{t("coverage.lastSuccess")}</Table.Th>
            <Table.Th w={190}>{t("coverage.lastFailure")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
