import { Stack } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { accountsQuery, coverageQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { AccountCoverage } from "./AccountCoverage";
import { GapHistory } from "./GapHistory";
import { JobsPanel } from "./JobsPanel";
import { LocatePanel } from "./LocatePanel";
import { ParkedPanel } from "./ParkedPanel";
import { RetentionPanel } from "./RetentionPanel";

export function CoveragePage() {
  const { t } = useLanguage();
  const accounts = useQuery({ ...accountsQuery, staleTime: 60_000 });
  const coverage = useQuery(coverageQuery);
  const list = accounts.data?.channel_accounts ?? [];
  const names = new Map(list.map((one) => [one.id, one.name]));
  const streams = coverage.data?.streams ?? [];
  const error = coverage.error ?? accounts.error;
  return (
    <>
      <PageHead title={t("coverage.title")} intro={t("coverage.intro")}>
        {coverage.data && <When at={coverage.data.as_of} exact size="xs" c="dimmed" />}
      </PageHead>
      {error && <ProblemAlert mb="sm" error={error} onRetry={() => coverage.refetch()} />}
      {(coverage.isPending || accounts.isPending) && <Loading />}
      {accounts.data && list.length === 0 && (
        <Blank
          icon={<IconPlugConnected />}
          title={t("coverage.empty.title")}
          text={t("coverage.empty.text")}
        />
      )}
      <Stack>
        {coverage.data &&
          list.map((account) => (
            <AccountCoverage
              key={account.id}
              account={account}
              streams={streams.filter((stream) => stream.channel_account_id === account.id)}
              schedule={coverage.data.schedules.find(
                (schedule) => schedule.channel_account_id === account.id,
              )}
            />
          ))}
        {list.length > 0 && <LocatePanel accounts={list} />}
        {coverage.data && <GapHistory gaps={coverage.data.recent_gaps} names={names} />}
        <ParkedPanel names={names} />
        <JobsPanel />
        <RetentionPanel />
      </Stack>
    </>
  );
}
