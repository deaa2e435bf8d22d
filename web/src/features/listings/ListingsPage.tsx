import { Button, Card, Group, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconPlus, IconRefresh, IconSearch } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { api } from "../../api/calls";
import { listingSummaryQuery, listingsQuery, productsQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone, toastFailed } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { ListingDrawer } from "./ListingDrawer";
import { ListingList } from "./ListingList";
import { ProductDialog } from "./ProductDialog";

const route = getRouteApi("/shell/listings");

const SHOWS = ["unmapped", "changed", "all"] as const;

/** What channels offer: what waits to be mapped first, then what changed. */
export function ListingsPage() {
  const { t } = useLanguage();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const show = SHOWS.find((each) => each === search.show) ?? "unmapped";
  const [creating, { open, close }] = useDisclosure();
  const pages = usePages(JSON.stringify({ show, q: search.q }));
  const products = useQuery(productsQuery);
  const summary = useQuery({ ...listingSummaryQuery, refetchInterval: 10_000 });
  const listings = useQuery({
    ...listingsQuery({
      unmapped_only: show === "unmapped" ? true : undefined,
      attention: show === "changed" ? "CHANGED" : undefined,
      q: search.q,
      suggestions: true,
      page_size: 50,
      page_token: pages.token,
    }),
    refetchInterval: 10_000,
  });
  const find = useDebouncedCallback(
    (q: string) => navigate({ search: { ...search, q: q.trim() || undefined }, replace: true }),
    300,
  );
  const rows = listings.data?.listings ?? [];
  const counts = {
    unmapped: summary.data?.unmapped,
    changed: summary.data?.changed,
    all: undefined,
  };
  const openOne = (id: string | undefined) => navigate({ search: { ...search, open: id } });
  return (
    <>
      <PageHead title={t("listings.title")} intro={t("listings.intro")}>
        {may.own && <ReadLists />}
        {may.operate && (
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            {t("listings.createProduct")}
          </Button>
        )}
      </PageHead>
      <Group mb="sm" gap="sm">
        <SegmentedControl
          aria-label={t("listings.show")}
          data={SHOWS.map((value) => ({
            value,
            label: [t(`listings.shows.${value}`), counts[value]].filter(Boolean).join(" "),
          }))}
          value={show}
          onChange={(value) => navigate({ search: { ...search, show: value } })}
        />
        <TextInput
          w={280}
          leftSection={<IconSearch size={16} />}
          aria-label={t("listings.search")}
          placeholder={t("listings.search")}
          maxLength={100}
          defaultValue={search.q ?? ""}
          onChange={(event) => find(event.currentTarget.value)}
        />
        {products.data?.complete === false && (
          <Text size="sm" c="dimmed">
            {t("listings.tooMany")}
          </Text>
        )}
      </Group>
      {listings.error && (
        <ProblemAlert mb="sm" error={listings.error} onRetry={() => listings.refetch()} />
      )}
      <Card withBorder padding={0}>
        {listings.isPending && <Loading />}
        {listings.data && rows.length === 0 && (
          <Blank
            icon={<IconCircleCheck />}
            title={search.q ? t("listings.notFound") : t(`listings.empty.${show}`)}
            text={t(`listings.emptyText.${show}`)}
          />
        )}
        {rows.length > 0 && <ListingList key={show} listings={rows} onOpen={openOne} />}
        <Pager pages={pages} nextToken={listings.data?.next_page_token} />
      </Card>
      <ProductDialog opened={creating} onClose={close} />
      <ListingDrawer listingId={search.open} onClose={() => openOne(undefined)} />
    </>
  );
}

/** Has the channels' product lists read now, instead of once a day. */
function ReadLists() {
  const { t } = useLanguage();
  const queryClient = useQueryClient();
  const read = useMutation({
    mutationFn: () => api.runJob("read-products"),
    onSuccess: ({ job }) => {
      if (job.state === "RUNNING") toastDone(t("listings.readRunning"));
      else if (job.state === "FAILED") toastFailed(t("listings.readFailed"), job.result ?? "");
      else toastDone(t("listings.readDone"));
      queryClient.invalidateQueries({ queryKey: ["listings"] });
    },
    onError: (error) => toastFailed(t("listings.readFailed"), error.message),
  });
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={16} />}
      loading={read.isPending}
      onClick={() => read.mutate()}
    >
      {t("listings.readLists")}
    </Button>
  );
}
