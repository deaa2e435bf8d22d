import { Box, Button, Group, Select, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { locateOrderQuery } from "../../api/queries";
import type { ChannelAccount } from "../../api/types";
import { Loading } from "../../components/Blank";
import { Panel } from "../../components/Panel";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { Located } from "./Located";
import { parseKoreanTime } from "./words";

const route = getRouteApi("/shell/coverage");

/** The question stands in the address, so that it can be sent to a colleague. */
export function LocatePanel({ accounts }: { accounts: ChannelAccount[] }) {
  const { t } = useLanguage();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const only = accounts.length === 1 ? accounts[0]?.id : undefined;
  const [account, setAccount] = useState<string | null>(search.account ?? only ?? null);
  const [order, setOrder] = useState(search.order ?? "");
  const [at, setAt] = useState(search.at ?? "");
  const [asked, setAsked] = useState(false);
  const badTime = at.trim() !== "" && parseKoreanTime(at) === null;
  const ask = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!account || !order.trim() || badTime) return;
    navigate({
      search: { account, order: order.trim(), at: at.trim() || undefined },
      replace: true,
    });
  };
  const missing = t("coverage.locate.missing");
  return (
    <Panel title={t("coverage.locate.title")}>
      <Text size="sm" c="dimmed" mb="sm">
        {t("coverage.locate.intro")}
      </Text>
      <form onSubmit={ask}>
        <Group align="flex-start" gap="sm">
          <Select
            w={220}
            label={t("coverage.locate.account")}
            data={accounts.map((one) => ({ value: one.id, label: one.name }))}
            value={account}
            onChange={setAccount}
            error={asked && !account && missing}
          />
          <TextInput
            w={240}
            label={t("coverage.locate.order")}
            maxLength={200}
            value={order}
            onChange={(event) => setOrder(event.currentTarget.value)}
            error={asked && !order.trim() && missing}
          />
          <TextInput
            w={240}
            label={t("coverage.locate.at")}
            placeholder="2026-11-27 14:05"
            description={t("coverage.locate.atHint")}
            inputWrapperOrder={["label", "input", "description", "error"]}
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
            error={asked && badTime && t("coverage.locate.badTime")}
          />
          <Button type="submit" mt={25} leftSection={<IconSearch size={16} />}>
            {t("coverage.locate.find")}
          </Button>
        </Group>
      </form>
      {search.account && search.order && (
        <Answer account={search.account} order={search.order} at={search.at} />
      )}
    </Panel>
  );
}

interface AnswerProps {
  account: string;
  order: string;
  at: string | undefined;
}

function Answer({ account, order, at }: AnswerProps) {
  const ordered_at = (at && parseKoreanTime(at)) || undefined;
  const located = useQuery(locateOrderQuery(order, { channel_account_id: account, ordered_at }));
  if (located.error) {
    return (
      <Box mt="sm">
        <ProblemAlert error={located.error} onRetry={() => located.refetch()} />
      </Box>
    );
  }
  if (!located.data) return <Loading py={24} />;
  return <Located located={located.data} />;
}
