// Why a row could not be stored comes as a field and an English reason ("shippingCount: is no quantity"); the known shapes
// are told apart here, so that the screen has words for them.

export type ParkedWrong =
  | { kind: "missing" | "time" | "quantity" | "amount" | "digits" | "large" | "shape" }
  | { kind: "long" | "most"; max: string }
  | { kind: "least"; min: string }
  | { kind: "between"; min: string; max: string };

export interface ParkedReason {
  /** The field's own name, without where it stands. */
  field: string;
  /** In which line of the order or message of the question, from 1. */
  place?: { of: "lines" | "messages"; number: number };
  wrong: ParkedWrong;
}

/** A reason of a known shape; undefined for any other. */
export function parkedReason(reason: string): ParkedReason | undefined {
  const said = /^(?:(lines|messages)\[(\d+)\]\.)?([\w.[\]]+):? (.+)$/.exec(reason);
  const [, of, index, path, description] = said ?? [];
  const wrong = wrongIn(description ?? "");
  if (!path || !wrong) return undefined;
  const field = path.replace(/\[\d+\]/g, "").replace(/^.*\./, "");
  if (of !== "lines" && of !== "messages") return { field, wrong };
  return { field, place: { of, number: Number(index) + 1 }, wrong };
}

function wrongIn(description: string): ParkedWrong | undefined {
  const long = /^must have at most (\d+) characters/.exec(description)?.[1];
  if (long) return { kind: "long", max: long };
  const most = /^must be at most (\d+)$/.exec(description)?.[1];
  if (most) return { kind: "most", max: most };
  const least = /^must be at least (\d+)$/.exec(description)?.[1];
  if (least) return { kind: "least", min: least };
  const [, min, max] = /^must be (\d+) to (\d+)$/.exec(description) ?? [];
  if (min && max) return { kind: "between", min, max };
  if (/^is (missing,? or )?no (time|date|day)\b/.test(description)) return { kind: "time" };
  if (/^is missing, or no time\b/.test(description)) return { kind: "time" };
  if (/^is missing$/.test(description)) return { kind: "missing" };
  if (/^is no quantity\b/.test(description)) return { kind: "quantity" };
  if (/^is no amount\b/.test(description)) return { kind: "amount" };
  if (/^is no id\b/.test(description)) return { kind: "digits" };
  if (/^is too large$/.test(description)) return { kind: "large" };
  if (/^is no (array|object|text|whole number|JSON)\b/.test(description)) return { kind: "shape" };
  return undefined;
}
