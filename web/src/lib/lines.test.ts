import { describe, expect, it } from "vitest";
import type { Order, OrderLine, Shipment } from "../api/types";
import { canShip, sharesShipping, shippingFee, summarize, unitsLeft } from "./lines";

const WON = { amount_minor: 19000, currency: "KRW" };

function amounts(shipping_group: string | null = null): OrderLine["amounts"] {
  return {
    paid: WON,
    discount: null,
    discount_by_merchant: null,
    discount_by_channel: null,
    shipping_fee: shipping_group === null ? null : WON,
    shipping_group,
    expected_settlement: null,
  };
}

function line(over: Partial<OrderLine> = {}): OrderLine {
  return {
    id: "l1",
    channel_line_id: "1",
    channel_parcel_id: "p1",
    channel_listing_id: "v1",
    product_name: "머그컵",
    option_name: "흰색",
    sku_code: "MUG-W",
    quantity: 3,
    cancelled_quantity: 0,
    held_quantity: 0,
    unit_price: WON,
    line_total: WON,
    amounts: amounts(),
    state: "ACKNOWLEDGED",
    kind: "PHYSICAL",
    tracking_number: "",
    ...over,
  };
}

function shipment(state: Shipment["state"], quantity: number): Shipment {
  return {
    id: "s1",
    version: 1,
    state,
    carrier: "CJ_LOGISTICS",
    tracking_number: "680405450931",
    lines: [{ order_id: "o1", line_id: "l1", quantity, channel_parcel_id: "p1", contents: [] }],
    hold: null,
    created_at: "2026-11-20T05:00:00Z",
    dispatched_at: null,
    order_ids: ["o1"],
  };
}

function order(lines: OrderLine[], shipment_state: Order["shipment_state"] = null): Order {
  return {
    id: "o1",
    channel: "coupang",
    channel_account_id: "a1",
    channel_order_id: "30001",
    state: "ACKNOWLEDGED",
    ordered_at: "2026-11-20T05:00:00Z",
    paid_at: null,
    received_at: "2026-11-20T05:00:01Z",
    version: 1,
    total: WON,
    hold: null,
    shipment_state,
    lines,
  };
}

describe("unitsLeft", () => {
  it("takes off what is cancelled and what is packed", () => {
    expect(unitsLeft(line({ cancelled_quantity: 1 }), [shipment("READY", 1)])).toBe(1);
  });

  it("gives units of a cancelled shipment back", () => {
    expect(unitsLeft(line(), [shipment("CANCELLED", 3)])).toBe(3);
  });

  it("is zero once the line has left or was cancelled", () => {
    expect(unitsLeft(line({ state: "DISPATCHED" }), [])).toBe(0);
    expect(unitsLeft(line({ state: "CANCELLED" }), [])).toBe(0);
  });
});

describe("canShip", () => {
  it("needs a physical line that is not packed", () => {
    expect(canShip(order([line()]))).toBe(true);
    expect(canShip(order([line({ kind: null })]))).toBe(true);
    expect(canShip(order([line({ kind: "DIGITAL" })]))).toBe(false);
  });

  it("waits while a shipment is open, but offers the rest once one has left", () => {
    expect(canShip(order([line()], "READY"))).toBe(false);
    expect(canShip(order([line()], "HELD"))).toBe(false);
    expect(canShip(order([line({ state: "DISPATCHED" }), line()], "DISPATCHED"))).toBe(true);
    expect(canShip(order([line({ state: "DISPATCHED" })], "DISPATCHED"))).toBe(false);
  });
});

it("summarize counts lines and units", () => {
  const summary = summarize(order([line(), line({ id: "l2", quantity: 2 })]));
  expect(summary).toMatchObject({ name: "머그컵", more: 1, quantity: 5, digital: false });
  expect(summarize(order([]))).toMatchObject({ name: "", more: 0, digital: false });
});

it("a fee is shown at the first line that it is paid for", () => {
  const lines = ["p1", "p2", "p1", null, null].map((group) => line({ amounts: amounts(group) }));
  const shared = lines.map((one) => sharesShipping(lines, one));
  expect(shared).toEqual([false, false, true, false, false]);
});

it("the shipping fee is what the total has beyond the lines", () => {
  const lines = [line(), line({ id: "l2" })];
  const total = (amount_minor: number) => ({ total: { ...WON, amount_minor }, lines });
  expect(shippingFee(total(41000))).toEqual({ amount_minor: 3000, currency: "KRW" });
  expect(shippingFee(total(38000))).toBeNull();
});
