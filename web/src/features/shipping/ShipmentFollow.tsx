import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconHandStop, IconPackage, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { shipmentQuery } from "../../api/queries";
import type { Shipment } from "../../api/types";
import { Loading } from "../../components/Blank";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { useNow } from "../../lib/clock";
import { UnknownOutcome, useUnknownOutcome } from "../effects/UnknownOutcome";
import { ShipmentActions } from "./ShipmentActions";

const QUICK_MS = 1_500;
const SLOW_MS = 5_000;
const SLOW_AFTER_MS = 45_000;

interface Props {
  shipmentId: string;
  /** Why asking for the dispatch failed right after saving, if it did. */
  dispatchError: unknown;
  onClose: () => void;
  onCancelled: () => void;
}

/** Looks after a shipment until the channel has it or something speaks against it. */
export function ShipmentFollow({ shipmentId, dispatchError, onClose, onCancelled }: Props) {
  const { t } = useLanguage();
  const [startedAt] = useState(Date.now);
  const slow = useNow() - startedAt > SLOW_AFTER_MS;
  const shipment = useQuery({
    ...shipmentQuery(shipmentId),
    refetchInterval: (query) => {
      if (query.state.data?.state !== "DISPATCHING") return false;
      return Date.now() - startedAt > SLOW_AFTER_MS ? SLOW_MS : QUICK_MS;
    },
  });
  if (!shipment.data) {
    return shipment.error ? (
      <ProblemAlert error={shipment.error} onRetry={() => shipment.refetch()} />
    ) : (
      <Loading />
    );
  }
  const { state } = shipment.data;
  return (
    <Stack>
      <ShipmentStatus shipment={shipment.data} />
      {state === "DISPATCHING" && slow && <Text size="sm">{t("shipping.slow")}</Text>}
      {state === "READY" && Boolean(dispatchError) && <ProblemAlert error={dispatchError} />}
      {shipment.error && <ProblemAlert error={shipment.error} onRetry={() => shipment.refetch()} />}
      <Group justify="flex-end">
        <ShipmentActions shipment={shipment.data} onCancelled={onCancelled} />
        <Button variant={state === "DISPATCHED" ? "filled" : "default"} onClick={onClose}>
          {t("common.close")}
        </Button>
      </Group>
    </Stack>
  );
}

const LOOKS = {
  READY: { color: "blue", icon: <IconPackage /> },
  DISPATCHING: { color: "moa", icon: <Loader size={20} /> },
  DISPATCHED: { color: "teal", icon: <IconCircleCheck /> },
  HELD: { color: "orange", icon: <IconHandStop /> },
  CANCELLED: { color: "gray", icon: <IconTrash /> },
} as const;

/** What a shipment's state means, and for a held one why and what to do. */
export function ShipmentStatus({ shipment }: { shipment: Shipment }) {
  const { t, word, about } = useLanguage();
  const why = about(shipment.hold?.reason ?? null, shipment.hold?.detail ?? null);
  const unknown = useUnknownOutcome(shipment.lines[0]?.order_id ?? "", "DISPATCH");
  if (unknown && shipment.state === "DISPATCHING") {
    return <UnknownOutcome nextAt={unknown.next_attempt_at} />;
  }
  const state = shipment.state in LOOKS ? (shipment.state as keyof typeof LOOKS) : undefined;
  if (!state) return <Alert color="gray">{word("shipmentState", shipment.state)}</Alert>;
  const reason = word("reason", shipment.hold?.reason || "") || t("common.unknown");
  return (
    <Alert
      role="status"
      color={LOOKS[state].color}
      icon={LOOKS[state].icon}
      title={t(`shipping.following.${state}`, { reason })}
    >
      {state === "HELD" && (
        <Stack gap={4}>
          {why && <Text size="sm">{why}</Text>}
          <Text size="sm">{t("shipping.heldWayOut")}</Text>
        </Stack>
      )}
    </Alert>
  );
}
