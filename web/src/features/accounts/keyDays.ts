const DAY = 24 * 60 * 60_000;

/** Whole days until a key ends; 0 and less when it has. */
export function daysLeft(endsAt: string, now: number): number {
  return Math.ceil((Date.parse(endsAt) - now) / DAY);
}

export function keyColor(days: number): string {
  if (days <= 7) return "red";
  return days <= 30 ? "orange" : "teal";
}
