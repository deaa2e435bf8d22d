import { SegmentedControl } from "@mantine/core";
import { LANGUAGES, type Language, switchLanguage } from "../i18n";
import { useLanguage } from "../i18n/useLanguage";

export function LanguageSwitch() {
  const { t, language } = useLanguage();
  const names: Record<Language, string> = { ko: t("common.korean"), en: t("common.english") };
  return (
    <SegmentedControl
      size="xs"
      aria-label={t("common.language")}
      value={language}
      onChange={(value) => switchLanguage(value as Language)}
      data={LANGUAGES.map((value) => ({ value, label: names[value] }))}
    />
  );
}
