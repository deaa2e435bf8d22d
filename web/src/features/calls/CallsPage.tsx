import { Card, Group, Select, Switch, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { accountsQuery, channelCallsQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { CallTable } from "./CallTable";
import { apiNames, isPeriod, PERIODS, since } from "./filters";

/** Ids of a channel, separated by commas. */
const IDS = /^[\w.,\s-]*$/;

const route = getRouteApi("/shell/calls");

export function CallsPage() {
  const { t } = useLanguage();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const pages = usePages(JSON.stringify(search));
  const period = isPeriod(search.period) ? search.period : "day";
  const accounts = useQuery({ ...accountsQuery, refetchInterval: false, staleTime: 60_000 });
  const names = new Map(accounts.data?.channel_accounts.map((one) => [one.id, one.name]));
  const chosen = accounts.data?.channel_accounts.find((one) => one.id === search.account);
  const query = {
    channel_account_id: search.account,
    about_id: search.about,
    api: search.api,
    failures_only: search.failed === "yes",
    from: since(period),
    page_size: 50,
    page_token: pages.token,
  };
  // Further pages stand still while they are read.
  const refetchInterval = pages.number === 1 ? 5_000 : false;
  const calls = useQuery({ ...channelCallsQuery(query), refetchInterval });
  const change = (part: Partial<typeof search>) =>
    navigate({ search: { ...search, ...part }, replace: true });
  const rows = calls.data?.calls ?? [];
  return (
    <>
      <PageHead title={t("calls.title")} intro={t("calls.intro")} />
      <Group mb="sm" gap="sm" align="flex-end">
        <AboutFilter about={search.about} onChange={(about) => change({ about })} />
        <Select
          w={190}
          aria-label={t("calls.account")}
          placeholder={t("calls.allAccounts")}
          clearable
          data={[...names].map(([value, label]) => ({ value, label }))}
          value={search.account ?? null}
          // A name of another channel would filter everything away.
          onChange={(account) => change({ account: account ?? undefined, api: undefined })}
        />
        <Select
          w={270}
          aria-label={t("calls.api")}
          placeholder={t("calls.api")}
          clearable
          searchable
          data={apiNames(chosen?.channel)}
          value={search.api ?? null}
          onChange={(name) => change({ api: name ?? undefined })}
        />
        <Select
          w={150}
          aria-label={t("calls.period")}
          allowDeselect={false}
          data={PERIODS.map((value) => ({ value, label: t(`calls.periods.${value}`) }))}
          value={period}
          onChange={(value) => change({ period: value ?? undefined })}
        />
        <Switch
          label={t("calls.failuresOnly")}
          checked={search.failed === "yes"}
          onChange={(event) => change({ failed: event.currentTarget.checked ? "yes" : undefined })}
          pb={8}
        />
      </Group>
      {calls.error && <ProblemAlert mb="sm" error={calls.error} onRetry={() => calls.refetch()} />}
      <Card withBorder padding={0}>
        {calls.isPending && <Loading />}
        {calls.data && rows.length === 0 && (
          <Blank title={t("calls.empty")} text={t("calls.emptyText")} />
        )}
        {rows.length > 0 && <CallTable calls={rows} accounts={names} />}
        <Pager pages={pages} nextToken={calls.data?.next_page_token} />
      </Card>
    </>
  );
}

/** The address follows once the typing rests; what is no id of a channel is not asked for. */
function AboutFilter({
  about,
  onChange,
}: {
  about: string | undefined;
  onChange: (about: string | undefined) => void;
}) {
  const { t } = useLanguage();
  const [text, setText] = useState(about ?? "");
  const fits = IDS.test(text.trim());
  const follow = useDebouncedCallback((value: string) => onChange(value || undefined), 300);
  return (
    <TextInput
      w={240}
      aria-label={t("calls.about")}
      placeholder={t("calls.about")}
      leftSection={<IconSearch size={16} />}
      value={text}
      error={fits ? undefined : t("calls.aboutBad")}
      onChange={(event) => {
        const value = event.currentTarget.value;
        setText(value);
        if (IDS.test(value.trim())) follow(value.trim());
      }}
    />
  );
}
