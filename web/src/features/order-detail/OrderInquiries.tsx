import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { inquiriesQuery } from "../../api/queries";
import { AnchorLink } from "../../components/links";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { InquiryState } from "../inquiries/InquiryTable";

/** What was asked about this order; nothing when nothing was. */
export function OrderInquiries({ orderId }: { orderId: string }) {
  const { t, word } = useLanguage();
  const inquiries = useQuery({
    ...inquiriesQuery({ order_id: orderId, page_size: 20 }),
    refetchInterval: 30_000,
  });
  const rows = inquiries.data?.inquiries ?? [];
  if (!inquiries.error && rows.length === 0) return null;
  return (
    <Panel title={t("inquiries.title")}>
      {inquiries.error && (
        <ProblemAlert error={inquiries.error} onRetry={() => inquiries.refetch()} />
      )}
      <Stack gap={6}>
        {rows.map((inquiry) => (
          <Group key={inquiry.id} justify="space-between" gap="xs" align="flex-start">
            <div>
              <AnchorLink
                to="/inquiries"
                search={{ order_id: orderId, show: "all", open: inquiry.id }}
                size="sm"
              >
                {word("inquiryKind", inquiry.kind)}
              </AnchorLink>
              <Text size="xs" c="dimmed" lineClamp={1}>
                {inquiry.masked_excerpt || t("inquiries.erased")}
              </Text>
            </div>
            <Group gap="sm">
              <When at={inquiry.asked_at} size="xs" c="dimmed" />
              <InquiryState inquiry={inquiry} />
            </Group>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
