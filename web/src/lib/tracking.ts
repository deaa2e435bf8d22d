/** How many digits each carrier's tracking numbers have. The gateway decides; this only warns while typing. */
const DIGITS: Record<string, number[]> = {
  CJ_LOGISTICS: [10, 12],
  LOTTE: [10, 12, 13],
  HANJIN: [10, 12],
  KOREA_POST: [13],
  LOGEN: [10, 11],
};

export type TrackingCheck = "empty" | "ok" | "letters" | "length" | "free";

/** Tracking numbers are pasted with hyphens and spaces; only digits count. */
export function normalizeTracking(input: string): string {
  return input.normalize("NFKC").replace(/[\s\-–—]/g, "");
}

export function checkTracking(carrier: string, input: string): TrackingCheck {
  const digits = normalizeTracking(input);
  if (!digits) return "empty";
  if (!/^\d+$/.test(digits)) return "letters";
  const allowed = DIGITS[carrier];
  if (!allowed) return "free";
  return allowed.includes(digits.length) ? "ok" : "length";
}

/** "10 또는 12"; empty when the carrier sets no length. */
export function trackingDigits(carrier: string, language: string): string {
  const digits = (DIGITS[carrier] ?? []).map(String);
  return new Intl.ListFormat(language, { type: "disjunction" }).format(digits);
}
