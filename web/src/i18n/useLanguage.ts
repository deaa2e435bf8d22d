import { useTranslation } from "react-i18next";
import type ko from "./ko";

type Group = keyof typeof ko.codes;

/** The screen's language, and the words for the API's codes. */
export function useLanguage() {
  const { t, i18n } = useTranslation();
  /** A code we have no word for (a new state or reason) is shown as it is. */
  function word(group: Group, code: string): string {
    const key = `codes.${group}.${code}`;
    return i18n.exists(key) ? i18n.t(key as "common.app") : code;
  }
  return { t, word, language: i18n.language };
}
