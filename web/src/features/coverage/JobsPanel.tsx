import { Button, Group, Table, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "../../api/calls";
import { jobsQuery } from "../../api/queries";
import type { Job } from "../../api/types";
import { StateBadge } from "../../components/Badges";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone, toastFailed } from "../../components/toast";
import { useWide } from "../../components/useWide";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";

export function JobsPanel() {
  const { t } = useLanguage();
  const jobs = useQuery(jobsQuery);
  const wide = useWide();
  const Item = wide ? JobRow : JobCard;
  const items = jobs.data?.jobs.map((job) => <Item key={`${job.service} ${job.name}`} job={job} />);
  return (
    <Panel title={t("coverage.jobs.title")}>
      <Text size="sm" c="dimmed" mb="sm">
        {t("coverage.jobs.intro")}
      </Text>
      {jobs.error && <ProblemAlert error={jobs.error} onRetry={() => jobs.refetch()} />}
      {jobs.data && jobs.data.unavailable_services.length > 0 && (
        <Text size="sm" c="orange.9" mb="sm">
          {t("coverage.jobs.unavailable", {
            services: jobs.data.unavailable_services.join(", "),
          })}
        </Text>
      )}
      {items && wide && <JobTable>{items}</JobTable>}
      {items && !wide && <ul className="cards">{items}</ul>}
    </Panel>
  );
}

function JobTable({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={860}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={240}>{t("coverage.jobs.name")}</Table.Th>
            <Table.Th w={150}>{t("coverage.jobs.state")}</Table.Th>
            <Table.Th>{t("coverage.jobs.result")}</Table.Th>
            <Table.Th w={110}>{t("coverage.jobs.next")}</Table.Th>
            <Table.Th w={130} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function JobRow({ job }: { job: Job }) {
  const run = useRun(job);
  return (
    <Table.Tr>
      <Table.Td>
        <Name job={job} />
      </Table.Td>
      <Table.Td>
        <LastRun job={job} />
      </Table.Td>
      <Table.Td>
        <Result job={job} />
        {run.error && <ProblemAlert error={run.error} />}
      </Table.Td>
      <Table.Td>
        <When at={job.next_run_at} relative size="sm" />
      </Table.Td>
      <Table.Td>
        <RunButton job={job} run={run} />
      </Table.Td>
    </Table.Tr>
  );
}

/** The same where a table would squeeze its columns. */
function JobCard({ job }: { job: Job }) {
  const { t } = useLanguage();
  const run = useRun(job);
  return (
    <li>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm">
        <div>
          <Name job={job} />
        </div>
        <LastRun job={job} />
      </Group>
      <div>
        <Result job={job} />
      </div>
      {run.error && <ProblemAlert error={run.error} />}
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed" component="div">
          {t("coverage.jobs.next")} <When at={job.next_run_at} relative size="xs" span />
        </Text>
        <RunButton job={job} run={run} />
      </Group>
    </li>
  );
}

/** Runs a job now and tells what came of it. */
function useRun(job: Job) {
  const { t, word, jobResult } = useLanguage();
  const queryClient = useQueryClient();
  const name = word("jobName", job.name);
  return useMutation({
    mutationFn: () => api.runJob(job.name),
    onSuccess: ({ job: ran }) => {
      if (ran.state === "RUNNING") toastDone(t("coverage.jobs.running", { name }));
      else if (ran.state === "FAILED")
        toastFailed(t("coverage.jobs.failed", { name }), jobResult(ran));
      else toastDone(t("coverage.jobs.done", { name, result: jobResult(ran) }));
      queryClient.invalidateQueries({ queryKey: ["coverage"] });
    },
  });
}

function RunButton({ job, run }: { job: Job; run: ReturnType<typeof useRun> }) {
  const { t } = useLanguage();
  const { own } = useMay();
  if (!own) return null;
  return (
    <Button
      variant="light"
      size="xs"
      leftSection={<IconPlayerPlay size={14} />}
      loading={run.isPending || job.state === "RUNNING"}
      onClick={() => run.mutate()}
    >
      {t("coverage.jobs.run")}
    </Button>
  );
}

function Name({ job }: { job: Job }) {
  const { word } = useLanguage();
  return (
    <>
      <Text size="sm" fw={600}>
        {word("jobName", job.name)}
      </Text>
      <Text size="xs" c="dimmed">
        <span className="code">{job.name}</span> · <Period seconds={job.period_seconds} />
      </Text>
    </>
  );
}

function LastRun({ job }: { job: Job }) {
  const { t } = useLanguage();
  return (
    <div>
      <Group gap={6}>
        <StateBadge group="jobState" code={job.state} />
        <When at={job.finished_at ?? job.started_at} relative size="xs" c="dimmed" />
      </Group>
      {job.consecutive_failures > 1 && (
        <Text size="xs" c="red">
          {t("coverage.jobs.failures", { count: job.consecutive_failures })}
        </Text>
      )}
    </div>
  );
}

function Result({ job }: { job: Job }) {
  const { jobResult } = useLanguage();
  const told = jobResult(job);
  const failed = job.state === "FAILED";
  return (
    <>
      <Text size="sm" c={failed ? "red" : undefined}>
        {told}
      </Text>
      {failed && job.result && job.result !== told && (
        <Text size="xs" c="dimmed" lineClamp={2} title={job.result}>
          {job.result}
        </Text>
      )}
    </>
  );
}

function Period({ seconds }: { seconds: number }) {
  const { t } = useLanguage();
  if (seconds % 3600 === 0) return t("coverage.jobs.everyHours", { count: seconds / 3600 });
  if (seconds >= 60) return t("coverage.jobs.every", { count: Math.round(seconds / 60) });
  return t("coverage.jobs.everySeconds", { count: seconds });
}
