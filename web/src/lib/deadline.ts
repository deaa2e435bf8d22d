const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export type Left =
  | { kind: "past" }
  | { kind: "minutes"; minutes: number }
  | { kind: "hours"; hours: number; minutes: number }
  | { kind: "days"; days: number; hours: number };

/** How long it is until a deadline, rounded down: nobody is told more time than there is. */
export function timeLeft(at: string, now: number): Left {
  const left = Date.parse(at) - now;
  if (!(left > 0)) return { kind: "past" };
  const whole = (unit: number, of = left) => Math.floor(of / unit);
  if (left < HOUR_MS) return { kind: "minutes", minutes: whole(MINUTE_MS) };
  if (left < DAY_MS) {
    return { kind: "hours", hours: whole(HOUR_MS), minutes: whole(MINUTE_MS, left % HOUR_MS) };
  }
  return { kind: "days", days: whole(DAY_MS), hours: whole(HOUR_MS, left % DAY_MS) };
}
