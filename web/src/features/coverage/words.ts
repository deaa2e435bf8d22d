/** How much of a past is read, in whole percent; 100 only when all is. */
export function percentRead(past: {
  began_from: string;
  reached_at: string;
  until: string;
}): number {
  const [from, reached, until] = [past.began_from, past.reached_at, past.until].map((at) =>
    new Date(at).getTime(),
  ) as [number, number, number];
  if (!(until > from)) return 0;
  const share = Math.floor((100 * (reached - from)) / (until - from));
  return Math.min(99, Math.max(0, share));
}

/** The moment that an operator typed in Korean time ("2026-11-27 14:05"), or null when it is none. */
export function parseKoreanTime(text: string): string | null {
  const match = /^(\d{4})[-.](\d{1,2})[-.](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(
    text.trim(),
  );
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59) return null;
  // Korea is nine hours ahead all year.
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute));
  // 31 February is no day.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return new Date(date.getTime() - 9 * 3_600_000).toISOString();
}
