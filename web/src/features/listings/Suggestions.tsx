import { Button, Group, Text, Tooltip } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { Listing } from "../../api/types";
import { useLanguage } from "../../i18n/useLanguage";
import { useMay } from "../session/useMay";
import { useAskToMap } from "./MapQuestion";
import { accepting, partOf, type useListingActions } from "./useListingActions";

interface Props {
  listing: Listing;
  actions: ReturnType<typeof useListingActions>;
}

/** Which of our variants it may be; a click asks whether it is that one. */
export function Suggestions({ listing, actions }: Props) {
  const { t, word } = useLanguage();
  const may = useMay();
  const ask = useAskToMap();
  if (listing.suggestions.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("listings.noSuggestion")}
      </Text>
    );
  }
  return (
    <Group gap={6}>
      {listing.suggestions.map((suggestion) => {
        const exact = suggestion.reason !== "NAME";
        const why = word("suggestionReason", suggestion.reason);
        return (
          <Tooltip
            key={suggestion.variant_id}
            label={`${why} · ${suggestion.sku} · ${t("listings.score", { score: suggestion.score })}`}
          >
            <Button
              size="compact-sm"
              variant={exact ? "light" : "default"}
              fw={500}
              maw={280}
              leftSection={<IconPlus size={12} aria-hidden />}
              disabled={!may.operate || actions.map.isPending}
              aria-label={t("listings.acceptOne", { name: suggestion.name })}
              onClick={() =>
                ask([{ listing, parts: [partOf(suggestion)] }], () =>
                  actions.map.mutate(accepting(listing, suggestion)),
                )
              }
            >
              <Text span size="sm" truncate>
                {suggestion.name}
              </Text>
              {!exact && (
                <Text span size="xs" c="dimmed" ml={4} className="numeric">
                  {suggestion.score}%
                </Text>
              )}
            </Button>
          </Tooltip>
        );
      })}
    </Group>
  );
}
