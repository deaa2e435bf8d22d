import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { listingHistoryQuery } from "../../api/queries";
import type { ListingHistory } from "../../api/types";
import { Loading } from "../../components/Blank";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { Changes } from "./Changes";
import { Contents } from "./Contents";

interface Entry {
  key: string;
  at: string;
  who: string;
  what: ReactNode;
}

/** Who mapped it to what, and how the channel renamed it, as one story; the newest first. */
export function History({ listingId }: { listingId: string }) {
  const { t, word } = useLanguage();
  const history = useQuery(listingHistoryQuery(listingId));
  if (history.isPending) return <Loading py={12} />;
  if (!history.data)
    return <ProblemAlert error={history.error} onRetry={() => history.refetch()} />;
  const entries = [...mapped(history.data), ...renamed(history.data)];
  if (entries.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("listings.noHistory")}
      </Text>
    );
  }
  entries.sort((a, b) => b.at.localeCompare(a.at));
  return (
    <Stack gap="sm">
      {entries.map((entry) => (
        <div key={entry.key}>
          <Group gap={6}>
            <When at={entry.at} size="xs" c="dimmed" />
            <Text size="xs" c="dimmed">
              {entry.who}
            </Text>
          </Group>
          {entry.what}
        </div>
      ))}
    </Stack>
  );

  function mapped({ mappings }: ListingHistory): Entry[] {
    return mappings.map((record) => ({
      key: String(record.version),
      at: record.mapped_at,
      who: record.mapped_by ?? "",
      what:
        record.components.length > 0 ? (
          <Contents items={record.components} />
        ) : (
          <Text size="sm">{t("listings.wasUnmapped")}</Text>
        ),
    }));
  }

  function renamed({ changes }: ListingHistory): Entry[] {
    return changes.map((change) => ({
      key: change.id,
      at: change.seen_at,
      who: [
        word("listingPlace", change.place),
        change.acknowledged_by && t("listings.acknowledgedBy", { name: change.acknowledged_by }),
      ]
        .filter(Boolean)
        .join(" · "),
      what: <Changes changes={[change]} />,
    }));
  }
}
