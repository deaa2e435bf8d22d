import { Badge, type MantineColor, Tooltip } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import type { Hold } from "../api/types";
import { useLanguage } from "../i18n/useLanguage";

const COLORS: Record<string, Record<string, MantineColor>> = {
  orderState: {
    PLACED: "blue",
    ACKNOWLEDGED: "moa",
    PARTIALLY_DISPATCHED: "violet",
    DISPATCHED: "teal",
    DELIVERED: "green",
    CANCELLED: "red",
    RETURNED: "pink",
  },
  shipmentState: { READY: "blue", DISPATCHING: "violet", DISPATCHED: "teal", HELD: "orange" },
  effectState: {
    PENDING: "blue",
    CLAIMED: "violet",
    VERIFIED: "violet",
    SENDING: "violet",
    CONFIRMED: "teal",
    RETRYABLE: "yellow",
    UNKNOWN: "orange",
    BLOCKED: "orange",
    REPAIR: "orange",
    REJECTED: "red",
    CONFLICT: "red",
    DEAD: "red",
  },
  claimStage: {
    REQUESTED: "blue",
    COLLECTING: "violet",
    COLLECTED: "orange",
    CHANNEL_CHECK: "violet",
    RESHIPPED: "violet",
    COMPLETED: "teal",
    REJECTED: "red",
  },
  inquiryState: { WAITING: "blue", ANSWERED: "teal", TO_CONFIRM: "violet" },
  entitlementState: { GRANTED: "blue", LINK_SENT: "violet", ACTIVATED: "teal", REVOKED: "red" },
  accountState: { ACTIVE: "teal" },
  breakerState: { CLOSED: "teal", OPEN: "red", HALF_OPEN: "orange" },
  jobState: { RUNNING: "violet", SUCCEEDED: "teal", FAILED: "red" },
  credentialState: { PENDING: "blue", PROMOTED: "teal", PREVIOUS: "violet" },
};

type Group =
  | "orderState"
  | "shipmentState"
  | "effectState"
  | "inquiryState"
  | "claimStage"
  | "entitlementState"
  | "accountState"
  | "breakerState"
  | "jobState"
  | "credentialState";

export function StateBadge({ group, code }: { group: Group; code: string }) {
  const { word } = useLanguage();
  return (
    <Badge
      variant="light"
      color={COLORS[group]?.[code] ?? "gray"}
      tt="none"
      fw={600}
      miw="fit-content"
    >
      {word(group, code)}
    </Badge>
  );
}

const CHANNEL_COLORS: Record<string, MantineColor> = { coupang: "red", smartstore: "green" };

export function ChannelBadge({ channel }: { channel: string }) {
  const { word } = useLanguage();
  return (
    <Badge
      variant="dot"
      color={CHANNEL_COLORS[channel] ?? "gray"}
      tt="none"
      fw={500}
      miw="fit-content"
    >
      {word("channel", channel)}
    </Badge>
  );
}

/** A hold with its reason; the channel's own words on hover or focus. */
export function HoldBadge({ hold }: { hold: Hold }) {
  const { t, word, about } = useLanguage();
  const reason = hold.reason ? word("reason", hold.reason) : t("orders.hold");
  return (
    <Tooltip
      label={about(hold.reason, hold.detail) || reason}
      multiline
      maw={320}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Badge
        variant="filled"
        color="orange.8"
        tt="none"
        fw={600}
        miw="fit-content"
        tabIndex={0}
        leftSection={<IconHandStop size={12} aria-hidden />}
      >
        {reason}
      </Badge>
    </Tooltip>
  );
}
