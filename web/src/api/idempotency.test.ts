import { describe, expect, it } from "vitest";
import { IdempotencyKeys, newKey } from "./idempotency";
import { ApiError } from "./problem";

const unreachable = new ApiError({ kind: "unreachable" });
const refused = new ApiError({
  kind: "problem",
  problem: {
    title: "",
    status: 422,
    detail: "",
    reason: "X",
    fields: [],
    metadata: {},
    request_id: "",
  },
});

async function tryWith(keys: IdempotencyKeys, body: unknown, error?: ApiError): Promise<string> {
  let used = "";
  await keys
    .run(body, async (key) => {
      used = key;
      if (error) throw error;
    })
    .catch(() => {});
  return used;
}

describe("IdempotencyKeys", () => {
  it("repeats the key while the outcome is unknown", async () => {
    const keys = new IdempotencyKeys();
    const first = await tryWith(keys, { a: 1 }, unreachable);
    expect(await tryWith(keys, { a: 1 })).toBe(first);
  });

  it("takes a new key for another body", async () => {
    const keys = new IdempotencyKeys();
    const first = await tryWith(keys, { a: 1 }, unreachable);
    expect(await tryWith(keys, { a: 2 })).not.toBe(first);
  });

  it("takes a new key after a refusal and after success", async () => {
    const keys = new IdempotencyKeys();
    const first = await tryWith(keys, { a: 1 }, refused);
    const second = await tryWith(keys, { a: 1 });
    const third = await tryWith(keys, { a: 1 });
    expect(new Set([first, second, third]).size).toBe(3);
  });
});

it("newKey gives 128 bits as hex", () => {
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
});
