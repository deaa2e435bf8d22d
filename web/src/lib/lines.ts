import { SHIPPABLE } from "../api/codes";
import type { Money, Order, OrderLine, Shipment } from "../api/types";

/** Units of a line that are neither cancelled nor in a living shipment. */
export function unitsLeft(line: OrderLine, shipments: Shipment[]): number {
  if (!SHIPPABLE.has(line.state)) return 0;
  const packed = shipments
    .filter((shipment) => shipment.state !== "CANCELLED")
    .flatMap((shipment) => shipment.lines)
    .filter((packedLine) => packedLine.line_id === line.id)
    .reduce((sum, packedLine) => sum + packedLine.quantity, 0);
  return Math.max(0, line.quantity - line.cancelled_quantity - packed);
}

/**
 * Whether an operator could enter a tracking number: something physical is not packed, and no shipment of the order
 * is waiting for a decision or an answer.
 */
export function canShip(order: Order): boolean {
  return (
    (order.shipment_state === null || order.shipment_state === "DISPATCHED") &&
    order.lines.some((line) => line.kind !== "DIGITAL" && unitsLeft(line, []) > 0)
  );
}

/** "머그컵 외 2건" needs the first line, how many follow, and the units. */
export function summarize(order: Order) {
  const first = order.lines[0];
  return {
    name: first?.product_name ?? "",
    option: first?.option_name ?? "",
    more: Math.max(0, order.lines.length - 1),
    quantity: order.lines.reduce((sum, line) => sum + line.quantity, 0),
    tracking: order.lines.find((line) => line.tracking_number)?.tracking_number ?? "",
    digital: order.lines.length > 0 && order.lines.every((line) => line.kind === "DIGITAL"),
  };
}

/** Whether an earlier line of the order travels for the same fee, so that it is shown there. */
export function sharesShipping(lines: OrderLine[], line: OrderLine): boolean {
  const group = line.amounts.shipping_group;
  return group !== null && lines.find((one) => one.amounts.shipping_group === group) !== line;
}

/** What the total has beyond the lines: the gateway adds lines and shipping fee. Null when there is none. */
export function shippingFee(order: Pick<Order, "total" | "lines">): Money | null {
  const lines = order.lines.reduce((sum, line) => sum + line.line_total.amount_minor, 0);
  const amount_minor = order.total.amount_minor - lines;
  return amount_minor > 0 ? { ...order.total, amount_minor } : null;
}
