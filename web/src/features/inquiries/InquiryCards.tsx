import { Button, Group, Text } from "@mantine/core";
import { ChannelBadge } from "../../components/Badges";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { Excerpt, type InquiryListProps, InquiryState, Responsible } from "./InquiryTable";

/** The questions where a table would squeeze its columns: one card each. */
export function InquiryCards({ inquiries, onOpen }: InquiryListProps) {
  const { t, word } = useLanguage();
  return (
    <ul className="cards">
      {inquiries.map((inquiry) => (
        <li key={inquiry.id}>
          <Group justify="space-between" gap="xs">
            <Group gap="xs">
              <Text fw={600}>{word("inquiryKind", inquiry.kind)}</Text>
              <ChannelBadge channel={inquiry.channel} />
            </Group>
            <When at={inquiry.asked_at} size="xs" />
          </Group>
          <Excerpt inquiry={inquiry} lines={3} />
          {inquiry.open && inquiry.answer_by && (
            <Text size="sm" component="div">
              {t("inquiries.column.answerBy")}{" "}
              <When at={inquiry.answer_by} relative span size="sm" />
            </Text>
          )}
          <Group justify="space-between" gap="xs">
            <div>
              <InquiryState inquiry={inquiry} />
              <Responsible inquiry={inquiry} />
            </div>
            <Button size="compact-sm" variant="light" onClick={() => onOpen(inquiry.id)}>
              {t("inquiries.open")}
            </Button>
          </Group>
        </li>
      ))}
    </ul>
  );
}
