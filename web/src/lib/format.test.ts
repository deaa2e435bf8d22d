import { describe, expect, it } from "vitest";
import { formatExact, formatMoney, formatRelative, formatTime } from "./format";

const now = Date.parse("2026-11-20T05:00:00Z");

describe("formatMoney", () => {
  it("writes won as Koreans do", () => {
    expect(formatMoney({ amount_minor: 19000, currency: "KRW" }, "ko")).toBe("19,000원");
    expect(formatMoney({ amount_minor: 19000, currency: "KRW" }, "en")).toBe("₩19,000");
  });

  it("knows the minor unit of other currencies", () => {
    expect(formatMoney({ amount_minor: 1950, currency: "USD" }, "en")).toBe("$19.50");
  });

  it("shows a dash when the channel gave no amount", () => {
    expect(formatMoney(null, "ko")).toBe("–");
  });
});

describe("formatTime", () => {
  it("shows the time in Korea", () => {
    expect(formatTime("2026-11-20T05:03:00Z", "ko", now)).toBe("11. 20. 14:03");
    expect(formatTime("2026-11-19T15:30:00Z", "en", now)).toBe("Nov 20, 00:30");
  });

  it("adds the year when it is another one in Korea", () => {
    expect(formatTime("2025-12-31T14:59:00Z", "ko", now)).toContain("2025");
    expect(formatTime("2025-12-31T15:00:00Z", "ko", now)).not.toContain("2025");
  });

  it("does not show an unreadable time as a time", () => {
    expect(formatTime("never", "ko", now)).toBe("–");
  });
});

it("formatExact names the zone", () => {
  expect(formatExact("2026-11-20T05:03:09Z", "ko")).toMatch(/14:03:09 KST$/);
});

describe("formatRelative", () => {
  it("speaks both languages and both directions", () => {
    expect(formatRelative("2026-11-20T04:57:00Z", "ko", now)).toBe("3분 전");
    expect(formatRelative("2026-11-20T07:00:00Z", "en", now)).toBe("in 2 hours");
    expect(formatRelative("2026-11-19T05:00:00Z", "ko", now)).toBe("어제");
    expect(formatRelative("2026-11-20T04:59:40Z", "ko", now)).toBe("지금");
  });
});
