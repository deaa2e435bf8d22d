import { expect, it } from "vitest";
import { timeLeft } from "./deadline";

it("tells how much time is left, never more than there is", () => {
  const now = Date.parse("2026-11-28T00:00:00Z");
  expect(timeLeft("2026-11-27T23:59:59Z", now)).toEqual({ kind: "past" });
  expect(timeLeft("2026-11-28T00:00:00Z", now)).toEqual({ kind: "past" });
  expect(timeLeft("no time", now)).toEqual({ kind: "past" });
  expect(timeLeft("2026-11-28T00:59:59Z", now)).toEqual({ kind: "minutes", minutes: 59 });
  expect(timeLeft("2026-11-28T05:30:59Z", now)).toEqual({ kind: "hours", hours: 5, minutes: 30 });
  expect(timeLeft("2026-11-30T23:59:00Z", now)).toEqual({ kind: "days", days: 2, hours: 23 });
});
