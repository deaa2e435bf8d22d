import { Button, Text } from "@mantine/core";
import { ORDER_STATES } from "../../api/codes";
import type { OrderSummary } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { formatNumber } from "../../lib/format";

interface Props {
  summary: OrderSummary | undefined;
  state: string | undefined;
  onChange: (state: string | undefined) => void;
}

/** One button per order state with how many orders are in it. */
export function StateChips({ summary, state, onChange }: Props) {
  const { t, word, language } = useLanguage();
  const counts = summary?.by_state;
  const total = counts && Object.values(counts).reduce((sum, n) => sum + n, 0);
  // States that this version has no name for yet still count and can be chosen.
  const known: readonly string[] = ORDER_STATES;
  const more = Object.keys(counts ?? {}).filter((code) => !known.includes(code));
  const chips: { code: string | undefined; label: string; count: number | undefined }[] = [
    { code: undefined, label: t("common.all"), count: total },
    ...[...known, ...more].map((code) => ({
      code,
      label: word("orderState", code),
      count: counts && (counts[code] ?? 0),
    })),
  ];
  return (
    <fieldset
      className="chips"
      aria-label={t("orders.stateFilter")}
      style={{ border: 0, margin: "0 0 8px", padding: "2px 2px 4px", minWidth: 0 }}
    >
      {chips.map((chip) => (
        <Button
          key={chip.label}
          size="xs"
          radius="xl"
          flex="none"
          variant={chip.code === state ? "filled" : "default"}
          aria-pressed={chip.code === state}
          onClick={() => onChange(chip.code)}
          rightSection={
            chip.count === undefined ? undefined : (
              <Text span size="xs" className="numeric" opacity={chip.count ? 0.85 : 0.45}>
                {formatNumber(chip.count, language)}
              </Text>
            )
          }
        >
          {chip.label}
        </Button>
      ))}
    </fieldset>
  );
}
