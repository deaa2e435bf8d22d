// The mock's made-up shop.
import { makeClaims } from "./mock-claims.mjs";
import { makeInquiries } from "./mock-inquiries.mjs";
import { ago, EBOOK, makeOrder, PRODUCTS } from "./mock-orders.mjs";

export function makeWorld(empty) {
  const orders = empty ? [] : Array.from({ length: 130 }, (_, i) => makeOrder(i, 2 + i * 11));
  let next = 500;
  const held = orders[18];
  const shipments = [];
  if (held) {
    held.shipment_state = "HELD";
    shipments.push({
      id: "s1",
      version: 2,
      state: "HELD",
      carrier: "CJ_LOGISTICS",
      tracking_number: "680405450931",
      lines: [
        {
          order_id: held.id,
          line_id: held.lines[0].id,
          quantity: 1,
          channel_parcel_id: held.lines[0].channel_parcel_id,
          contents: [],
        },
      ],
      hold: {
        reason: "CANCEL_REQUESTED",
        detail: "claim 365000011 asks that the parcel does not leave",
      },
      created_at: ago(30),
      dispatched_at: null,
      order_ids: [held.id],
    });
  }
  const unclear = orders[11];
  if (unclear) {
    unclear.shipment_state = "DISPATCHING";
    shipments.push({
      ...shipments[0],
      id: "s2",
      state: "DISPATCHING",
      hold: null,
      lines: [{ ...shipments[0].lines[0], order_id: unclear.id, line_id: unclear.lines[0].id }],
      order_ids: [unclear.id],
    });
  }
  const effectStates = [
    "CONFIRMED",
    "CONFIRMED",
    "RETRYABLE",
    "UNKNOWN",
    "BLOCKED",
    "DEAD",
    "SENDING",
    "PENDING",
  ];
  const effectReasons = {
    RETRYABLE: ["CHANNEL_TIMED_OUT", "쿠팡이 3초 안에 답하지 않았습니다."],
    UNKNOWN: ["PROBED_CLEAN", "a probe found no trace of it; a second one decides"],
    BLOCKED: ["CANCEL_REQUESTED", "claim 365000011 asks that the parcel does not leave"],
    DEAD: [
      "CHANNEL_REFUSED",
      "CJ대한통운의 송장번호 형식에 맞지않는 운송장 번호 입니다. [68040545093]",
    ],
  };
  const effects = orders.slice(0, 60).map((order, i) => {
    const state = effectStates[i % effectStates.length];
    const [reason, detail] = effectReasons[state] ?? ["", ""];
    return {
      id: `e${i}`,
      service: "fulfillment",
      kind: state === "UNKNOWN" ? "DISPATCH" : ["ACKNOWLEDGE", "DISPATCH", "MESSAGE"][i % 3],
      state,
      subject_id: order.lines[0].channel_parcel_id,
      order_id: order.id,
      reason,
      detail,
      attempt_count: 1 + (i % 4),
      next_attempt_at: ["RETRYABLE", "UNKNOWN"].includes(state) ? ago(-9) : null,
      created_at: ago(i * 9),
      updated_at: ago(i * 9),
    };
  });
  const stream = (name, failures = 0) => ({
    stream: name,
    high_water_at: ago(failures ? 42 : 0.4),
    last_success_at: ago(failures ? 42 : 0.1),
    consecutive_failures: failures,
    parked_rows: failures ? 2 : 0,
    last_reason: failures ? "CHANNEL_TIMED_OUT" : "",
    last_detail: failures ? "쿠팡이 504로 답했습니다." : "",
  });
  return {
    orders,
    shipments,
    effects,
    placeOrder() {
      const order = makeOrder(next, 0, "PLACED");
      next += 1;
      orders.unshift(order);
      return order;
    },
    timeline: (order) => [
      { at: order.ordered_at, kind: "ORDER_PLACED", text: "쿠팡에서 주문이 들어왔습니다." },
      { at: order.received_at, kind: "ORDER_RECEIVED", text: "모아가 주문을 받았습니다." },
      {
        at: order.received_at,
        kind: "ORDER_ACKNOWLEDGED",
        text: "쿠팡에 주문을 확인(상품준비중)했습니다.",
      },
      ...(order.hold
        ? [
            {
              at: ago(3),
              kind: "ORDER_HELD",
              text: "발송이 보류되었습니다: claim 365000011 asks that the parcel does not leave",
            },
          ]
        : []),
    ],
    explain: (order) =>
      order.lines.map((line) => {
        const none = {
          line_id: line.id,
          blocker: "",
          detail: null,
          owner: "",
          deadline: null,
          since: null,
        };
        if (line.state !== "PLACED" && line.state !== "ACKNOWLEDGED") return none;
        if (order.hold)
          return {
            ...none,
            blocker: order.hold.reason,
            detail: order.hold.detail,
            owner: "MERCHANT",
            since: ago(3),
            deadline: null,
          };
        if (order.shipment_state === "DISPATCHING")
          return {
            ...none,
            blocker: "DISPATCHING",
            detail:
              "the channel's answer got lost; it is being looked up there and not sent again blindly",
            owner: "MOA",
            since: ago(2),
          };
        if (line.kind === null)
          return {
            ...none,
            blocker: "UNMAPPED_LISTING",
            detail: "채널 상품이 어떤 우리 상품인지 몰라 포장할 수 없습니다.",
            owner: "MERCHANT",
            since: order.received_at,
          };
        if (line.state === "PLACED")
          return {
            ...none,
            blocker: "AWAITING_ACKNOWLEDGE",
            detail: "쿠팡에 주문 확인을 보내는 중입니다.",
            owner: "MOA",
            since: order.received_at,
          };
        return {
          ...none,
          blocker: "AWAITING_TRACKING_NUMBER",
          detail: "상품을 포장하고 송장번호를 입력하면 나갑니다.",
          owner: "MERCHANT",
          since: order.received_at,
          deadline: ago(-26 * 60),
        };
      }),
    inquiries: makeInquiries(orders),
    claims: makeClaims(orders),
    contact: {
      orderer_name: "박서연",
      orderer_phone: "0502-1234-5678",
      receiver_name: "박서연",
      receiver_phone: "0502-1234-5678",
      postcode: "06236",
      address1: "서울특별시 강남구 테헤란로 152",
      address2: "강남파이낸스센터 12층",
      delivery_note: "부재 시 문 앞에 놓아 주세요",
      erased: false,
    },
    entitlements: orders
      .filter((o) => o.lines[0].kind === "DIGITAL")
      .map((o, i) => ({
        id: `en${i}`,
        order_id: o.id,
        line_id: o.lines[0].id,
        state: i % 2 ? "ACTIVATED" : "LINK_SENT",
        granted_at: o.received_at,
        link_sent_at: o.received_at,
        activated_at: i % 2 ? ago(1) : null,
      })),
    attempts: [
      {
        fence: 1,
        from_state: "PENDING",
        to_state: "CLAIMED",
        at: ago(9),
        reason: null,
        detail: null,
        evidence: {},
      },
      {
        fence: 1,
        from_state: "CLAIMED",
        to_state: "VERIFIED",
        at: ago(9),
        reason: null,
        detail: null,
        evidence: { permit_id: "01HX", age_ms: 812 },
      },
      {
        fence: 1,
        from_state: "SENDING",
        to_state: "RETRYABLE",
        at: ago(8.9),
        reason: "CHANNEL_TIMED_OUT",
        detail: "쿠팡이 3초 안에 답하지 않았습니다.",
        evidence: { status: 504 },
      },
    ],
    senders: [],
    accounts: empty
      ? []
      : [
          {
            id: "a1",
            channel: "coupang",
            name: "쿠팡 본점",
            base_url: "https://api-gateway.coupang.com",
            state: "ACTIVE",
            channel_seller_id: "A00012345",
            quota_per_second: 5,
            created_at: ago(90000),
            version: 3,
            key_issued_on: "2026-06-12",
            key_expires_at: ago(-60 * 24 * 12),
            last_test: { tested_at: ago(12), ok: true, reason: null, detail: "" },
            last_refusal: null,
            streams: [
              stream("orders.placed"),
              stream("inquiries.call_center"),
              stream("claims", 3),
            ],
          },
          {
            id: "a2",
            channel: "coupang",
            name: "쿠팡 아울렛",
            base_url: "http://127.0.0.1:9101",
            state: "INACTIVE",
            channel_seller_id: "A00067890",
            quota_per_second: 5,
            created_at: ago(90000),
            version: 1,
            key_issued_on: null,
            key_expires_at: null,
            last_test: {
              tested_at: ago(700),
              ok: false,
              reason: "CHANNEL_CREDENTIALS_REFUSED",
              detail: "쿠팡이 키를 거절했습니다(Invalid signature). 시크릿 키를 다시 등록하세요.",
            },
            last_refusal: {
              at: ago(700),
              reason: "CHANNEL_CREDENTIALS_REFUSED",
              detail: "HTTP 401 Invalid signature.",
            },
            streams: [],
          },
        ],
    products: empty
      ? []
      : [...PRODUCTS, EBOOK].map(([name, option, sku], i) => ({
          id: `p${i}`,
          name,
          variants: [
            {
              id: `v${i}`,
              sku,
              name: option,
              kind: i === PRODUCTS.length ? "DIGITAL" : "PHYSICAL",
              digital_content: "",
            },
          ],
        })),
    carriers: [
      ["CJ_LOGISTICS", "CJ대한통운", "CJ Logistics"],
      ["LOTTE", "롯데택배", "Lotte"],
      ["HANJIN", "한진택배", "Hanjin"],
      ["KOREA_POST", "우체국택배", "Korea Post"],
      ["LOGEN", "로젠택배", "Logen"],
      ["DIRECT", "업체직송", "Own delivery"],
    ].map(([code, name_ko, name_en]) => ({ code, name_ko, name_en })),
  };
}
