import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { setApiLanguage } from "../api/client";
import { withParticles } from "../lib/particles";
import { remember, remembered } from "../lib/storage";
import en from "./en";
import ko from "./ko";

export const LANGUAGES = ["ko", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof ko };
  }
}

// Korean unless this browser's operator asked for English.
export function startI18n() {
  i18n.on("languageChanged", apply);
  i18n.use({ type: "postProcessor", name: "particles", process: withParticles });
  return i18n.use(initReactI18next).init({
    resources: { ko: { translation: ko }, en: { translation: en } },
    lng: remembered("language") === "en" ? "en" : "ko",
    fallbackLng: "ko",
    interpolation: { escapeValue: false },
    postProcess: ["particles"],
    initAsync: false,
  });
}

export function switchLanguage(language: Language) {
  remember("language", language);
  return i18n.changeLanguage(language);
}

function apply(language: string) {
  setApiLanguage(language);
  document.documentElement.lang = language;
  document.title = i18n.t("common.app");
}
