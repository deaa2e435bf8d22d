import { Button, Checkbox, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/calls";
import { ERASURE_REASONS, type ErasureReason } from "../../api/codes";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

interface Props {
  orderId: string;
  opened: boolean;
  onClose: () => void;
  onErased: () => void;
}

/** Erases an order's personal data for good: a reason, and a second yes. */
export function EraseDialog({ opened, onClose, ...form }: Props) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("orders.erase.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {/* Gone as soon as it closes, so that a second click finds no button. */}
      {opened && <EraseForm onClose={onClose} {...form} />}
    </Modal>
  );
}

function EraseForm({ orderId, onClose, onErased }: Omit<Props, "opened">) {
  const { t, word } = useLanguage();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState<ErasureReason | null>(null);
  const [evenIfOpen, setEvenIfOpen] = useState(false);
  const [sure, setSure] = useState(false);
  const erase = useMutation({
    mutationFn: (chosen: ErasureReason) =>
      api.eraseContact(orderId, { reason: chosen, even_if_open: evenIfOpen }),
    onSuccess: ({ inquiries }) => {
      toastDone(t("orders.erase.done", { count: inquiries }));
      queryClient.invalidateQueries({ queryKey: ["order"] });
      queryClient.invalidateQueries({ queryKey: ["inquiries"] });
      onErased();
      onClose();
    },
  });
  return (
    <Stack>
      <Text size="sm">{t("orders.erase.text")}</Text>
      <Select
        label={t("orders.erase.reason")}
        placeholder={t("orders.erase.reasonMissing")}
        data={ERASURE_REASONS.map((value) => ({ value, label: word("erasureReason", value) }))}
        value={reason}
        onChange={(value) => setReason(ERASURE_REASONS.find((known) => known === value) ?? null)}
      />
      <Checkbox
        label={t("orders.erase.evenIfOpen")}
        description={t("orders.erase.evenIfOpenText")}
        checked={evenIfOpen}
        onChange={(event) => setEvenIfOpen(event.currentTarget.checked)}
      />
      <Checkbox
        label={t("orders.erase.sure")}
        checked={sure}
        onChange={(event) => setSure(event.currentTarget.checked)}
      />
      {erase.error && <ProblemAlert error={erase.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button
          color="red"
          disabled={!reason || !sure}
          loading={erase.isPending}
          onClick={() => reason && erase.mutate(reason)}
        >
          {t("orders.erase.confirm")}
        </Button>
      </Group>
    </Stack>
  );
}
