import { Button, Card, CloseButton, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { CHANNELS } from "../../api/codes";
import { inquiriesQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useWide } from "../../components/useWide";
import { useLanguage } from "../../i18n/useLanguage";
import { InquiryCards } from "./InquiryCards";
import { InquiryDrawer } from "./InquiryDrawer";
import { InquiryTable } from "./InquiryTable";

const route = getRouteApi("/shell/inquiries");

const SHOWS = ["open", "due", "urgent", "mine", "all"] as const;

/** What buyers ask: the open ones first, since they wait. */
export function InquiriesPage() {
  const { t, word } = useLanguage();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const List = useWide() ? InquiryTable : InquiryCards;
  const show = SHOWS.find((each) => each === search.show) ?? "open";
  const filter = { show, channel: search.channel, order_id: search.order_id };
  const pages = usePages(JSON.stringify(filter));
  const inquiries = useQuery({
    ...inquiriesQuery({
      channel: search.channel,
      order_id: search.order_id,
      open: show === "open" || show === "mine" ? true : undefined,
      assigned_to: show === "mine" ? "me" : undefined,
      urgent: show === "urgent" ? true : undefined,
      due: show === "due" ? true : undefined,
      page_size: 50,
      page_token: pages.token,
    }),
    refetchInterval: 10_000,
  });
  const rows = inquiries.data?.inquiries ?? [];
  const openOne = (id: string | undefined) => navigate({ search: { ...search, open: id } });
  return (
    <>
      <PageHead title={t("inquiries.title")} intro={t("inquiries.intro")} />
      <Group mb="sm" gap="sm">
        <SegmentedControl
          aria-label={t("inquiries.show")}
          data={SHOWS.map((value) => ({ value, label: t(`inquiries.shows.${value}`) }))}
          value={show}
          onChange={(value) => navigate({ search: { ...search, show: value } })}
        />
        <Select
          w={150}
          aria-label={t("inquiries.channel")}
          placeholder={t("inquiries.allChannels")}
          clearable
          data={CHANNELS.map((value) => ({ value, label: word("channel", value) }))}
          value={search.channel ?? null}
          onChange={(value) => navigate({ search: { ...search, channel: value ?? undefined } })}
        />
        {search.order_id && (
          <Group gap={4}>
            <Text size="sm">{t("inquiries.ofOneOrder")}</Text>
            <CloseButton
              size="sm"
              aria-label={t("common.reset")}
              onClick={() => navigate({ search: { ...search, order_id: undefined } })}
            />
          </Group>
        )}
      </Group>
      {inquiries.error && (
        <ProblemAlert mb="sm" error={inquiries.error} onRetry={() => inquiries.refetch()} />
      )}
      <Card withBorder padding={0}>
        {inquiries.isPending && <Loading />}
        {inquiries.data && rows.length === 0 && (
          <Blank title={t(`inquiries.empty.${show}`)} text={t("inquiries.emptyText")}>
            {show !== "all" && (
              <Button
                variant="light"
                onClick={() => navigate({ search: { ...search, show: "all" } })}
              >
                {t("inquiries.showAll")}
              </Button>
            )}
          </Blank>
        )}
        {rows.length > 0 && <List inquiries={rows} onOpen={openOne} />}
        <Pager pages={pages} nextToken={inquiries.data?.next_page_token} />
      </Card>
      <InquiryDrawer inquiryId={search.open} onClose={() => openOne(undefined)} />
    </>
  );
}
