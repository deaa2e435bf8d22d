import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { orderQuery, shipmentsQuery } from "../../api/queries";
import { Loading } from "../../components/Blank";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { ShipForm } from "./ShipForm";
import { ShipmentFollow } from "./ShipmentFollow";

interface Props {
  /** The order to send; undefined keeps the dialog closed. */
  orderId: string | undefined;
  onClose: () => void;
}

/** Enter a tracking number, then watch what becomes of it. */
export function ShipDialog({ orderId, onClose }: Props) {
  const { t } = useLanguage();
  const order = useQuery({ ...orderQuery(orderId ?? ""), enabled: Boolean(orderId) });
  return (
    <Modal
      opened={Boolean(orderId)}
      onClose={onClose}
      size="lg"
      title={t("shipping.title", { order: order.data?.channel_order_id ?? "" })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {orderId && <Steps key={orderId} orderId={orderId} onClose={onClose} />}
    </Modal>
  );
}

function Steps({ orderId, onClose }: { orderId: string; onClose: () => void }) {
  // Asked anew each time the dialog opens: another operator may have packed meanwhile.
  const order = useQuery({ ...orderQuery(orderId), staleTime: 0 });
  const shipments = useQuery({ ...shipmentsQuery(orderId), staleTime: 0 });
  const [created, setCreated] = useState<{ id: string; dispatchError: unknown }>();

  if (created) {
    return (
      <ShipmentFollow
        shipmentId={created.id}
        dispatchError={created.dispatchError}
        onClose={onClose}
        onCancelled={() => setCreated(undefined)}
      />
    );
  }
  const error = order.error ?? shipments.error;
  if (error) {
    const retry = () => {
      order.refetch();
      shipments.refetch();
    };
    return <ProblemAlert error={error} onRetry={retry} />;
  }
  if (!order.data || !shipments.data) return <Loading />;
  return (
    <ShipForm
      order={order.data}
      shipments={shipments.data.shipments}
      onCreated={(id, dispatchError) => setCreated({ id, dispatchError })}
      onClose={onClose}
    />
  );
}
