import { ApiError, parseProblem } from "./problem";
import type { ApiPath } from "./types";

const TIMEOUT_MS = 20_000;

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type Query = Record<string, string | number | boolean | undefined>;

interface Options {
  query?: Query;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

let language = "ko";
let onSessionLost = () => {};

/** Texts that the gateway writes (timeline, problems) come in this language. */
export function setApiLanguage(value: string) {
  language = value;
}

/** Called when the gateway no longer knows our session. */
export function setSessionLostHandler(handler: () => void) {
  onSessionLost = handler;
}

export async function call<T>(method: Method, path: ApiPath, options: Options = {}): Promise<T> {
  const response = await send(method, `/api/v1${path}${queryString(options.query)}`, options);
  if (response.status === 204) return undefined as T;
  const body = await readJson(response, options.signal);
  if (response.ok && body !== undefined) return body as T;
  const problem = parseProblem(response.status, body);
  if (problem?.reason === "SESSION_REQUIRED") onSessionLost();
  throw new ApiError(
    problem ? { kind: "problem", problem } : { kind: "unexpected", status: response.status },
  );
}

async function send(method: string, url: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    "Accept-Language": language,
  };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    });
  } catch (cause) {
    throw transportError(cause, options.signal);
  }
}

async function readJson(response: Response, signal?: AbortSignal): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    throw transportError(cause, signal);
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The caller's own abort stays an abort; everything else becomes a failure that can be shown. */
function transportError(cause: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return cause;
  const timedOut = cause instanceof DOMException && cause.name === "TimeoutError";
  return new ApiError({ kind: timedOut ? "timeout" : "unreachable" });
}

export function queryString(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}
