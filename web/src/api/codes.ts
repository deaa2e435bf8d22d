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

export const EFFECT_KINDS = [
  "ACKNOWLEDGE",
  "DISPATCH",
  "MESSAGE",
  "ANSWER_INQUIRY",
  "DECIDE_CLAIM",
] as const;

/** Effects that stand still until a person sends them again. */
export const REDRIVABLE = new Set(["DEAD", "BLOCKED", "REJECTED", "CONFLICT"]);

/** Effects that did not get there and that nothing moves on by itself. */
export const FAILED_EFFECTS = REDRIVABLE;

/** States of a line that may still be packed. */
export const SHIPPABLE = new Set(["PLACED", "ACKNOWLEDGED", "PARTIALLY_DISPATCHED"]);

export const ERASURE_REASONS = ["BUYER_REQUEST", "WRONG_DATA", "TEST_ORDER", "LEGAL"] as const;
export type ErasureReason = (typeof ERASURE_REASONS)[number];

export const CHANNELS = ["coupang", "smartstore"] as const;

export const CLAIM_KINDS = ["CANCEL", "STOP_SHIPMENT", "RETURN", "EXCHANGE"] as const;

export const REJECT_REASONS = ["OUT_OF_STOCK", "BUYER_WITHDREW", "OTHER"] as const;

export const HOLD_REASONS = [
  "SHIPPING_FEE",
  "EXTRA_FEE",
  "GOODS_MISSING",
  "REPLACEMENT_NOT_READY",
  "OTHER",
] as const;

/** Steps of a claim after which the buyer gets money back. */
export const MOVES_MONEY: ReadonlySet<string> = new Set(["APPROVE", "CONFIRM_STOP"]);
