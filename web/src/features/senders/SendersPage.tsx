import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sendersQuery } from "../../api/queries";
import { Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { DigestCard } from "./DigestCard";
import { SenderCard } from "./SenderCard";

const KINDS = ["SOLAPI", "SLACK"] as const;

export function SendersPage() {
  const { t } = useLanguage();
  const senders = useQuery(sendersQuery);
  const owner = useMay().own;
  const list = senders.data?.senders;
  return (
    <>
      <PageHead title={t("senders.title")} intro={t("senders.intro")}>
        {!owner && (
          <Text size="sm" c="dimmed">
            {t("senders.ownersOnly")}
          </Text>
        )}
      </PageHead>
      {senders.isPending && <Loading />}
      {senders.error && (
        <ProblemAlert mb="sm" error={senders.error} onRetry={() => senders.refetch()} />
      )}
      {list && (
        <Stack>
          {KINDS.map((kind) => (
            <SenderCard
              key={kind}
              kind={kind}
              sender={list.find((sender) => sender.kind === kind)}
              owner={owner}
            />
          ))}
          <DigestCard slackReady={list.some(({ kind }) => kind === "SLACK")} />
        </Stack>
      )}
    </>
  );
}
