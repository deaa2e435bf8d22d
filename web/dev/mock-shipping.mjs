// The mock's shipments: a tracking number ending in 9 is held, one ending in 8 is already taken.
import { Refusal } from "./mock-refusal.mjs";

const LENGTHS = {
  CJ_LOGISTICS: [10, 12],
  LOTTE: [10, 12, 13],
  HANJIN: [10, 12],
  KOREA_POST: [13],
  LOGEN: [10, 11],
};

export function createShipment(world, { order_id, lines, carrier, tracking_number }) {
  const lengths = LENGTHS[carrier];
  if (!/^\d+$/.test(tracking_number) || (lengths && !lengths.includes(tracking_number.length))) {
    const digits = lengths?.join(" or ") ?? "1 to 30";
    const sentence = `a tracking number of ${carrier} has ${digits} digits; only digits, hyphens and spaces are allowed`;
    throw new Refusal(
      400,
      "TRACKING_NUMBER_MALFORMED",
      "운송장 번호 형식이 올바르지 않습니다",
      sentence,
      [{ field: "tracking_number", description: sentence }],
      { carrier, digits },
    );
  }
  const order = world.orders.find((each) => each.id === order_id);
  if (tracking_number.endsWith("8")) {
    throw new Refusal(
      409,
      "LINE_ALREADY_SHIPPED",
      "이미 송장이 입력된 상품입니다",
      "이 상품은 CJ대한통운 680405450931로 포장되었습니다. 바꾸려면 그 배송을 먼저 취소하세요.",
    );
  }
  const shipment = {
    id: `s${world.shipments.length + 1}`,
    version: 1,
    state: "READY",
    carrier,
    tracking_number,
    lines: lines.map(({ line_id, quantity }) => ({
      order_id,
      line_id,
      quantity,
      channel_parcel_id: order.lines.find((l) => l.id === line_id).channel_parcel_id,
      contents: [],
    })),
    hold: null,
    created_at: new Date().toISOString(),
    dispatched_at: null,
    order_ids: [order_id],
  };
  world.shipments.unshift(shipment);
  order.shipment_state = "READY";
  return shipment;
}

export function dispatchShipment(world, shipment, told) {
  const order = world.orders.find((each) => each.id === shipment.order_ids[0]);
  shipment.state = order.shipment_state = "DISPATCHING";
  shipment.hold = null;
  told(order.id);
  setTimeout(() => {
    const held = shipment.tracking_number.endsWith("9");
    shipment.state = order.shipment_state = held ? "HELD" : "DISPATCHED";
    if (held) {
      shipment.hold = {
        reason: "ORDER_CANCELLED",
        detail: "claim 365000011 cancelled more than the parcel's detail shows",
      };
    } else {
      shipment.dispatched_at = new Date().toISOString();
      order.state = "DISPATCHED";
      for (const line of order.lines)
        Object.assign(line, { state: "DISPATCHED", tracking_number: shipment.tracking_number });
    }
    told(order.id);
  }, 3000);
  return shipment;
}

export function cancelShipment(world, shipment, told) {
  const order = world.orders.find((each) => each.id === shipment.order_ids[0]);
  shipment.state = "CANCELLED";
  order.shipment_state = null;
  told(order.id);
  return shipment;
}
