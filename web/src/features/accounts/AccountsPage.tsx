import { Button, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { accountsQuery } from "../../api/queries";
import { Blank, Loading } from "../../components/Blank";
import { PageHead } from "../../components/PageHead";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { AccountCard } from "./AccountCard";
import { DriftPanel } from "./DriftPanel";
import { RegisterDialog } from "./RegisterDialog";

export function AccountsPage() {
  const { t } = useLanguage();
  const accounts = useQuery(accountsQuery);
  const owner = useMay().own;
  const [opened, { open, close }] = useDisclosure();
  const list = accounts.data?.channel_accounts ?? [];
  return (
    <>
      <PageHead title={t("accounts.title")} intro={t("accounts.intro")}>
        {owner ? (
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            {t("accounts.register")}
          </Button>
        ) : (
          <Text size="sm" c="dimmed">
            {t("accounts.ownersOnly")}
          </Text>
        )}
      </PageHead>
      {accounts.isPending && <Loading />}
      {accounts.error && (
        <ProblemAlert mb="sm" error={accounts.error} onRetry={() => accounts.refetch()} />
      )}
      {accounts.data && list.length === 0 && (
        <Blank
          icon={<IconPlugConnected />}
          title={t("accounts.empty.title")}
          text={t("accounts.empty.text")}
        />
      )}
      <Stack>
        {list.map((account) => (
          <AccountCard key={account.id} account={account} owner={owner} />
        ))}
      </Stack>
      <DriftPanel />
      <RegisterDialog opened={opened} onClose={close} />
    </>
  );
}
