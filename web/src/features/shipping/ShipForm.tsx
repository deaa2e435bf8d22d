import { Button, Checkbox, Group, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { reasonOf } from "../../api/problem";
import { carriersQuery } from "../../api/queries";
import type { Order, Shipment } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { useLanguage } from "../../i18n/useLanguage";
import { unitsLeft } from "../../lib/lines";
import { remember, remembered } from "../../lib/storage";
import { checkTracking, normalizeTracking, trackingDigits } from "../../lib/tracking";
import { LinePicker } from "./LinePicker";
import { useShip } from "./useShip";

interface Props {
  order: Order;
  shipments: Shipment[];
  onCreated: (shipmentId: string, dispatchError: unknown) => void;
  onClose: () => void;
}

export function ShipForm({ order, shipments, onCreated, onClose }: Props) {
  const { t, language, fieldErrors } = useLanguage();
  const carriers = useQuery(carriersQuery);
  const left = order.lines
    .filter((line) => line.kind !== "DIGITAL")
    .map((line) => ({ line, units: unitsLeft(line, shipments) }))
    .filter(({ units }) => units > 0);
  const [carrier, setCarrier] = useState(remembered("carrier") ?? "CJ_LOGISTICS");
  const [tracking, setTracking] = useState("");
  const [picked, setPicked] = useState<Record<string, number>>(() =>
    Object.fromEntries(left.map(({ line, units }) => [line.id, units])),
  );
  const [sameNumber, setSameNumber] = useState(false);
  const [missing, setMissing] = useState<{ tracking?: string; lines?: string }>({});
  const ship = useShip(onCreated);
  const refused = fieldErrors(ship.error);
  const inUse = reasonOf(ship.error) === "TRACKING_NUMBER_IN_USE";
  const check = checkTracking(carrier, tracking);
  const bad = check === "letters" || check === "length";
  const digits = trackingDigits(carrier, language);
  const hint = t(`shipping.hint.${digits || check !== "empty" ? check : "free"}`, {
    digits,
    count: normalizeTracking(tracking).length,
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Lines may have been packed or cancelled since they were picked.
    const lines = left
      .map(({ line, units }) => ({
        line_id: line.id,
        quantity: Math.min(picked[line.id] ?? 0, units),
      }))
      .filter((line) => line.quantity > 0);
    const found = {
      ...(check === "empty" && { tracking: t("shipping.trackingMissing") }),
      ...(lines.length === 0 && { lines: t("shipping.linesMissing") }),
    };
    setMissing(found);
    if (Object.keys(found).length > 0) return;
    remember("carrier", carrier);
    ship.mutate({
      order_id: order.id,
      lines,
      carrier,
      tracking_number: normalizeTracking(tracking),
      ...(sameNumber && { accept_duplicate_number: true }),
    });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {carriers.error && (
          <ProblemAlert error={carriers.error} onRetry={() => carriers.refetch()} />
        )}
        <Group align="flex-start" gap="sm">
          <Select
            flex="1 1 180px"
            label={t("shipping.carrier")}
            allowDeselect={false}
            data={(carriers.data?.carriers ?? []).map(({ code, name_ko, name_en }) => ({
              value: code,
              label: language === "ko" ? name_ko : name_en,
            }))}
            value={carrier}
            onChange={(value) => value && setCarrier(value)}
            error={refused.carrier}
          />
          <TextInput
            flex="2 1 260px"
            label={t("shipping.tracking")}
            data-autofocus
            autoFocus
            autoComplete="off"
            inputMode="numeric"
            inputWrapperOrder={["label", "input", "error", "description"]}
            description={bad ? undefined : hint}
            error={missing.tracking ?? refused.tracking_number ?? (bad ? hint : undefined)}
            value={tracking}
            onChange={(event) => {
              setTracking(event.currentTarget.value);
              setMissing({});
              setSameNumber(false);
              if (ship.error) ship.reset();
            }}
          />
        </Group>
        <LinePicker
          lines={left}
          picked={picked}
          onChange={setPicked}
          error={missing.lines ?? refused.lines}
        />
        {ship.error && (
          <ProblemAlert error={ship.error} inputs={["carrier", "tracking_number", "lines"]} />
        )}
        {(inUse || sameNumber) && (
          <Checkbox
            label={t("shipping.sameNumber")}
            description={t("shipping.sameNumberHint")}
            checked={sameNumber}
            onChange={(event) => setSameNumber(event.currentTarget.checked)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.close")}
          </Button>
          <Button
            type="submit"
            loading={ship.isPending}
            disabled={left.length === 0 || (inUse && !sameNumber)}
          >
            {t("shipping.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
