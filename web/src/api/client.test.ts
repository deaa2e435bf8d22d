import { afterEach, describe, expect, it, vi } from "vitest";
import { call, queryString, setSessionLostHandler } from "./client";
import { ApiError } from "./problem";

function answer(status: number, body: string) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => new Response(body, { status }));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

async function failureOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  return error instanceof ApiError ? error.failure : error;
}

afterEach(() => {
  vi.unstubAllGlobals();
  setSessionLostHandler(() => {});
});

describe("call", () => {
  it("sends JSON with the key it was given", async () => {
    const fetch = answer(201, '{"id":"s1"}');
    await expect(
      call("POST", "/shipments", { body: { a: 1 }, idempotencyKey: "k" }),
    ).resolves.toEqual({ id: "s1" });
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(url).toBe("/api/v1/shipments");
    expect(init?.headers).toMatchObject({
      "Content-Type": "application/json",
      "Idempotency-Key": "k",
    });
  });

  it("turns a refusal into its problem document", async () => {
    answer(409, '{"title":"이미 발송","reason":"LINE_ALREADY_SHIPPED"}');
    expect(await failureOf(call("POST", "/shipments"))).toMatchObject({
      kind: "problem",
      problem: { reason: "LINE_ALREADY_SHIPPED", status: 409 },
    });
  });

  it("says when the answer is not ours", async () => {
    answer(502, "<html>Bad gateway</html>");
    expect(await failureOf(call("GET", "/orders"))).toEqual({ kind: "unexpected", status: 502 });
    answer(200, "<html>a captive portal</html>");
    expect(await failureOf(call("GET", "/orders"))).toEqual({ kind: "unexpected", status: 200 });
  });

  it("says when nothing answered", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect(await failureOf(call("GET", "/orders"))).toEqual({ kind: "unreachable" });
  });

  it("reports a lost session, but not refused credentials", async () => {
    const lost = vi.fn();
    setSessionLostHandler(lost);
    answer(401, '{"title":"x","reason":"CREDENTIALS_REFUSED"}');
    await failureOf(call("POST", "/session"));
    expect(lost).not.toHaveBeenCalled();
    answer(401, '{"title":"x","reason":"SESSION_REQUIRED"}');
    await failureOf(call("GET", "/orders"));
    expect(lost).toHaveBeenCalledOnce();
  });

  it("leaves the caller's own abort an abort", async () => {
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => Promise.reject(init.signal?.reason));
    const abort = new AbortController();
    abort.abort();
    expect(await failureOf(call("GET", "/orders", { signal: abort.signal }))).toBeInstanceOf(
      DOMException,
    );
  });
});

describe("queryString", () => {
  it("leaves out what is not set and encodes the rest", () => {
    expect(queryString({ q: "키링 A&B", state: "", channel: undefined, page_size: 50 })).toBe(
      "?q=%ED%82%A4%EB%A7%81+A%26B&page_size=50",
    );
    expect(queryString()).toBe("");
  });
});
