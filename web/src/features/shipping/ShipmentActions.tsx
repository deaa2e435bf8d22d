import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/calls";
import { shipmentQuery } from "../../api/queries";
import type { Shipment } from "../../api/types";
import { confirm } from "../../components/confirm";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { ReceiverDialog } from "./ReceiverDialog";

interface Props {
  shipment: Shipment;
  size?: "xs" | "sm";
  onCancelled?: () => void;
}

/** What an operator may do with a shipment that has not left: send it (again) or take it back. */
export function ShipmentActions({ shipment, size = "sm", onCancelled }: Props) {
  const { t } = useLanguage();
  const may = useMay();
  const queryClient = useQueryClient();
  const [looking, looks] = useDisclosure(false);
  const settle = (changed: Shipment) => {
    queryClient.setQueryData(shipmentQuery(changed.id).queryKey, changed);
    queryClient.invalidateQueries({ queryKey: ["order"] });
    queryClient.invalidateQueries({ queryKey: ["orders"] });
  };
  const dispatch = useMutation({
    mutationFn: () => api.dispatchShipment(shipment.id),
    onSuccess: settle,
  });
  const cancel = useMutation({
    mutationFn: () => api.cancelShipment(shipment.id),
    onSuccess: (changed) => {
      settle(changed);
      onCancelled?.();
    },
  });
  if (!may.operate) return null;
  if (shipment.state !== "READY" && shipment.state !== "HELD") return null;

  const confirmCancel = () =>
    confirm({
      title: t("shipping.cancelTitle"),
      children: (
        <Text size="sm">{t("shipping.cancelText", { tracking: shipment.tracking_number })}</Text>
      ),
      labels: { confirm: t("shipping.cancelShipment"), cancel: t("shipping.keep") },
      confirmProps: { color: "red" },
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => cancel.mutate(),
    });
  const error = dispatch.error ?? cancel.error;
  return (
    <Stack gap="xs" align="flex-end">
      {error && <ProblemAlert error={error} />}
      <ReceiverDialog shipment={shipment} opened={looking} onClose={looks.close} />
      <Group gap="xs">
        {shipment.hold?.reason === "RECEIVER_CHANGED" && (
          <Button size={size} onClick={looks.open}>
            {t("shipping.receiver.look")}
          </Button>
        )}
        <Button
          size={size}
          variant="subtle"
          color="red"
          loading={cancel.isPending}
          disabled={dispatch.isPending}
          onClick={confirmCancel}
        >
          {t("shipping.cancelShipment")}
        </Button>
        <Button
          size={size}
          variant="light"
          loading={dispatch.isPending}
          disabled={cancel.isPending}
          onClick={() => {
            cancel.reset();
            dispatch.mutate();
          }}
        >
          {shipment.state === "HELD" ? t("shipping.retry") : t("shipping.dispatch")}
        </Button>
      </Group>
    </Stack>
  );
}
