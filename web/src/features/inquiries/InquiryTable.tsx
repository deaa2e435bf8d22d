import { Badge, Button, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import type { Inquiry } from "../../api/types";
import { ChannelBadge, StateBadge } from "../../components/Badges";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useOperatorName } from "./useOperatorName";

export interface InquiryListProps {
  inquiries: Inquiry[];
  onOpen: (id: string) => void;
}

export function InquiryTable({ inquiries, onOpen }: InquiryListProps) {
  const { t, word } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={860}>
      <Table verticalSpacing={8} horizontalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={110}>{t("inquiries.column.askedAt")}</Table.Th>
            <Table.Th w={120}>{t("inquiries.column.channel")}</Table.Th>
            <Table.Th w={110}>{t("inquiries.column.kind")}</Table.Th>
            <Table.Th>{t("inquiries.column.question")}</Table.Th>
            <Table.Th w={110}>{t("inquiries.column.answerBy")}</Table.Th>
            <Table.Th w={160}>{t("inquiries.column.state")}</Table.Th>
            <Table.Th w={90} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {inquiries.map((inquiry) => (
            <Table.Tr key={inquiry.id}>
              <Table.Td>
                <When at={inquiry.asked_at} size="sm" />
              </Table.Td>
              <Table.Td>
                <ChannelBadge channel={inquiry.channel} />
              </Table.Td>
              <Table.Td>{word("inquiryKind", inquiry.kind)}</Table.Td>
              <Table.Td>
                <Excerpt inquiry={inquiry} lines={1} />
              </Table.Td>
              <Table.Td>
                {inquiry.open && inquiry.answer_by && (
                  <When at={inquiry.answer_by} relative size="sm" />
                )}
              </Table.Td>
              <Table.Td>
                <InquiryState inquiry={inquiry} />
                <Responsible inquiry={inquiry} />
              </Table.Td>
              <Table.Td>
                <Button size="compact-sm" variant="light" onClick={() => onOpen(inquiry.id)}>
                  {t("inquiries.open")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What is asked, masked, and about what. */
export function Excerpt({ inquiry, lines }: { inquiry: Inquiry; lines: number }) {
  const { t } = useLanguage();
  return (
    <div>
      <Text size="sm" lineClamp={lines}>
        {inquiry.masked_excerpt || t("inquiries.erased")}
      </Text>
      <Text size="xs" c="dimmed" lineClamp={1}>
        {[inquiry.product_name, inquiry.category].filter(Boolean).join(" · ")}
      </Text>
    </div>
  );
}

/** Who has the question. */
export function Responsible({ inquiry }: { inquiry: Inquiry }) {
  const { t } = useLanguage();
  const nameOf = useOperatorName();
  if (!inquiry.assigned_to) return null;
  return (
    <Text size="xs" c="dimmed" mt={4}>
      {t("inquiries.assignedTo", { name: nameOf(inquiry.assigned_to) })}
    </Text>
  );
}

/** Where a question stands: at its channel, whether it can wait, and what became of our answer. */
export function InquiryState({ inquiry }: { inquiry: Inquiry }) {
  const { t, word } = useLanguage();
  const answer = inquiry.answers.at(-1);
  return (
    <Stack gap={4} align="flex-start">
      <Group gap={4}>
        <StateBadge group="inquiryState" code={inquiry.state} />
        {inquiry.urgent && (
          <Tooltip label={word("urgentBecause", inquiry.urgent_because)}>
            <Badge variant="filled" color="red" tt="none" fw={600} miw="fit-content" tabIndex={0}>
              {t("inquiries.urgent")}
            </Badge>
          </Tooltip>
        )}
      </Group>
      {answer && inquiry.open && (
        <Text size="xs" c="dimmed">
          {t("inquiries.ourAnswer", { state: word("effectState", answer.state) })}
        </Text>
      )}
    </Stack>
  );
}
