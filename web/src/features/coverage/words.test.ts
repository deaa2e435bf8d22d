import { describe, expect, it } from "vitest";
import { parseKoreanTime, percentRead } from "./words";

describe("a time as the channel's screen shows it", () => {
  it("is Korean time", () => {
    expect(parseKoreanTime("2026-11-27 14:05")).toBe("2026-11-27T05:05:00.000Z");
    expect(parseKoreanTime(" 2026.11.27 00:30:59 ")).toBe("2026-11-26T15:30:00.000Z");
  });

  it("is refused when there is no such moment", () => {
    for (const text of ["", "어제", "2026-02-31 10:00", "2026-11-27 24:00", "2026-11-27"]) {
      expect(parseKoreanTime(text), text).toBeNull();
    }
  });
});

describe("the past", () => {
  const past = (reached_at: string) => ({
    began_from: "2026-10-01T00:00:00Z",
    reached_at,
    until: "2026-10-11T00:00:00Z",
  });

  it("is shown in whole percent and never as done before it is", () => {
    expect(percentRead(past("2026-10-01T00:00:00Z"))).toBe(0);
    expect(percentRead(past("2026-10-06T12:00:00Z"))).toBe(55);
    expect(percentRead(past("2026-10-10T23:59:59Z"))).toBe(99);
    expect(percentRead({ ...past("2026-10-01T00:00:00Z"), until: "2026-10-01T00:00:00Z" })).toBe(0);
  });
});
