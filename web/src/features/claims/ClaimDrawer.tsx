import { Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { FAILED_EFFECTS } from "../../api/codes";
import { claimQuery } from "../../api/queries";
import type { Claim, ClaimDecision } from "../../api/types";
import { ChannelBadge, StateBadge } from "../../components/Badges";
import { Loading } from "../../components/Blank";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { EffectDrawer } from "../effects/EffectDrawer";
import { EffectNote } from "../effects/EffectNote";
import { useMay } from "../session/useMay";
import { Claimed } from "./Claimed";
import { ClaimState } from "./ClaimTable";
import { Costs } from "./Costs";
import { Deadline } from "./Deadline";
import { DecideForm } from "./DecideForm";

interface Props {
  claimId: string | undefined;
  onClose: () => void;
}

/** One claim: what it costs, how far it is, and what may be done about it. */
export function ClaimDrawer({ claimId, onClose }: Props) {
  const { t } = useLanguage();
  return (
    <Drawer
      opened={Boolean(claimId)}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("claims.drawer")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {claimId && <Details key={claimId} id={claimId} />}
    </Drawer>
  );
}

function Details({ id }: { id: string }) {
  const { t, word } = useLanguage();
  const may = useMay();
  const query = useQuery({ ...claimQuery(id), refetchInterval: 3_000 });
  if (query.isPending) return <Loading />;
  if (!query.data) return <ProblemAlert error={query.error} onRetry={() => query.refetch()} />;
  const claim = query.data;
  return (
    <Stack>
      <Group gap="sm">
        <ChannelBadge channel={claim.channel} />
        <Title order={3} size="h4">
          {word("claimKind", claim.kind)}
        </Title>
        <ClaimState claim={claim} />
      </Group>
      <Facts claim={claim} />
      <Decisions decisions={claim.decisions} />
      {may.operate && mayDecide(claim) && <DecideForm claim={claim} />}
      {claim.open && claim.actions.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("claims.nothingToDo")}
        </Text>
      )}
    </Stack>
  );
}

/** One step at a time: not while one is on its way. */
function mayDecide(claim: Claim): boolean {
  const settled = (decision: ClaimDecision) =>
    decision.state === "CONFIRMED" || FAILED_EFFECTS.has(decision.state);
  return claim.open && claim.actions.length > 0 && claim.decisions.every(settled);
}

function Facts({ claim }: { claim: Claim }) {
  const { t, word } = useLanguage();
  const parcels = [
    ...claim.collections.map((parcel) => ({ ...parcel, way: t("claims.comesBack") })),
    ...claim.reshipments.map((parcel) => ({ ...parcel, way: t("claims.goesOut") })),
  ].filter((parcel) => parcel.tracking_number);
  return (
    <Stack gap={4}>
      <Claimed claim={claim} />
      <Text size="sm" component="div">
        {t("claims.column.requestedAt")} <When at={claim.requested_at} size="sm" />
      </Text>
      {claim.reason && (
        <Text size="sm">
          {t("claims.column.reason")}: {word("claimReason", claim.reason)}
          {claim.fault && ` · ${word("claimFault", claim.fault)}`}
        </Text>
      )}
      <Deadline claim={claim} full />
      <Costs claim={claim} />
      {claim.refunds_early && <Text size="sm">{t("claims.refundsEarly")}</Text>}
      {parcels.map((parcel) => (
        <Text key={`${parcel.way} ${parcel.tracking_number}`} size="sm" className="numeric">
          {parcel.way}:{" "}
          {[word("carrier", parcel.carrier), parcel.tracking_number].filter(Boolean).join(" ")}
        </Text>
      ))}
    </Stack>
  );
}

function Decisions({ decisions }: { decisions: ClaimDecision[] }) {
  const { t, word } = useLanguage();
  const [opened, setOpened] = useState<string>();
  if (decisions.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={4} size="h6">
        {t("claims.decisions")}
      </Title>
      {decisions.map((decision) => (
        <div key={decision.id}>
          <Group gap="sm">
            <Text size="sm" fw={500}>
              {word("claimAction", decision.action)}
            </Text>
            <StateBadge group="effectState" code={decision.state} />
            <When at={decision.updated_at} size="sm" />
            <Text
              component="button"
              type="button"
              size="sm"
              c="moa"
              className="clickable"
              bg="none"
              bd={0}
              p={0}
              onClick={() => setOpened(decision.effect_id)}
            >
              {t("claims.openEffect")}
            </Text>
          </Group>
          <EffectNote effectId={decision.effect_id} of={decision} />
        </div>
      ))}
      <EffectDrawer effectId={opened} onClose={() => setOpened(undefined)} />
    </Stack>
  );
}
