import { describe, expect, it } from "vitest";
import type { AffectedLines } from "../../api/types";
import { goesAsLink, goesWithoutParcel, waitingOrders } from "./waiting";

function lines(next_page_token: string, ...orders: [string, string][]): AffectedLines {
  const all = orders.map(([order_id, standing]) => ({ order_id, standing }));
  return { lines: all, next_page_token } as AffectedLines;
}

describe("the orders that a mapping lets go on", () => {
  it("are counted once each, without those that were packed or left", () => {
    const answer = lines("", ["a", "FOLLOWS"], ["a", "FOLLOWS"], ["b", "PACKED"], ["c", "LEFT"]);
    expect(waitingOrders([answer])).toMatchObject({ orders: 1, more: false, known: true });
  });

  it("are counted over several listings", () => {
    const answers = [
      lines("", ["a", "FOLLOWS"]),
      lines("next", ["a", "FOLLOWS"], ["b", "FOLLOWS"]),
    ];
    expect(waitingOrders(answers)).toMatchObject({ orders: 2, more: true, known: true });
  });

  it("are not known until every answer came", () => {
    expect(waitingOrders([lines(""), undefined])).toMatchObject({ known: false, failed: false });
    expect(waitingOrders([lines(""), null])).toMatchObject({ known: false, failed: true });
  });
});

describe("what leaves as a link", () => {
  it("is whatever has a digital part", () => {
    expect(goesAsLink({ parts: [{ kind: "PHYSICAL" }, { kind: "DIGITAL" }] })).toBe(true);
    expect(goesAsLink({ parts: [{ kind: "PHYSICAL" }] })).toBe(false);
  });

  it("is all there is only without a physical part", () => {
    expect(goesWithoutParcel({ parts: [{ kind: "PHYSICAL" }, { kind: "DIGITAL" }] })).toBe(false);
    expect(goesWithoutParcel({ parts: [{ kind: "DIGITAL" }] })).toBe(true);
  });
});
