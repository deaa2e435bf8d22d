import type { Money } from "../api/types";

const ZONE = "Asia/Seoul";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "19,000원" in Korean, "₩19,000" in English; other currencies as their country writes them. */
export function formatMoney(money: Money | null | undefined, language: string): string {
  if (!money) return "–";
  if (money.currency === "KRW" && language === "ko") {
    return `${new Intl.NumberFormat("ko").format(money.amount_minor)}원`;
  }
  const format = new Intl.NumberFormat(language, { style: "currency", currency: money.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(money.amount_minor / 10 ** digits);
}

export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** Calls a second, to a hundredth: "0.97". */
export function formatRate(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
}

/** A pause: "2초", "15분". */
export function formatPause(seconds: number, language: string): string {
  const inMinutes = seconds >= 120 && seconds % 60 === 0;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: inMinutes ? "minute" : "second",
    unitDisplay: language === "ko" ? "short" : "narrow",
    maximumFractionDigits: 1,
  }).format(inMinutes ? seconds / 60 : seconds);
}

/** Date and time in Korea, to the minute: "11. 20. 14:03". The year shows only when it is not this one. */
export function formatTime(at: string, language: string, now = Date.now()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "–";
  return new Intl.DateTimeFormat(language, {
    timeZone: ZONE,
    ...(yearOf(date) === yearOf(new Date(now)) ? {} : { year: "numeric" }),
    month: language === "ko" ? "numeric" : "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(date);
}

/** The whole moment with seconds, for tooltips and evidence. */
export function formatExact(at: string, language: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const text = new Intl.DateTimeFormat(language, {
    timeZone: ZONE,
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
  }).format(date);
  return `${text} KST`;
}

/** "3분 전", "2시간 후". */
export function formatRelative(at: string, language: string, now: number): string {
  const time = new Date(at).getTime();
  if (Number.isNaN(time)) return "–";
  const difference = time - now;
  const size = Math.abs(difference);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (size < MINUTE) return format.format(0, "second");
  if (size < HOUR) return format.format(Math.trunc(difference / MINUTE), "minute");
  if (size < DAY) return format.format(Math.trunc(difference / HOUR), "hour");
  return format.format(Math.trunc(difference / DAY), "day");
}

function yearOf(date: Date): string {
  return new Intl.DateTimeFormat("en", { timeZone: ZONE, year: "numeric" }).format(date);
}
