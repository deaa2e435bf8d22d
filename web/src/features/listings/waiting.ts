import type { AffectedLines, ListingComponent } from "../../api/types";

export interface Waiting {
  /** Different orders that would go on. */
  orders: number;
  /** There are more than were counted. */
  more: boolean;
  /** Every answer is here. */
  known: boolean;
  failed: boolean;
}

/** How many orders wait for listings; per listing its affected lines, undefined until they came, null when they did not. */
export function waitingOrders(answers: (AffectedLines | undefined | null)[]): Waiting {
  const lines = answers.flatMap((answer) => answer?.lines ?? []);
  const follow = lines.filter((line) => line.standing === "FOLLOWS");
  return {
    orders: new Set(follow.map((line) => line.order_id)).size,
    more: answers.some((answer) => answer?.next_page_token),
    known: answers.every(Boolean),
    failed: answers.some((answer) => answer === null),
  };
}

interface OfParts {
  parts: Pick<ListingComponent, "kind">[];
}

/** Whether a part of it is digital: Moa delivers that by itself, as a link. */
export function goesAsLink(mapping: OfParts | undefined): boolean {
  return mapping?.parts.some((part) => part.kind === "DIGITAL") ?? false;
}

/** Whether there is nothing to pack, so that the channel is told of the dispatch with the link. */
export function goesWithoutParcel({ parts }: OfParts): boolean {
  return parts.every((part) => part.kind === "DIGITAL");
}
