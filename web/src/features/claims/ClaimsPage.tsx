import { Button, Card, CloseButton, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { CHANNELS, CLAIM_KINDS } from "../../api/codes";
import { claimsQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useWide } from "../../components/useWide";
import { useLanguage } from "../../i18n/useLanguage";
import { ClaimCards } from "./ClaimCards";
import { ClaimDrawer } from "./ClaimDrawer";
import { ClaimTable } from "./ClaimTable";

const route = getRouteApi("/shell/claims");

const SHOWS = ["open", "due", "all"] as const;

/** Cancels, returns and exchanges: the undecided ones first. */
export function ClaimsPage() {
  const { t, word } = useLanguage();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const List = useWide() ? ClaimTable : ClaimCards;
  const show = SHOWS.find((each) => each === search.show) ?? "open";
  const { channel, kind, order_id } = search;
  const pages = usePages(JSON.stringify({ show, channel, kind, order_id }));
  const claims = useQuery({
    ...claimsQuery({
      channel,
      kind,
      order_id,
      open: show === "open" ? true : undefined,
      due: show === "due" ? true : undefined,
      page_size: 50,
      page_token: pages.token,
    }),
    refetchInterval: 10_000,
  });
  const rows = claims.data?.claims ?? [];
  const openOne = (id: string | undefined) => navigate({ search: { ...search, open: id } });
  return (
    <>
      <PageHead title={t("claims.title")} intro={t("claims.intro")} />
      <Group mb="sm" gap="sm">
        <SegmentedControl
          aria-label={t("claims.show")}
          data={SHOWS.map((value) => ({ value, label: t(`claims.shows.${value}`) }))}
          value={show}
          onChange={(value) => navigate({ search: { ...search, show: value } })}
        />
        <Select
          w={150}
          aria-label={t("claims.channel")}
          placeholder={t("claims.allChannels")}
          clearable
          data={CHANNELS.map((value) => ({ value, label: word("channel", value) }))}
          value={channel ?? null}
          onChange={(value) => navigate({ search: { ...search, channel: value ?? undefined } })}
        />
        <Select
          w={150}
          aria-label={t("claims.kind")}
          placeholder={t("claims.allKinds")}
          clearable
          data={CLAIM_KINDS.map((value) => ({ value, label: word("claimKind", value) }))}
          value={kind ?? null}
          onChange={(value) => navigate({ search: { ...search, kind: value ?? undefined } })}
        />
        {order_id && (
          <Group gap={4}>
            <Text size="sm">{t("claims.ofOneOrder")}</Text>
            <CloseButton
              size="sm"
              aria-label={t("common.reset")}
              onClick={() => navigate({ search: { ...search, order_id: undefined } })}
            />
          </Group>
        )}
      </Group>
      {claims.error && (
        <ProblemAlert mb="sm" error={claims.error} onRetry={() => claims.refetch()} />
      )}
      <Card withBorder padding={0}>
        {claims.isPending && <Loading />}
        {claims.data && rows.length === 0 && (
          <Blank title={t(`claims.empty.${show}`)} text={t("claims.emptyText")}>
            {show !== "all" && (
              <Button
                variant="light"
                onClick={() => navigate({ search: { ...search, show: "all" } })}
              >
                {t("claims.showAll")}
              </Button>
            )}
          </Blank>
        )}
        {rows.length > 0 && <List claims={rows} onOpen={openOne} />}
        <Pager pages={pages} nextToken={claims.data?.next_page_token} />
      </Card>
      <ClaimDrawer claimId={search.open} onClose={() => openOne(undefined)} />
    </>
  );
}
