import { Button, Group, Text } from "@mantine/core";
import { ChannelBadge } from "../../components/Badges";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { type ClaimListProps, ClaimOrder, ClaimState } from "./ClaimTable";
import { Deadline } from "./Deadline";
import { ShippingCharge } from "./ShippingCharge";

/** The claims where a table would squeeze its columns: one card each. */
export function ClaimCards({ claims, onOpen }: ClaimListProps) {
  const { t, word } = useLanguage();
  return (
    <ul className="cards">
      {claims.map((claim) => (
        <li key={claim.id}>
          <Group justify="space-between" gap="xs">
            <Group gap="xs">
              <Text fw={600}>{word("claimKind", claim.kind)}</Text>
              <ChannelBadge channel={claim.channel} />
            </Group>
            <When at={claim.requested_at} size="xs" />
          </Group>
          <ClaimOrder claim={claim} />
          {claim.reason && <Text size="sm">{word("claimReason", claim.reason)}</Text>}
          <Deadline claim={claim} />
          <ShippingCharge claim={claim} />
          <Group justify="space-between" gap="xs">
            <ClaimState claim={claim} />
            <Button size="compact-sm" variant="light" onClick={() => onOpen(claim.id)}>
              {t("claims.open")}
            </Button>
          </Group>
        </li>
      ))}
    </ul>
  );
}
