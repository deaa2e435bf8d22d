/** An RFC 9457 problem document as the gateway writes it. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  reason: string;
  fields: { field: string; description: string }[];
  /** What the refusal is about: codes, counts, numbers. */
  metadata: Record<string, string>;
  request_id: string;
}

/**
 * What can go wrong with a call: the gateway refused and said why (`problem`), nothing answered (`unreachable`),
 * no answer in time (`timeout`), or an answer that is not ours, such as a proxy's error page (`unexpected`).
 */
export type Failure =
  | { kind: "problem"; problem: Problem }
  | { kind: "unreachable" }
  | { kind: "timeout" }
  | { kind: "unexpected"; status: number };

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly failure: Failure) {
    super(failure.kind === "problem" ? failure.problem.reason : failure.kind);
  }

  get status(): number {
    if (this.failure.kind === "problem") return this.failure.problem.status;
    return this.failure.kind === "unexpected" ? this.failure.status : 0;
  }

  /** True when the gateway may have done the work although no answer came: the same key must be sent again. */
  get outcomeUnknown(): boolean {
    if (this.failure.kind !== "problem" || this.status >= 500) return true;
    return this.failure.problem.reason === "IDEMPOTENCY_KEY_IN_PROGRESS";
  }
}

/** The stable reason of a refusal; undefined when nothing was refused. */
export function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.failure.kind !== "problem") return undefined;
  return error.failure.problem.reason;
}

/** Reads an answer's body as a problem document; `undefined` when it is something else. */
export function parseProblem(status: number, body: unknown): Problem | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { title, detail, reason, fields, metadata, request_id } = body as Record<string, unknown>;
  if (typeof title !== "string") return undefined;
  return {
    title,
    status,
    detail: text(detail),
    reason: text(reason),
    fields: Array.isArray(fields) ? fields.filter(isField) : [],
    metadata: texts(metadata),
    request_id: text(request_id),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  const pairs = Object.entries(value);
  return Object.fromEntries(pairs.filter(([, text]) => typeof text === "string"));
}

function isField(value: unknown): value is { field: string; description: string } {
  if (typeof value !== "object" || value === null) return false;
  const { field, description } = value as Record<string, unknown>;
  return typeof field === "string" && typeof description === "string";
}
