import { useEffect, useRef, useState } from "react";
import type { Order } from "../../api/types";
import { remember, remembered } from "../../lib/storage";

const KEY = "board.seenUpTo";

/**
 * Which orders came in since the operator last looked. A look ends when the board is left or its tab is hidden;
 * what was on the board by then counts as seen.
 */
export function useFresh(orders: Order[]) {
  const [seenUpTo, setSeenUpTo] = useState(() => readMark());
  const newest = useRef(0);
  for (const order of orders) {
    newest.current = Math.max(newest.current, Date.parse(order.received_at) || 0);
  }

  useEffect(() => {
    const leave = () => {
      if (newest.current > readMark()) remember(KEY, String(newest.current));
    };
    const onVisibility = () => {
      if (document.visibilityState === "hidden") leave();
      else setSeenUpTo(readMark());
    };
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      leave();
    };
  }, []);

  // On the very first visit everything is new, so nothing is worth pointing at.
  const isFresh = (order: Order) => seenUpTo > 0 && Date.parse(order.received_at) > seenUpTo;
  return {
    isFresh,
    count: orders.filter(isFresh).length,
    markSeen: () => {
      remember(KEY, String(newest.current));
      setSeenUpTo(newest.current);
    },
  };
}

function readMark(): number {
  return Number(remembered(KEY)) || 0;
}
