import { describe, expect, it } from "vitest";
import { parkedReason } from "./parked";

describe("why a row was parked", () => {
  it("is told apart by what is wrong with which field", () => {
    expect(parkedReason("shippingCount: is no quantity")).toEqual({
      field: "shippingCount",
      wrong: { kind: "quantity" },
    });
    expect(parkedReason("orderItems[0].orderPrice: is no amount of won")).toEqual({
      field: "orderPrice",
      wrong: { kind: "amount" },
    });
    expect(
      parkedReason("ordered_at is missing, or no time between the years 1678 and 2262"),
    ).toEqual({ field: "ordered_at", wrong: { kind: "time" } });
    expect(parkedReason("asked_at is missing or no time")?.wrong).toEqual({ kind: "time" });
    expect(parkedReason("orderId is missing")?.wrong).toEqual({ kind: "missing" });
    expect(parkedReason("lines must be 1 to 100")?.wrong).toEqual({
      kind: "between",
      min: "1",
      max: "100",
    });
  });

  it("names the line or message that it is in", () => {
    expect(parkedReason("lines[1].product_name must have at most 2000 characters")).toEqual({
      field: "product_name",
      place: { of: "lines", number: 2 },
      wrong: { kind: "long", max: "2000" },
    });
  });

  it("stays as it is said where its shape is not known", () => {
    expect(parkedReason("body: is neither an object nor an array")).toBeUndefined();
    expect(parkedReason("something else")).toBeUndefined();
    expect(parkedReason("")).toBeUndefined();
  });
});
