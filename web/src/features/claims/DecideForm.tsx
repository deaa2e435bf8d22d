import {
  Button,
  Card,
  Checkbox,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../api/calls";
import { HOLD_REASONS, MOVES_MONEY, REJECT_REASONS } from "../../api/codes";
import { IdempotencyKeys } from "../../api/idempotency";
import { reasonOf } from "../../api/problem";
import { carriersQuery } from "../../api/queries";
import type { Claim, DecideClaim } from "../../api/types";
import { confirm } from "../../components/confirm";
import { ProblemAlert } from "../../components/ProblemAlert";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

type Action = DecideClaim["action"];

/** Those that say under which number something went to the buyer. */
const SENDS = new Set<Action>(["REPORT_ALREADY_SHIPPED", "RESHIP"]);

/** Which terms a step needs beside its name. */
const NEEDS_NUMBER = new Set<Action>(["REPORT_ALREADY_SHIPPED", "REPORT_COLLECTION", "RESHIP"]);

const INPUTS = [
  "carrier",
  "tracking_number",
  "reject_reason",
  "hold_reason",
  "extra_fee_won",
  "note",
] as const;

/** Takes one of the steps that the channel offers. All of them ask first; those that move money say so. */
export function DecideForm({ claim }: { claim: Claim }) {
  const { t, word, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  const [keys] = useState(() => new IdempotencyKeys());
  const offered = claim.actions as Action[];
  const [chosen, setChosen] = useState<Action>();
  // Nothing is chosen beforehand: the channel's first step may be to refuse.
  const action = chosen && offered.includes(chosen) ? chosen : undefined;
  const [terms, setTerms] = useState<Omit<DecideClaim, "action">>({});
  const set = (change: Partial<DecideClaim>) => setTerms((before) => ({ ...before, ...change }));
  const decide = useMutation({
    mutationFn: (body: DecideClaim) =>
      keys.run(body, (key) => api.decideClaim(claim.id, body, key)),
    onSuccess: () => {
      toastDone(t("claims.form.done"));
      setTerms({});
      queryClient.invalidateQueries({ queryKey: ["claims"] });
      queryClient.invalidateQueries({ queryKey: ["order"] });
    },
  });
  const inUse = reasonOf(decide.error) === "TRACKING_NUMBER_IN_USE";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!action) return;
    const body = termsOf(action, terms);
    confirm({
      title: t("claims.form.confirmTitle", { action: word("claimAction", action) }),
      children: (
        <Stack gap="xs">
          {MOVES_MONEY.has(action) && (
            <Text size="sm" fw={600} c="red">
              {t("claims.form.movesMoney")}
            </Text>
          )}
          <Text size="sm">{t("claims.form.confirmText")}</Text>
        </Stack>
      ),
      labels: { confirm: t("claims.form.send"), cancel: t("common.cancel") },
      confirmProps: MOVES_MONEY.has(action) ? { color: "red" } : {},
      closeButtonProps: { "aria-label": t("common.close") },
      onConfirm: () => decide.mutate(body),
    });
  };
  return (
    <Card withBorder component="form" onSubmit={submit} noValidate padding="md">
      <Stack gap="sm">
        <Select
          label={t("claims.form.action")}
          allowDeselect={false}
          data={offered.map((value) => ({ value, label: word("claimAction", value) }))}
          placeholder={t("claims.form.choose")}
          value={action ?? null}
          onChange={(value) => {
            if (!value) return;
            setChosen(value as Action);
            set({ accept_duplicate_number: false });
            decide.reset();
          }}
        />
        {action && (
          <Terms action={action} terms={terms} set={set} errors={fieldErrors(decide.error)} />
        )}
        {decide.error && <ProblemAlert error={decide.error} inputs={INPUTS} />}
        {action && SENDS.has(action) && (inUse || terms.accept_duplicate_number) && (
          <Checkbox
            label={t("shipping.sameNumber")}
            description={t("shipping.sameNumberHint")}
            checked={terms.accept_duplicate_number ?? false}
            onChange={(event) => set({ accept_duplicate_number: event.currentTarget.checked })}
          />
        )}
        {action && (
          <Group justify="flex-end">
            <Button type="submit" loading={decide.isPending}>
              {word("claimAction", action)}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}

interface TermsProps {
  action: Action;
  terms: Omit<DecideClaim, "action">;
  set: (change: Partial<DecideClaim>) => void;
  errors: Record<string, string>;
}

function Terms({ action, terms, set, errors }: TermsProps) {
  const { t, word, language } = useLanguage();
  const carriers = useQuery({ ...carriersQuery, enabled: NEEDS_NUMBER.has(action) });
  const hasNote = action === "REJECT" || action === "HOLD";
  return (
    <>
      {NEEDS_NUMBER.has(action) && (
        <>
          <Select
            label={t("claims.form.carrier")}
            data={(carriers.data?.carriers ?? []).map((carrier) => ({
              value: carrier.code,
              label: language === "ko" ? carrier.name_ko : carrier.name_en,
            }))}
            value={terms.carrier ?? null}
            error={errors.carrier}
            onChange={(carrier) => set({ carrier, accept_duplicate_number: false })}
          />
          <TextInput
            label={t("claims.form.trackingNumber")}
            value={terms.tracking_number ?? ""}
            error={errors.tracking_number}
            onChange={(event) => {
              // Another number is another question.
              set({ tracking_number: event.currentTarget.value, accept_duplicate_number: false });
            }}
          />
        </>
      )}
      {action === "REJECT" && (
        <Select
          label={t("claims.form.why")}
          data={REJECT_REASONS.map((value) => ({ value, label: word("rejectReason", value) }))}
          value={terms.reject_reason ?? null}
          error={errors.reject_reason}
          onChange={(value) => set({ reject_reason: value as DecideClaim["reject_reason"] })}
        />
      )}
      {action === "HOLD" && (
        <>
          <Select
            label={t("claims.form.why")}
            data={HOLD_REASONS.map((value) => ({ value, label: word("holdReason", value) }))}
            value={terms.hold_reason ?? null}
            error={errors.hold_reason}
            onChange={(value) => set({ hold_reason: value as DecideClaim["hold_reason"] })}
          />
          <NumberInput
            label={t("claims.form.extraFee")}
            min={0}
            allowDecimal={false}
            thousandSeparator=","
            value={terms.extra_fee_won ?? ""}
            error={errors.extra_fee_won}
            onChange={(value) => set({ extra_fee_won: value === "" ? null : Number(value) })}
          />
        </>
      )}
      {hasNote && (
        <TextInput
          label={t("claims.form.note")}
          description={t("claims.form.noteHint")}
          maxLength={500}
          value={terms.note ?? ""}
          error={errors.note}
          onChange={(event) => set({ note: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** Only the terms that belong to the step: what was typed for another one is not sent. */
function termsOf(action: Action, terms: Omit<DecideClaim, "action">): DecideClaim {
  if (NEEDS_NUMBER.has(action)) {
    const { carrier, tracking_number, accept_duplicate_number } = terms;
    const accepts = SENDS.has(action) && { accept_duplicate_number };
    return { action, carrier, tracking_number, ...accepts };
  }
  if (action === "REJECT") {
    return { action, reject_reason: terms.reject_reason, note: terms.note };
  }
  if (action === "HOLD") {
    const { hold_reason, note, extra_fee_won } = terms;
    return { action, hold_reason, note, extra_fee_won };
  }
  return { action };
}
