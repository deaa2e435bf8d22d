// The code lists that filters and colours need. A code missing here is still shown, by its own name.

export const ORDER_STATES = [
  "PLACED",
  "ACKNOWLEDGED",
  "PARTIALLY_DISPATCHED",
  "DISPATCHED",
  "DELIVERED",
  "CONFIRMED",
  "CANCELLED",
  "RETURNED",
] as const;

export const EFFECT_STATES = [
  "PENDING",
  "CLAIMED",
  "VERIFIED",
  "SENDING",
  "CONFIRMED",
  "RETRYABLE",
  "UNKNOWN",
  "BLOCKED",
  "REJECTED",
  "CONFLICT",
  "REPAIR",
  "DEAD",
] as const;

export const EFFECT_KINDS = ["ACKNOWLEDGE", "DISPATCH", "MESSAGE"] as const;

/** Effects that stand still until a person sends them again. */
export const REDRIVABLE = new Set(["DEAD", "BLOCKED", "REJECTED", "CONFLICT"]);

/** States of a line that may still be packed. */
export const SHIPPABLE = new Set(["PLACED", "ACKNOWLEDGED", "PARTIALLY_DISPATCHED"]);

export const CHANNELS = ["coupang", "smartstore"] as const;
