// Services explain themselves in English sentences beside a stable reason. The screen speaks by the reason; what it
// takes from a sentence are the numbers in it.

/** The claim's number in a sentence. */
export function claimIn(sentence: string): string | undefined {
  return /\bclaim (\d{3,})\b/.exec(sentence)?.[1];
}

/** "10 or 12" and "1 to 30" as Korean writes them. */
export function koreanDigits(digits: string): string {
  return digits.replace(/(\d+) to (\d+)/, "$1~$2").replace(" or ", " 또는 ");
}

export type Wrong =
  | { kind: "missing" | "url" | "id" | "unknown" }
  | { kind: "length"; min: string; max: string }
  | { kind: "placeholder"; name: string; known: string };

/** What a field's description says, for the few that most fields have; undefined for one of its own. */
export function wrongWith(description: string): Wrong | undefined {
  const length = /must have (\d+) to (\d+) characters/.exec(description);
  if (length?.[1] && length[2]) return { kind: "length", min: length[1], max: length[2] };
  const gap = /^has the unknown placeholder (.+); the known ones are (.+)$/s.exec(description);
  if (gap?.[1] && gap[2]) return { kind: "placeholder", name: gap[1], known: gap[2] };
  if (/^is missing/.test(description)) return { kind: "missing" };
  if (/absolute URL|must begin with http/.test(description)) return { kind: "url" };
  if (/UUID|not an id|is no id/i.test(description)) return { kind: "id" };
  if (/^is (missing or )?unknown/.test(description)) return { kind: "unknown" };
  return undefined;
}
