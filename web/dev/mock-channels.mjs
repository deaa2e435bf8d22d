// How calls to channels fare, what was called, and what is new in their answers.
import { ago } from "./mock-orders.mjs";

const ahead = (minutes) => ago(-minutes);

export function health(account) {
  return {
    channel_account_id: account.id,
    read_at: ago(0),
    holder: "THIS_PROCESS",
    held_until: ahead(0.2),
    buckets: [
      {
        name: "*",
        capacity_per_second: account.quota_per_second,
        used: 2,
        left: account.quota_per_second - 2,
        classes: [
          { call_class: "GATE", share_percent: 50, waiting: 0, last_minute: 4 },
          { call_class: "POLL", share_percent: 35, waiting: 1, last_minute: 31 },
          { call_class: "SWEEP", share_percent: 15, waiting: 0, last_minute: 0 },
        ],
      },
    ],
    closures: [],
    breakers: [
      {
        api: "coupang.ordersheets.list",
        state: "OPEN",
        until: ahead(0.3),
        recent_calls: 8,
        recent_faults: 7,
      },
    ],
    last_refusal: account.last_refusal,
    key_expires_at: ahead(60 * 24 * 12),
    key_life_days: 180,
    egress: {
      verdict: account.last_refusal ? "NOT_REGISTERED" : "ACCEPTED",
      configured_address: null,
      reported_address: account.last_refusal ? "203.0.113.7" : null,
      reported_at: account.last_refusal ? ago(700) : null,
    },
  };
}

export function calls() {
  return Array.from({ length: 12 }, (_, n) => ({
    id: `c${n}`,
    channel_account_id: "a1",
    channel: "coupang",
    api: n % 3 ? "coupang.ordersheets.list" : "coupang.invoices.upload",
    called_at: ago(n),
    http_status: n === 4 ? null : 200,
    duration_ms: n === 4 ? 10_000 : 80 + n,
    request_id: `r${n}`,
    trace_id: null,
    channel_trace_id: null,
    bytes_out: 0,
    bytes_in: 5120,
    failure: n === 4 ? "CHANNEL_TIMED_OUT" : null,
    about_ids: n % 3 ? [] : ["31000000000101", "700000000000000101"],
  }));
}

export function drift() {
  return [
    {
      id: "d1",
      channel: "coupang",
      api: "coupang.ordersheets.list",
      kind: "UNKNOWN_FIELD",
      path: "data[].orderItems[].giftFlag",
      first_seen_at: ago(90),
      last_seen_at: ago(3),
      count: 12,
      sample: { giftFlag: "boolean", vendorItemId: "number" },
    },
  ];
}
