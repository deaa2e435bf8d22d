// What buyers demand of the mock's shop.
import { byDeadline } from "./mock-deadlines.mjs";
import { ago } from "./mock-orders.mjs";
import { Refusal } from "./mock-refusal.mjs";

const DEMANDS = [
  ["RETURN", "COLLECTED", ["APPROVE", "HOLD"], "단순 변심", -3000],
  ["EXCHANGE", "COLLECTED", ["RESHIP", "REJECT"], "색상 교환", null],
  ["STOP_SHIPMENT", "REQUESTED", ["CONFIRM_STOP", "REPORT_ALREADY_SHIPPED"], "배송지 변경", null],
  ["RETURN", "COLLECTING", ["CONFIRM_COLLECTED"], "파손", 2500],
  ["CANCEL", "COMPLETED", [], "주문 실수", null],
];

const refunded = (minutes, source) => ({
  at: minutes === null ? null : ago(-minutes),
  outcome: "REFUNDED",
  source,
});
const DEADLINES = [refunded(20 * 60, "TOLD"), null, refunded(null, "RULE"), refunded(4000, "RULE")];

export function makeClaims(orders) {
  return DEMANDS.map(([kind, stage, actions, reason, charge], index) => ({
    id: `c${index + 1}`,
    channel: "coupang",
    channel_account_id: "a1",
    channel_claim_id: String(91000 + index),
    channel_order_id: orders[index + 5]?.channel_order_id ?? "28000001",
    order_id: orders[index + 5]?.id ?? null,
    kind,
    state: stage === "COMPLETED" ? "COMPLETED" : "REQUESTED",
    open: stage !== "COMPLETED",
    rejected: false,
    stage,
    unknown_stage: null,
    actions,
    fault: charge === null ? null : charge > 0 ? "MERCHANT" : "BUYER",
    reason,
    shipping_charge: charge === null ? null : { amount_minor: charge, currency: "KRW" },
    enclosed_charge: index === 3 ? { amount_minor: 3000, currency: "KRW" } : null,
    extra_charge: null,
    channel_support: null,
    charge_method: index === 0 ? "환불금에서 차감" : null,
    deadline: DEADLINES[index] ?? null,
    refunds_early: index === 3,
    held: false,
    quantity: 1,
    lines: [],
    collections: [],
    reshipments: [],
    requested_at: ago(60 + index * 200),
    updated_at: null,
    read_at: ago(1),
    decisions: [],
  }));
}

function decide(claim, body) {
  if (!claim.actions.includes(body.action)) {
    throw new Refusal(
      409,
      "CLAIM_ACTION_NOT_POSSIBLE",
      "지금은 할 수 없는 처리입니다",
      claim.actions.join(", "),
    );
  }
  const decision = {
    id: `${claim.id}-${claim.decisions.length}`,
    action: body.action,
    effect_id: "e1",
    state: "PENDING",
    reason: null,
    detail: null,
    operator_id: "op1",
    created_at: new Date().toISOString(),
    updated_at: new Date().toISOString(),
  };
  claim.decisions.push(decision);
  setTimeout(() => {
    decision.state = "CONFIRMED";
    Object.assign(claim, { stage: "COMPLETED", state: "COMPLETED", open: false, actions: [] });
  }, 2000);
  return decision;
}

export function claimRoutes(world, page, find) {
  const one = (id) => find(world.claims, id, "CLAIM");
  return [
    [
      "GET",
      "/claims",
      ({ query }) =>
        page(
          byDeadline(
            query,
            world.claims.filter(
              (claim) =>
                (!["open", "due"].some((key) => query.get(key) === "true") || claim.open) &&
                ["channel", "kind", "order_id"].every(
                  (key) => !query.get(key) || claim[key] === query.get(key),
                ),
            ),
            (claim) => claim.deadline?.at,
          ),
          "claims",
          query,
        ),
    ],
    ["GET", "/claims/:id", ({ id }) => one(id)],
    ["POST", "/claims/:id/decide", ({ id, body }) => decide(one(id), body)],
  ];
}
