import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../api/calls";
import { shipmentQuery } from "../../api/queries";
import type { Contact, ReceiverChange, Shipment } from "../../api/types";
import { Loading } from "../../components/Blank";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";

interface Props {
  shipment: Shipment;
  opened: boolean;
  onClose: () => void;
}

/** Both addresses of a shipment whose receiver changed, shown with a record of who looked; then it goes on. */
export function ReceiverDialog({ shipment, opened, onClose }: Props) {
  const { t } = useLanguage();
  const queryClient = useQueryClient();
  const look = useMutation({
    mutationFn: () => api.revealReceivers(shipment.id),
    gcTime: 0,
  });
  const { mutate: reveal, reset: hide } = look;
  useEffect(() => {
    if (opened) reveal();
    else hide();
  }, [opened, reveal, hide]);
  const confirm = useMutation({
    mutationFn: async (changes: ReceiverChange[]) => {
      const seen = changes.map(({ order_id, contact_version }) => ({ order_id, contact_version }));
      await api.confirmReceiver(shipment.id, { seen });
      return api.dispatchShipment(shipment.id);
    },
    onSuccess: (changed) => {
      queryClient.setQueryData(shipmentQuery(changed.id).queryKey, changed);
      onClose();
    },
    onSettled: () => {
      queryClient.invalidateQueries({ queryKey: ["order"] });
      queryClient.invalidateQueries({ queryKey: ["orders"] });
    },
  });
  const changes = look.data?.changes;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("shipping.receiver.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <Text size="sm">{t("shipping.receiver.text", { tracking: shipment.tracking_number })}</Text>
        {look.isPending && <Loading py={12} />}
        {look.error && <ProblemAlert error={look.error} onRetry={() => reveal()} />}
        {changes?.map((change) => (
          <Group key={change.order_id} align="flex-start" grow>
            <Address label={t("shipping.receiver.before")} contact={change.before} />
            <Address label={t("shipping.receiver.now")} contact={change.now} />
          </Group>
        ))}
        <Text size="xs" c="dimmed">
          {t("shipping.receiver.recorded")}
        </Text>
        {confirm.error && <ProblemAlert error={confirm.error} onRetry={() => reveal()} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button
            disabled={!changes || !opened}
            loading={confirm.isPending}
            onClick={() => changes && confirm.mutate(changes)}
          >
            {t("shipping.receiver.confirm")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Address({ label, contact }: { label: string; contact: Contact | null }) {
  const { t } = useLanguage();
  const lines = contact
    ? [
        [contact.receiver_name, contact.receiver_phone].filter(Boolean).join(" "),
        [contact.postcode && `(${contact.postcode})`, contact.address1, contact.address2]
          .filter(Boolean)
          .join(" "),
        contact.delivery_note,
      ].filter(Boolean)
    : [];
  return (
    <Stack gap={4}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      {lines.length === 0 && <Text size="sm">{t("shipping.receiver.unknown")}</Text>}
      {lines.map((line) => (
        <Text key={line} size="sm" className="numeric">
          {line}
        </Text>
      ))}
    </Stack>
  );
}
