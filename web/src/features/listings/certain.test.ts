import { describe, expect, it } from "vitest";
import type { Listing } from "../../api/types";
import { certain } from "./useListingActions";

function listing(...reasons: string[]): Listing {
  return { suggestions: reasons.map((reason, i) => ({ reason, variant_id: `v${i}` })) } as Listing;
}

describe("what may be accepted with others at once", () => {
  it("is the only variant with an equal code", () => {
    expect(certain(listing("SKU", "NAME"))?.variant_id).toBe("v0");
    expect(certain(listing("BARCODE"))?.variant_id).toBe("v0");
  });

  it("is nothing when names are merely alike, or two codes are equal", () => {
    expect(certain(listing("NAME", "NAME"))).toBeUndefined();
    expect(certain(listing("SKU", "BARCODE"))).toBeUndefined();
    expect(certain(listing())).toBeUndefined();
  });
});
