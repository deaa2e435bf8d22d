import { describe, expect, it } from "vitest";
import { daysLeft, keyColor } from "./keyDays";

describe("the days of a key", () => {
  const end = "2026-12-13T15:00:00Z";

  it("count down to its end", () => {
    expect(daysLeft(end, Date.parse("2026-12-12T15:00:00Z"))).toBe(1);
    expect(daysLeft(end, Date.parse("2026-12-13T14:59:59Z"))).toBe(1);
    expect(daysLeft(end, Date.parse("2026-12-13T15:00:00Z"))).toBe(0);
    expect(daysLeft(end, Date.parse("2027-01-01T00:00:00Z"))).toBeLessThan(0);
  });

  it("turn orange and red as the warnings come", () => {
    expect([31, 30, 14, 7, 0].map(keyColor)).toEqual(["teal", "orange", "orange", "red", "red"]);
  });
});
