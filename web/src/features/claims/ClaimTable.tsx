import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import type { Claim } from "../../api/types";
import { ChannelBadge, StateBadge } from "../../components/Badges";
import { AnchorLink } from "../../components/links";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { Deadline } from "./Deadline";
import { ShippingCharge } from "./ShippingCharge";

export interface ClaimListProps {
  claims: Claim[];
  onOpen: (id: string) => void;
}

export function ClaimTable({ claims, onOpen }: ClaimListProps) {
  const { t, word } = useLanguage();
  return (
    <Table.ScrollContainer type="native" minWidth={980}>
      <Table verticalSpacing={8} horizontalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={110}>{t("claims.column.requestedAt")}</Table.Th>
            <Table.Th w={135} miw={130}>
              {t("claims.column.channel")}
            </Table.Th>
            <Table.Th w={110}>{t("claims.column.kind")}</Table.Th>
            <Table.Th w={160}>{t("claims.column.deadline")}</Table.Th>
            <Table.Th>{t("claims.column.order")}</Table.Th>
            <Table.Th>{t("claims.column.reason")}</Table.Th>
            <Table.Th w={130}>{t("claims.column.cost")}</Table.Th>
            <Table.Th w={160}>{t("claims.column.state")}</Table.Th>
            <Table.Th w={90} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {claims.map((claim) => (
            <Table.Tr key={claim.id}>
              <Table.Td>
                <When at={claim.requested_at} size="sm" />
              </Table.Td>
              <Table.Td>
                <ChannelBadge channel={claim.channel} />
              </Table.Td>
              <Table.Td>{word("claimKind", claim.kind)}</Table.Td>
              <Table.Td>
                <Deadline claim={claim} />
              </Table.Td>
              <Table.Td>
                <ClaimOrder claim={claim} />
              </Table.Td>
              <Table.Td>
                <Text size="sm" lineClamp={1}>
                  {word("claimReason", claim.reason)}
                </Text>
              </Table.Td>
              <Table.Td>
                <ShippingCharge claim={claim} />
              </Table.Td>
              <Table.Td>
                <ClaimState claim={claim} />
              </Table.Td>
              <Table.Td>
                <Button size="compact-sm" variant="light" onClick={() => onOpen(claim.id)}>
                  {t("claims.open")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The order's number, and the way to it once it is here. */
export function ClaimOrder({ claim }: { claim: Claim }) {
  if (!claim.order_id) return <Text size="sm">{claim.channel_order_id}</Text>;
  return (
    <AnchorLink to="/orders/$id" params={{ id: claim.order_id }} size="sm">
      {claim.channel_order_id}
    </AnchorLink>
  );
}

/** How far a claim is, whether its refund waits, and what became of our last step. */
export function ClaimState({ claim }: { claim: Claim }) {
  const { t, word } = useLanguage();
  const last = claim.decisions.at(-1);
  // The channel's own word where the stage is none that we know.
  const stage = claim.unknown_stage ?? claim.stage;
  return (
    <Stack gap={4} align="flex-start">
      <Group gap={4}>
        <StateBadge group="claimStage" code={stage} />
        {claim.held && (
          <Badge variant="filled" color="orange.8" tt="none" fw={600} miw="fit-content">
            {t("claims.held")}
          </Badge>
        )}
      </Group>
      {last && claim.open && (
        <Text size="xs" c="dimmed">
          {t("claims.ourStep", {
            action: word("claimAction", last.action),
            state: word("effectState", last.state),
          })}
        </Text>
      )}
    </Stack>
  );
}
