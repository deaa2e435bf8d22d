import { useTranslation } from "react-i18next";
import { ApiError, type Problem } from "../api/problem";
import type { Job } from "../api/types";
import { claimIn, koreanDigits, wrongWith } from "../lib/explain";
import { formatNumber, formatTime } from "../lib/format";
import { parkedReason } from "../lib/parked";
import { withParticles } from "../lib/particles";
import type ko from "./ko";

type Group = keyof typeof ko.codes;
type JobResult = Pick<Job, "result" | "result_code" | "result_counts">;

/** The screen's language, and the words for the API's codes. */
export function useLanguage() {
  const { t, i18n } = useTranslation();
  /** Our words for a code, looked up whole: names of streams have dots. */
  function own(group: Group, code: string, values: Record<string, string> = {}) {
    const words = i18n.getResource(i18n.language, "translation", `codes.${group}`);
    const text: unknown = Object.hasOwn(words ?? {}, code) ? words[code] : undefined;
    if (typeof text !== "string") return undefined;
    return withParticles(i18n.services.interpolator.interpolate(text, values, i18n.language, {}));
  }
  /** A code we have no word for (a new state or reason) is shown as it is. */
  function word(group: Group, code: string | null): string {
    return code ? (own(group, code) ?? code) : "";
  }
  /** The way out for a reason; empty when we have none to give. */
  function help(reason: string | null): string {
    return (reason && own("help", reason)) || "";
  }
  /** What a reason means, with the claim it is about; the service's own sentence where we know no better. */
  function about(reason: string | null, detail: string | null): string {
    const text = reason && own("about", reason);
    if (!text) return detail ?? "";
    const claim = claimIn(detail ?? "");
    return claim ? `${text} (${own("because", "claim", { id: claim })})` : text;
  }
  /** What was refused, with the values it carries; undefined when our sentence is missing one or there is none. */
  function refusal({ reason, metadata }: Problem): string | undefined {
    const values = { ...metadata };
    if (values.carrier) values.carrier = word("carrier", values.carrier);
    if (values.hold) values.hold = word("reason", values.hold);
    if (values.action) values.action = word("claimAction", values.action);
    if (values.updated_at) values.updated_at = formatTime(values.updated_at, i18n.language);
    if (values.digits && i18n.language === "ko") values.digits = koreanDigits(values.digits);
    if (values.offered) {
      const actions = values.offered.split(/,\s*/).map((code) => word("claimAction", code));
      values.offered = actions.join(", ");
    }
    if (placeholders("problem", reason).some((name) => !values[name])) return undefined;
    return own("problem", reason, values);
  }
  function placeholders(group: Group, code: string): string[] {
    const raw = i18n.getResource(i18n.language, "translation", `codes.${group}`)?.[code] ?? "";
    return [...String(raw).matchAll(/{{(\w+)}}/g)].map((match) => match[1] ?? "");
  }
  /** What a job came to; the service's own sentence where we have none for its code, or miss one of its counts. */
  function jobResult({ result, result_code, result_counts }: JobResult): string {
    // An older Moa tells none.
    const counts = Object.entries(result_counts ?? {}).map(([name, count]) => [
      name,
      formatNumber(count, i18n.language),
    ]);
    const values: Record<string, string> = Object.fromEntries(counts);
    const code = result_code ?? "";
    const missing = placeholders("jobResult", code).some((name) => !values[name]);
    return (!missing && own("jobResult", code, values)) || (result ?? "");
  }
  /** What is wrong with a field. */
  function wrong(description: string): string {
    const known = wrongWith(description);
    if (!known) return description;
    return own("wrong", known.kind, { ...known }) ?? description;
  }
  /** Why a row could not be stored; undefined for a reason that is not of a known shape. */
  function parked(reason: string): string | undefined {
    const known = parkedReason(reason);
    if (!known) return undefined;
    const { field, place, wrong } = known;
    const values: Record<string, string> = { ...wrong, field: word("parkedField", field) };
    if (values.max) values.max = formatNumber(Number(values.max), i18n.language);
    const text = own("parkedWrong", wrong.kind, values);
    const where = place && own("parkedPlace", place.of, { number: String(place.number) });
    return [where, text].filter(Boolean).join(" ");
  }
  /** A field's name: that of its last part, `credentials.access_key` is the access key. */
  function fieldName(path: string): string {
    return word("field", path.replace(/\[\d+\]/g, "").replace(/^.*\./, ""));
  }
  /** Messages by field, for forms. Empty when the error is not about fields. */
  function fieldErrors(error: unknown): Record<string, string> {
    if (!(error instanceof ApiError) || error.failure.kind !== "problem") return {};
    const { problem } = error.failure;
    const refused = problem.fields.length === 1 ? refusal(problem) : undefined;
    return Object.fromEntries(
      problem.fields.map((f) => [f.field, refused ?? wrong(f.description)]),
    );
  }
  return {
    t,
    word,
    help,
    about,
    refusal,
    jobResult,
    wrong,
    parked,
    fieldName,
    fieldErrors,
    language: i18n.language,
  };
}
