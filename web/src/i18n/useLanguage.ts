import { useTranslation } from "react-i18next";
import type ko from "./ko";

type Group = keyof typeof ko.codes;

/** The screen's language, and the words for the API's codes. */
export function useLanguage() {
  const { t, i18n } = useTranslation();
  /** A code we have no word for (a new state or reason) is shown as it is. */
  function word(group: Group, code: string | null): string {
    if (!code) return "";
    const key = `codes.${group}.${code}`;
    return i18n.exists(key) ? i18n.t(key as "common.app") : code;
  }
  /** The way out for a reason; empty when we have none to give. */
  function help(reason: string | null): string {
    const key = `codes.help.${reason}`;
    return i18n.exists(key) ? i18n.t(key as "common.app") : "";
  }
  return { t, word, help, language: i18n.language };
}
