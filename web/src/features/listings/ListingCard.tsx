import { Group, Text } from "@mantine/core";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { Choice, ListingVariants, OpenButton } from "./ListingCells";
import { ListingName } from "./ListingName";
import type { ListingProps } from "./ListingRow";
import { useListingActions } from "./useListingActions";

/** The same where a table would squeeze its columns. */
export function ListingCard({ listing, chosen, onChoose, onOpen }: ListingProps) {
  const { t } = useLanguage();
  const actions = useListingActions();
  const error = actions.map.error ?? actions.acknowledge.error;
  return (
    <li>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Choice listing={listing} chosen={chosen} onChoose={onChoose} />
        <div style={{ minWidth: 0 }}>
          <ListingName listing={listing} />
        </div>
      </Group>
      <ListingVariants listing={listing} actions={actions} />
      {error && <ProblemAlert error={error} />}
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed" component="div">
          {t("listings.column.firstSeen")} <When at={listing.first_seen_at} size="xs" span />
        </Text>
        <OpenButton listing={listing} onOpen={onOpen} />
      </Group>
    </li>
  );
}
