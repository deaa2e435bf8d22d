// The mock's made-up products and orders.
export const PRODUCTS = [
  [
    "도톰한 세라믹 머그컵 400ml 홈카페 전자레인지 식기세척기 사용 가능",
    "크림화이트 1개",
    "MUG-400-W",
    19000,
  ],
  ["국내산 햇 고구마 베니하루카 꿀고구마 특상 5kg", "특상(150~250g) 5kg", "SWEETPOTATO-5", 24900],
  ["접이식 노트북 거치대 알루미늄 높이 조절", "스페이스 그레이", "STAND-AL-G", 32800],
  ["유기농 면 100% 무형광 3중 거즈 아기 손수건 10매", "", "GAUZE-10", 15500],
  ["캠핑 감성 랜턴 LED 충전식", "빈티지 그린, C타입", "LANTERN-GR", 45000],
];
export const EBOOK = ["[전자책] 혼자 시작하는 온라인 판매 입문 (PDF)", "", "EBOOK-START", 12000];
const STATES = [
  "PLACED",
  "ACKNOWLEDGED",
  "ACKNOWLEDGED",
  "DISPATCHED",
  "DELIVERED",
  "CONFIRMED",
  "CANCELLED",
  "PARTIALLY_DISPATCHED",
  "ACKNOWLEDGED",
  "RETURNED",
];
const LEFT = new Set(["DISPATCHED", "DELIVERED", "CONFIRMED", "RETURNED"]);

const won = (amount_minor) => ({ amount_minor, currency: "KRW" });
export const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

function makeLine(order, n, [product_name, option_name, sku_code, price], over = {}) {
  const quantity = over.quantity ?? 1;
  return {
    id: `${order}-l${n}`,
    channel_line_id: `8${order.slice(1)}${n}`,
    channel_parcel_id: `6425389700064014${order.slice(-2)}`,
    channel_listing_id: `7${order.slice(1)}${n}`,
    product_name,
    option_name,
    sku_code,
    quantity,
    cancelled_quantity: 0,
    held_quantity: 0,
    unit_price: won(price),
    line_total: won(price * quantity),
    amounts: {
      paid: won(price * quantity),
      discount: won(n === 2 ? 1500 : 0),
      discount_by_merchant: won(n === 2 ? 1000 : 0),
      discount_by_channel: won(n === 2 ? 500 : 0),
      shipping_fee: won(3000),
      shipping_group: `6425389700064014${order.slice(-2)}`,
      expected_settlement: n === 1 ? null : won(Math.round(price * quantity * 0.9)),
    },
    state: "PLACED",
    kind: "PHYSICAL",
    tracking_number: null,
    ...over,
  };
}

export function makeOrder(n, minutes, state = STATES[n % STATES.length]) {
  const id = `o${1000 + n}`;
  const number = n % 4 ? `6804054${10000 + n}` : `1Z6804054${10000 + n}70021`;
  const tracking = LEFT.has(state) ? number : null;
  const over = { state, tracking_number: tracking, quantity: 1 + (n % 3 === 0 ? 2 : 0) };
  const lines =
    n % 7 === 4
      ? [makeLine(id, 1, EBOOK, { ...over, kind: "DIGITAL", tracking_number: null })]
      : [makeLine(id, 1, PRODUCTS[n % PRODUCTS.length], over)];
  if (n % 4 === 1)
    lines.push(
      makeLine(id, 2, PRODUCTS[(n + 2) % PRODUCTS.length], {
        ...over,
        quantity: 2,
        kind: n % 8 === 5 ? null : "PHYSICAL",
      }),
    );
  if (state === "PARTIALLY_DISPATCHED") {
    lines[0].state = "DISPATCHED";
    lines[0].tracking_number = "680405450931";
    lines.push(
      makeLine(id, 3, PRODUCTS[(n + 1) % PRODUCTS.length], {
        state: "ACKNOWLEDGED",
        channel_parcel_id: "642538970006401999",
      }),
    );
  }
  if (state === "CANCELLED") for (const line of lines) line.cancelled_quantity = line.quantity;
  const hold =
    state === "ACKNOWLEDGED" && n % 5 === 2
      ? {
          reason: "CANCEL_REQUESTED",
          detail: "고객이 취소를 요청했습니다. 쿠팡 윙에서 취소를 처리하면 보류가 풀립니다.",
        }
      : null;
  return {
    id,
    channel: n % 3 ? "coupang" : "smartstore",
    channel_account_id: "a1",
    channel_order_id: String(n % 3 ? 30000112233 + n * 7919 : 2026112700010021 + n),
    state,
    ordered_at: ago(minutes),
    paid_at: ago(minutes),
    received_at: ago(minutes - 0.2),
    version: 1,
    // Every third order pays for its shipping.
    total: won(
      lines.reduce((sum, line) => sum + line.line_total.amount_minor, n % 3 === 2 ? 3000 : 0),
    ),
    hold,
    shipment_state: LEFT.has(state) || state === "PARTIALLY_DISPATCHED" ? "DISPATCHED" : null,
    lines,
  };
}
