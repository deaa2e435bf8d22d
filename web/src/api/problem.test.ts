import { describe, expect, it } from "vitest";
import { ApiError, parseProblem } from "./problem";

describe("parseProblem", () => {
  it("reads a problem document and keeps its fields", () => {
    const problem = parseProblem(422, {
      title: "송장번호 형식",
      detail: "CJ대한통운은 10자리 또는 12자리입니다.",
      reason: "TRACKING_NUMBER_MALFORMED",
      fields: [{ field: "tracking_number", description: "숫자 10자리 또는 12자리" }, { field: 3 }],
      metadata: { carrier: "CJ_LOGISTICS", count: 3 },
    });
    expect(problem?.metadata).toEqual({ carrier: "CJ_LOGISTICS" });
    expect(problem).toMatchObject({ status: 422, reason: "TRACKING_NUMBER_MALFORMED" });
    expect(problem?.fields).toEqual([
      { field: "tracking_number", description: "숫자 10자리 또는 12자리" },
    ]);
  });

  it("does not take a foreign body for a problem", () => {
    expect(parseProblem(502, "<html>")).toBeUndefined();
    expect(parseProblem(502, null)).toBeUndefined();
    expect(parseProblem(502, { message: "Bad gateway" })).toBeUndefined();
  });
});

describe("ApiError", () => {
  const refusal = (status: number, reason = "X") =>
    new ApiError({
      kind: "problem",
      problem: { title: "", status, detail: "", reason, fields: [], metadata: {}, request_id: "" },
    });

  it("knows when the outcome of a write is open", () => {
    expect(refusal(422).outcomeUnknown).toBe(false);
    expect(refusal(503).outcomeUnknown).toBe(true);
    expect(refusal(409, "IDEMPOTENCY_KEY_IN_PROGRESS").outcomeUnknown).toBe(true);
    expect(new ApiError({ kind: "unreachable" }).outcomeUnknown).toBe(true);
    expect(new ApiError({ kind: "timeout" }).outcomeUnknown).toBe(true);
  });
});
