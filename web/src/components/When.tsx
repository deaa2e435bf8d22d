import { Text, type TextProps, Tooltip } from "@mantine/core";
import { useLanguage } from "../i18n/useLanguage";
import { useNow } from "../lib/clock";
import { formatExact, formatRelative, formatTime } from "../lib/format";

interface Props extends TextProps {
  at: string | null | undefined;
  relative?: boolean;
  /** With seconds, for evidence. */
  exact?: boolean;
}

/** A moment in Korean time (or how long ago), the exact one on hover. */
export function When({ at, relative = false, exact = false, ...text }: Props) {
  const { t, language } = useLanguage();
  const now = useNow();
  if (!at) return <Text {...text}>{t("common.none")}</Text>;
  let shown = formatTime(at, language, now);
  if (relative) shown = formatRelative(at, language, now);
  if (exact) shown = formatExact(at, language);
  return (
    <Tooltip label={formatExact(at, language)}>
      <Text component="time" dateTime={at} className="numeric" {...text}>
        {shown}
      </Text>
    </Tooltip>
  );
}
