// What buyers ask the mock's shop.
import { byDeadline } from "./mock-deadlines.mjs";
import { ago } from "./mock-orders.mjs";
import { Refusal } from "./mock-refusal.mjs";

const QUESTIONS = [
  ["PRODUCT", "WAITING", "색상이 사진과 같나요? 전화는 010-1234-5678입니다.", null],
  ["CALL_CENTER", "WAITING", "고객이 아직 못 받았다고 합니다. 빨리 확인해 주세요.", "WORDS"],
  ["ORDER", "WAITING", "교환할 수 있나요?", "CLAIM"],
  ["CALL_CENTER", "TO_CONFIRM", "고객이 포장이 좋았다고 전했습니다.", null],
  ["PRODUCT", "ANSWERED", "재입고 예정이 있나요?", null],
];

export function makeInquiries(orders) {
  return QUESTIONS.map(([kind, state, text, because], index) => ({
    id: `q${index + 1}`,
    version: 1,
    channel: kind === "ORDER" ? "smartstore" : "coupang",
    channel_account_id: "a1",
    channel_inquiry_id: String(4711 + index),
    kind,
    state,
    open: state === "WAITING" || state === "TO_CONFIRM",
    urgent: Boolean(because),
    urgent_because: because,
    masked_excerpt: text.replace(/[0-9]/g, "*"),
    asked_at: ago(40 + index * 95),
    waiting_since: ago(40 + index * 95),
    answer_by: kind === "ORDER" ? null : ago(-1400 + index * 95),
    answered_at: state === "ANSWERED" ? ago(10) : null,
    order_ids: orders[index] ? [orders[index].id] : [],
    channel_order_ids: orders[index] ? [orders[index].channel_order_id] : [],
    has_open_claim: because === "CLAIM",
    product_name: orders[index]?.lines[0].product_name ?? null,
    category: kind === "CALL_CENTER" ? "배송>지연" : null,
    message_count: state === "ANSWERED" ? 1 : 0,
    answers: [],
    text,
  }));
}

function shown({ text: _, ...inquiry }) {
  return inquiry;
}

function reply(inquiry, told) {
  if (inquiry.answers.length > 0) {
    throw new Refusal(
      409,
      "INQUIRY_ALREADY_ANSWERED",
      "이미 답변한 문의입니다",
      "한 번만 답합니다.",
    );
  }
  const answer = {
    id: `${inquiry.id}-answer`,
    effect_id: "e1",
    state: "PENDING",
    reason: null,
    detail: null,
    is_confirmation: told === undefined,
    channel_parent_answer_id: null,
    operator_id: "op1",
    created_at: new Date().toISOString(),
    updated_at: new Date().toISOString(),
  };
  inquiry.answers.push(answer);
  setTimeout(() => {
    answer.state = "CONFIRMED";
    Object.assign(inquiry, { state: "ANSWERED", open: false, urgent: false, version: 2 });
    inquiry.reply = told;
  }, 2000);
  return answer;
}

export function inquiryRoutes(world, page, find) {
  const one = (id) => find(world.inquiries, id, "INQUIRY");
  return [
    [
      "GET",
      "/inquiries",
      ({ query }) =>
        page(
          byDeadline(
            query,
            world.inquiries.filter(
              (inquiry) =>
                (!["open", "due"].some((key) => query.get(key) === "true") || inquiry.open) &&
                (query.get("urgent") !== "true" || inquiry.urgent) &&
                (!query.get("channel") || inquiry.channel === query.get("channel")) &&
                (!query.get("order_id") || inquiry.order_ids.includes(query.get("order_id"))),
            ),
            (inquiry) => inquiry.answer_by,
          ).map(shown),
          "inquiries",
          query,
        ),
    ],
    ["GET", "/inquiries/:id", ({ id }) => shown(one(id))],
    [
      "POST",
      "/inquiries/:id/reveal",
      ({ id }) => ({
        erased: false,
        text: one(id).text,
        asked_by: "김하*",
        messages: one(id).reply
          ? [{ author: "MERCHANT", at: ago(0), text: one(id).reply, needs_answer: false }]
          : [],
      }),
    ],
    ["POST", "/inquiries/:id/answer", ({ id, body }) => reply(one(id), body.text)],
    ["POST", "/inquiries/:id/confirm", ({ id }) => reply(one(id))],
  ];
}
