import { Badge, Group, type MantineColor, Stack, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { affectedLinesQuery } from "../../api/queries";
import type { AffectedLine } from "../../api/types";
import { Loading } from "../../components/Blank";
import { AnchorLink } from "../../components/links";
import { Pager, usePages } from "../../components/Pager";
import { ProblemAlert } from "../../components/ProblemAlert";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { Contents } from "./Contents";

const COLORS: Record<string, MantineColor> = {
  FOLLOWS: "teal",
  PACKED: "orange",
  LEFT: "red",
  GRANTED: "red",
};

const TODO = {
  PACKED: "listings.todo.PACKED",
  LEFT: "listings.todo.LEFT",
  GRANTED: "listings.todo.GRANTED",
} as const;

/** Orders that wait and follow the mapping that holds, and those that were packed or granted under another one. */
export function AffectedOrders({ listingId }: { listingId: string }) {
  const { t } = useLanguage();
  const [needsPerson, setNeedsPerson] = useState(false);
  const pages = usePages(String(needsPerson));
  const affected = useQuery(
    affectedLinesQuery(listingId, {
      needs_person: needsPerson ? true : undefined,
      page_size: 20,
      page_token: pages.token,
    }),
  );
  const lines = affected.data?.lines ?? [];
  return (
    <Stack gap="xs">
      <Switch
        size="xs"
        label={t("listings.needsPerson")}
        checked={needsPerson}
        onChange={(event) => setNeedsPerson(event.currentTarget.checked)}
      />
      {affected.isPending && <Loading py={12} />}
      {affected.error && <ProblemAlert error={affected.error} onRetry={() => affected.refetch()} />}
      {affected.data && lines.length === 0 && (
        <Text size="sm" c="dimmed">
          {needsPerson ? t("listings.noneNeedsPerson") : t("listings.noneAffected")}
        </Text>
      )}
      {lines.map((line) => (
        <Line key={line.line_id} line={line} />
      ))}
      <Pager pages={pages} nextToken={affected.data?.next_page_token} />
    </Stack>
  );
}

function Line({ line }: { line: AffectedLine }) {
  const { t, word } = useLanguage();
  const todo = TODO[line.standing as keyof typeof TODO];
  return (
    <div>
      <Group gap="sm">
        <AnchorLink to="/orders/$id" params={{ id: line.order_id }} size="sm" className="numeric">
          {line.channel_order_id}
        </AnchorLink>
        <Badge
          variant="light"
          color={COLORS[line.standing] ?? "gray"}
          tt="none"
          fw={600}
          miw="fit-content"
        >
          {word("affectedStanding", line.standing)}
        </Badge>
        <Text size="sm">{t("shipping.units", { count: line.quantity })}</Text>
        <When at={line.ordered_at} size="xs" c="dimmed" />
      </Group>
      {line.tracking_number && (
        <Text size="xs" c="dimmed" className="numeric">
          {[line.carrier && word("carrier", line.carrier), line.tracking_number].join(" ")}
        </Text>
      )}
      <Contents items={line.contents} />
      {todo && (
        <Text size="xs" c="dimmed">
          {t(todo)}
        </Text>
      )}
    </div>
  );
}
