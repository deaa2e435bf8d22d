// What was read, what is missing, and what runs at its time.
import { ago } from "./mock-orders.mjs";

const ahead = (minutes) => ago(-minutes);

function stream(account, name, change = {}) {
  return {
    channel_account_id: account,
    stream: name,
    active: true,
    watermark_at: ago(11),
    gaps: [],
    gap_minutes: 0,
    late_arrivals: 0,
    overlap_seconds: 1800,
    channel_overlap_seconds: 1800,
    visibility_lag_seconds: 600,
    last_success_at: ago(0),
    last_failure_at: null,
    last_failure_reason: null,
    last_failure_detail: null,
    consecutive_failures: 0,
    parked_rows: 0,
    unread_past: null,
    last_sweep_at: ago(31),
    last_deep_sweep_at: ago(700),
    ...change,
  };
}

export function coverage() {
  return {
    streams: [
      stream("a1", "orders.placed", { late_arrivals: 2, overlap_seconds: 3600, parked_rows: 1 }),
      stream("a1", "orders.acknowledged", {
        watermark_at: ago(190),
        gaps: [
          { from: ago(190), to: ago(60), readings: 0 },
          { from: ago(60), to: ago(40), readings: 1 },
        ],
        gap_minutes: 150,
        last_success_at: ago(40),
        last_failure_at: ago(1),
        last_failure_reason: "CHANNEL_TIMED_OUT",
        last_failure_detail: "10초 안에 답하지 않았습니다.",
        consecutive_failures: 7,
      }),
      stream("a1", "orders.dispatched", {
        watermark_at: ago(60 * 24 * 12),
        unread_past: {
          began_from: ago(60 * 24 * 30),
          reached_at: ago(60 * 24 * 12),
          until: ago(60),
          reason: null,
        },
      }),
      stream("a1", "claims"),
    ],
    schedules: [
      {
        channel_account_id: "a1",
        fits: true,
        streams: [
          pace("orders.placed", 2, 2.6, 60, 0.44),
          pace("orders.acknowledged", 30, 30, 30, 0.13),
          pace("orders.dispatched", 300, 300, 900, 0.05),
          pace("claims", 30, 30, 30, 0.1),
        ],
        buckets: [
          {
            bucket: "*",
            polls_per_second: 0.72,
            polls_allowed_per_second: 1.75,
            sweeps_per_second: 0.01,
            sweeps_allowed_per_second: 0.75,
          },
        ],
      },
    ],
    recent_gaps: [
      gap("orders.acknowledged", 190, 40, 170, null),
      gap("claims", 3000, 2900, 2990, "COVERED"),
      gap("orders.placed", 5000, 4900, 4990, "EXPIRED"),
    ],
    as_of: ago(0),
    next_page_token: "",
  };
}

function pace(name, wanted, pause, idle, calls) {
  return {
    stream: name,
    wanted_pause_seconds: wanted,
    pause_seconds: pause,
    idle_pause_seconds: idle,
    calls_per_second: calls,
  };
}

function gap(name, from, to, found, outcome) {
  return {
    channel_account_id: "a1",
    stream: name,
    from: ago(from),
    to: ago(to),
    found_at: ago(found),
    closed_at: outcome && ago(to - 60),
    outcome,
  };
}

export function parkedRows() {
  return [
    {
      id: "p1",
      channel_account_id: "a1",
      stream: "orders.placed",
      row_key: "31000000000777",
      reason: "orderItems[0].orderPrice: is no amount",
      parked_at: ago(400),
      last_seen_at: ago(2),
      retries: 3,
      last_retry_at: ago(30),
      last_retry_reason: "orderItems[0].orderPrice: is no amount",
    },
  ];
}

/** An order of the shop is here; 31000000000777 is parked; of others one list could not be read, or a time is needed. */
export function locate(world, id, orderedAt, calls) {
  const order = world.orders.find((each) => each.channel_order_id === id);
  const parked = parkedRows().filter((row) => row.row_key === id);
  const minute = (name, change) => ({
    stream: name,
    readings: 4,
    early_readings: 1,
    last_read_at: ago(3),
    counts_from: ago(60),
    failure_reason: null,
    unread: false,
    ...change,
  });
  const streams = orderedAt
    ? [
        minute("orders.placed"),
        minute("orders.acknowledged", {
          readings: 0,
          last_read_at: null,
          failure_reason: "CHANNEL_TIMED_OUT",
        }),
        minute("orders.dispatched"),
      ]
    : [];
  let whereabouts = orderedAt ? "NOT_READ_YET" : "TIME_NEEDED";
  if (parked.length > 0) whereabouts = "PARKED";
  if (order) whereabouts = "HERE";
  return {
    whereabouts,
    order_id: order?.id ?? null,
    order_state: order?.state ?? null,
    stored_at: order ? ago(90) : null,
    parked_rows: parked,
    pages: parked.length
      ? [{ id: "rp1", stream: "orders.placed", read_at: ago(2), stored_at: null }]
      : [],
    waiting_claims: [],
    streams,
    calls_about: order ? calls.slice(0, 2) : [],
    calls_of_last_read: orderedAt ? calls.slice(0, 3) : [],
  };
}

const JOBS = [
  [
    "check-coverage",
    60,
    "SUCCEEDED",
    "looked at 1 account(s): 0 gap(s) found, 0 closed, 0 too old",
    "COVERAGE_CHECKED",
    { accounts: 1, found: 0, closed: 0, expired: 0 },
  ],
  [
    "retry-parked",
    3600,
    "SUCCEEDED",
    "tried 1 parked row(s) again: 0 stored, 0 left to the next sweep",
    "PARKED_RETRIED",
    { tried: 1, stored: 0, left_to_sweep: 0 },
  ],
  [
    "sweep-24h",
    3600,
    "SUCCEEDED",
    "swept 9 stream(s): 1204 row(s) seen, 3 changed, 0 order(s) late",
    "SWEPT",
    { streams: 9, rows: 1204, changed: 3, late: 0 },
  ],
  [
    "sweep-7d",
    86_400,
    "FAILED",
    "1 of 4 stream(s) are not swept yet: CHANNEL_TIMED_OUT",
    "SWEEP_UNFINISHED",
    { pending: 1, asked: 4 },
  ],
  ["tidy", 3600, "RUNNING", null, null, {}],
].map(([name, period_seconds, state, result, result_code, result_counts]) => ({
  name,
  service: "order-sync",
  period_seconds,
  state,
  started_at: ago(12),
  finished_at: state === "RUNNING" ? null : ago(12),
  result,
  result_code,
  result_counts,
  next_run_at: ahead(period_seconds / 120),
  last_success_at: state === "FAILED" ? ago(1500) : ago(12),
  consecutive_failures: state === "FAILED" ? 2 : 0,
}));

export const jobs = () => ({ jobs: JOBS, unavailable_services: [] });

export function runJob(name) {
  const job = JOBS.find((each) => each.name === name);
  if (job.state === "RUNNING") return { job, already_running: true };
  Object.assign(job, { state: "SUCCEEDED", started_at: ago(0), finished_at: ago(0) });
  return { job, already_running: false };
}
