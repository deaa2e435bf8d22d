import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/calls";
import type { ChannelAccount } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

const MOST_DAYS = 90;

interface Props {
  account: ChannelAccount;
  opened: boolean;
  onClose: () => void;
}

export function BackfillDialog({ account, opened, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("coverage.backfillTitle", { name: account.name })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {/* Gone as soon as it closes, so that a second click finds no button. */}
      {opened && <BackfillForm account={account} onClose={onClose} />}
    </Modal>
  );
}

function BackfillForm({ account, onClose }: Omit<Props, "opened">) {
  const { t } = useLanguage();
  const [days, setDays] = useState<number | string>(30);
  const queryClient = useQueryClient();
  const { name } = account;
  const start = useMutation({
    mutationFn: (count: number) => api.startBackfill(account.id, count),
    onSuccess: ({ streams }, count) => {
      toastDone(
        streams > 0
          ? t("coverage.backfillDone", { name, days: count })
          : t("coverage.backfillNothing", { name }),
      );
      queryClient.invalidateQueries({ queryKey: ["coverage"] });
      onClose();
    },
  });
  const fits = typeof days === "number" && days >= 1 && days <= MOST_DAYS;
  return (
    <Stack>
      <Text size="sm">{t("coverage.backfillText")}</Text>
      <NumberInput
        label={t("coverage.backfillDays")}
        min={1}
        max={MOST_DAYS}
        allowDecimal={false}
        value={days}
        onChange={setDays}
      />
      {start.error && <ProblemAlert error={start.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button
          disabled={!fits}
          loading={start.isPending}
          onClick={() => fits && start.mutate(days)}
        >
          {t("coverage.backfillStart")}
        </Button>
      </Group>
    </Stack>
  );
}
