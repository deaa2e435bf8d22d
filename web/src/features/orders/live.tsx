import { Badge, Tooltip } from "@mantine/core";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { useLanguage } from "../../i18n/useLanguage";

const STREAM = "/api/v1/orders/stream";
const REOPEN_MS = 10_000;
const GATHER_MS = 400;

const LiveContext = createContext(false);

/** How often the board asks by itself: only while the stream is down. */
export function usePollInterval(): number | false {
  return useContext(LiveContext) ? false : 5_000;
}

/** Follows the gateway's stream of changed orders and refetches what is on the screen. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [live, setLive] = useState(false);
  useEffect(() => follow(queryClient, setLive), [queryClient]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

function follow(queryClient: QueryClient, setLive: (live: boolean) => void): () => void {
  let source: EventSource | undefined;
  let reopen: ReturnType<typeof setTimeout> | undefined;
  let gather: ReturnType<typeof setTimeout> | undefined;
  const changed = new Set<string>();

  // Many orders change at once; one refetch serves them all.
  const flush = () => {
    gather = undefined;
    queryClient.invalidateQueries({ queryKey: ["orders"] });
    for (const id of changed) queryClient.invalidateQueries({ queryKey: ["order", id] });
    changed.clear();
  };
  const open = () => {
    source = new EventSource(STREAM);
    source.onopen = () => {
      setLive(true);
      // What changed while the stream was down was not told.
      queryClient.invalidateQueries({ queryKey: ["orders"] });
      queryClient.invalidateQueries({ queryKey: ["order"] });
    };
    source.onerror = () => {
      setLive(false);
      // The browser reopens a broken stream by itself, but gives up on a refused one.
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(reopen);
      reopen = setTimeout(open, REOPEN_MS);
    };
    source.addEventListener("orders", (event) => {
      for (const id of orderIds(event.data)) changed.add(id);
      gather ??= setTimeout(flush, GATHER_MS);
    });
  };
  open();
  return () => {
    source?.close();
    clearTimeout(reopen);
    clearTimeout(gather);
  };
}

function orderIds(data: string): string[] {
  try {
    const ids: unknown = JSON.parse(data).order_ids;
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export function LiveBadge() {
  const { t } = useLanguage();
  const live = useContext(LiveContext);
  return (
    <Tooltip
      label={live ? t("common.live.liveHint") : t("common.live.pollingHint")}
      multiline
      maw={280}
    >
      <Badge
        variant="dot"
        color={live ? "teal" : "orange"}
        tt="none"
        fw={500}
        role="status"
        miw="fit-content"
      >
        {live ? t("common.live.live") : t("common.live.polling")}
      </Badge>
    </Tooltip>
  );
}
