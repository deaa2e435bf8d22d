import { Alert, Button, Card, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconSparkles, IconUserSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { orderSummaryQuery, ordersQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useWide } from "../../components/useWide";
import { useLanguage } from "../../i18n/useLanguage";
import { formatNumber } from "../../lib/format";
import { useMay } from "../session/useMay";
import { ShipDialog } from "../shipping/ShipDialog";
import { usePollInterval } from "./live";
import { OrderCards } from "./OrderCards";
import { OrderFilters } from "./OrderFilters";
import { OrderTable } from "./OrderTable";
import { PersonForm } from "./PersonForm";
import { StateChips } from "./StateChips";
import { useFresh } from "./useFresh";
import { usePersonSearch } from "./usePersonSearch";

const route = getRouteApi("/shell/orders");
const PAGE_SIZE = 50;

export function OrderBoard() {
  const { t, language } = useLanguage();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const pages = usePages(JSON.stringify(search));
  const refetchInterval = usePollInterval();
  const summary = useQuery({ ...orderSummaryQuery, refetchInterval });
  const may = useMay();
  const people = usePersonSearch(PAGE_SIZE);
  const [asking, asks] = useDisclosure(false);
  const ofPerson = people.person !== undefined;
  const all = useQuery({
    ...ordersQuery({ ...search, page_size: PAGE_SIZE, page_token: pages.token }),
    refetchInterval,
    enabled: !ofPerson,
  });
  const orders = ofPerson ? people.found : all;
  const [shipping, setShipping] = useState<string>();
  const List = useWide() ? OrderTable : OrderCards;
  const rows = orders.data?.orders ?? [];
  const fresh = useFresh(all.data?.orders ?? []);
  const leavePerson = () => {
    people.look(undefined);
    asks.close();
  };
  // A page can be empty although there are orders: they are found before the board has them.
  const none = people.pages.number === 1 && !people.found.data?.next_page_token;
  const empty = none ? "orders.person.none" : "orders.person.notYet";
  const filtered = Boolean(search.state || search.channel || search.q);
  const count = (n: number) => ({ count: n, formatted: formatNumber(n, language) });

  return (
    <>
      <PageHead title={t("orders.title")}>
        {summary.data && (
          <Text size="sm" c="dimmed" className="numeric">
            {t("orders.today", count(summary.data.today))}
            {summary.data.held > 0 && ` · ${t("orders.held", count(summary.data.held))}`}
          </Text>
        )}
      </PageHead>
      {!ofPerson && (
        <>
          <StateChips
            summary={summary.data}
            state={search.state}
            onChange={(state) => navigate({ search: { ...search, state } })}
          />
          <OrderFilters
            channel={search.channel}
            q={search.q}
            onChange={(change) => navigate({ search: { ...search, ...change }, replace: true })}
          >
            {may.operate && !asking && (
              <Button
                variant="default"
                leftSection={<IconUserSearch size={16} />}
                onClick={asks.open}
              >
                {t("orders.person.open")}
              </Button>
            )}
          </OrderFilters>
        </>
      )}
      {asking && <PersonForm onFind={people.look} onClose={leavePerson} />}
      {ofPerson && people.found.data && rows.length > 0 && (
        <Group mb="xs" gap="xs">
          <Text size="sm" aria-live="polite">
            {t("orders.person.results")}
          </Text>
          <Button size="compact-sm" variant="subtle" onClick={leavePerson}>
            {t("orders.person.back")}
          </Button>
        </Group>
      )}
      {orders.error && (
        <ProblemAlert mb="sm" error={orders.error} onRetry={() => orders.refetch()} />
      )}
      {!ofPerson && fresh.count > 0 && (
        <Alert
          color="teal"
          variant="outline"
          bg="var(--mantine-color-body)"
          py={6}
          mb="xs"
          icon={<IconSparkles size={16} />}
        >
          <Group justify="space-between" gap="xs">
            <Text size="sm" aria-live="polite">
              {t("orders.fresh", { count: fresh.count })}
            </Text>
            <Button size="compact-xs" variant="subtle" color="teal" onClick={fresh.markSeen}>
              {t("orders.markSeen")}
            </Button>
          </Group>
        </Alert>
      )}
      <Card withBorder padding={0}>
        {orders.isPending && <Loading />}
        {orders.data && rows.length > 0 && (
          <List orders={rows} isFresh={fresh.isFresh} onShip={setShipping} />
        )}
        {ofPerson && orders.data && rows.length === 0 && (
          <Blank title={t(`${empty}.title`)} text={t(`${empty}.text`)}>
            <Button variant="light" onClick={leavePerson}>
              {t("orders.person.back")}
            </Button>
          </Blank>
        )}
        {!ofPerson && orders.data && rows.length === 0 && (filtered || pages.number > 1) && (
          <Blank title={t("orders.noMatch.title")} text={t("orders.noMatch.text")}>
            <Button variant="light" onClick={() => navigate({ search: {} })}>
              {t("common.reset")}
            </Button>
          </Blank>
        )}
        {!ofPerson && orders.data && rows.length === 0 && !filtered && pages.number === 1 && (
          <Blank title={t("orders.empty.title")} text={t("orders.empty.text")}>
            <Button component={Link} to="/accounts" variant="light">
              {t("orders.empty.action")}
            </Button>
          </Blank>
        )}
        <Pager pages={ofPerson ? people.pages : pages} nextToken={orders.data?.next_page_token} />
      </Card>
      <ShipDialog orderId={shipping} onClose={() => setShipping(undefined)} />
    </>
  );
}
