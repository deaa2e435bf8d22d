import { describe, expect, it } from "vitest";
import { apiNames, isPeriod, since } from "./filters";

describe("a period", () => {
  const now = Date.parse("2026-11-27T12:34:56.789Z");

  it("begins at a whole minute, so that the same question is asked again", () => {
    expect(since("hour", now)).toBe("2026-11-27T11:34:00.000Z");
    expect(since("hour", now + 2_000)).toBe(since("hour", now));
    expect(since("week", now)).toBe("2026-11-20T12:34:00.000Z");
  });

  it("of everything has no beginning", () => {
    expect(since("all", now)).toBeUndefined();
  });

  it("from the address is one that we know, or none", () => {
    expect(isPeriod("day")).toBe(true);
    expect(isPeriod("fortnight")).toBe(false);
    expect(isPeriod(undefined)).toBe(false);
  });
});

describe("names of calls", () => {
  it("are those of the chosen account's channel, or all", () => {
    expect(apiNames("smartstore")).toContain("smartstore.product_orders.changes");
    expect(apiNames("smartstore").some((name) => name.startsWith("coupang."))).toBe(false);
    expect(apiNames().length).toBe(apiNames("coupang").length + apiNames("smartstore").length);
  });
});
