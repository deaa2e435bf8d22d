/** What a template may leave open, as order-sync knows it: written as `{buyer}`. */
export const GAPS = ["buyer", "product", "order_number", "tracking_number"] as const;

export type Gap = (typeof GAPS)[number];

export const written = (gap: Gap) => `{${gap}}`;

/** Gaps that stand in a text: a buyer must never read one. */
export function gapsIn(text: string): Gap[] {
  return GAPS.filter((gap) => text.includes(written(gap)));
}

/** An answer after a template was picked. What was written by hand stays; what an earlier template filled in does not. */
export function withFilled(text: string, filledBefore: string, filled: string): string {
  const kept = text.trimEnd();
  if (!kept || kept === filledBefore.trimEnd()) return filled;
  return `${kept}\n\n${filled}`;
}

/** A text with something put in where the cursor stands, and where the cursor stands then. */
export function inserted(text: string, from: number, to: number, added: string) {
  return { text: text.slice(0, from) + added + text.slice(to), cursor: from + added.length };
}
