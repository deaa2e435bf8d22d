export const PERIODS = ["hour", "day", "week", "all"] as const;
export type Period = (typeof PERIODS)[number];

/** Calls that are made often; others are found by the order they were about. */
export const API_NAMES = [
  "coupang.ordersheets.list",
  "coupang.ordersheets.get",
  "coupang.ordersheets.acknowledge",
  "coupang.invoices.upload",
  "coupang.return_requests.list",
  "smartstore.product_orders.changes",
  "smartstore.product_orders.query",
  "smartstore.product_orders.confirm",
  "smartstore.product_orders.dispatch",
  "smartstore.token",
] as const;

/** The names of an account's channel; all while no account is chosen. */
export function apiNames(channel?: string): string[] {
  return API_NAMES.filter((name) => !channel || name.startsWith(`${channel}.`));
}

const MINUTE = 60_000;
const LENGTHS: Record<Period, number | undefined> = {
  hour: 60 * MINUTE,
  day: 24 * 60 * MINUTE,
  week: 7 * 24 * 60 * MINUTE,
  all: undefined,
};

export function isPeriod(text: string | undefined): text is Period {
  return PERIODS.some((period) => period === text);
}

/** When a period begins, to the minute, so that the same question is asked again and not a new one. */
export function since(period: Period, now = Date.now()): string | undefined {
  const length = LENGTHS[period];
  if (!length) return undefined;
  return new Date(Math.floor((now - length) / MINUTE) * MINUTE).toISOString();
}
