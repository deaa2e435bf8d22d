//! The ledger's statements for one schema, put together once.

use std::sync::Arc;

use super::row::COLUMNS;

/// Statement texts. The schema's name is checked by [`Ledger::new`](super::Ledger::new) and nothing else is put in.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) intend: Arc<str>,
    pub(super) existing: Arc<str>,
    pub(super) lock_order: Arc<str>,
    pub(super) lock_order_kind: Arc<str>,
    pub(super) lock_subject: Arc<str>,
    pub(super) lock_effect: Arc<str>,
    pub(super) lock_fenced: Arc<str>,
    pub(super) write: Arc<str>,
    pub(super) claim: Arc<str>,
    pub(super) claim_unknown: Arc<str>,
    pub(super) renew: Arc<str>,
    pub(super) begin_send: Arc<str>,
    pub(super) hasten: Arc<str>,
    pub(super) forget: Arc<str>,
    pub(super) forget_attempts: Arc<str>,
    pub(super) lost: Arc<str>,
    pub(super) backlog: Arc<str>,
    pub(super) get: Arc<str>,
    pub(super) list: Arc<str>,
    pub(super) attempts: Arc<str>,
}

impl Sql {
    pub(super) fn new(schema: &str) -> Self {
        let text = |template: &str| -> Arc<str> {
            template
                .replace("{{schema}}", schema)
                .replace("{{columns}}", COLUMNS)
                .into()
        };
        let lock = |condition: &str| -> Arc<str> {
            // By key, so that two lockers never wait for each other in a circle.
            text(&format!(
                "SELECT {{{{columns}}}} FROM {{{{schema}}}}.effects e WHERE {condition} \
                 ORDER BY e.merchant_id, e.effect_id FOR UPDATE"
            ))
        };
        Self {
            intend: text(INTEND),
            existing: text(EXISTING),
            lock_order: lock("e.merchant_id = $1 AND e.order_id = $2"),
            lock_order_kind: lock("e.merchant_id = $1 AND e.order_id = $2 AND e.kind = $3"),
            lock_subject: lock("e.merchant_id = $1 AND e.subject_id = $2"),
            lock_effect: lock("e.merchant_id = $1 AND e.effect_id = $2"),
            lock_fenced: text(LOCK_FENCED),
            write: text(WRITE),
            claim: text(CLAIM),
            claim_unknown: text(CLAIM_UNKNOWN),
            renew: text(RENEW),
            begin_send: text(BEGIN_SEND),
            hasten: text(HASTEN),
            forget: text(FORGET),
            forget_attempts: text(FORGET_ATTEMPTS),
            lost: text(LOST),
            backlog: text(BACKLOG),
            get: text(
                "SELECT {{columns}} FROM {{schema}}.effects e WHERE e.merchant_id = $1 AND e.effect_id = $2",
            ),
            list: text(LIST),
            attempts: text(ATTEMPTS),
        }
    }
}

const INTEND: &str = "
INSERT INTO {{schema}}.effects
    (merchant_id, effect_id, kind, account_id, subject_id, order_id, dedupe_key, payload, next_attempt_at, give_up_at)
SELECT n.merchant_id, n.effect_id, n.kind, n.account_id, n.subject_id, n.order_id, n.dedupe_key, n.payload,
       COALESCE(n.not_before, clock_timestamp()), n.give_up_at
FROM (SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::uuid[]),
             unnest($6::uuid[]), unnest($7::text[]), unnest($8::jsonb[]), unnest($9::timestamptz[]),
             unnest($10::timestamptz[]))
    AS n (merchant_id, effect_id, kind, account_id, subject_id, order_id, dedupe_key, payload, not_before, give_up_at)
ON CONFLICT (merchant_id, kind, dedupe_key) DO NOTHING
RETURNING effect_id";

const EXISTING: &str = "
SELECT e.merchant_id, e.kind, e.dedupe_key, e.state
FROM {{schema}}.effects e
JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS n (merchant_id, kind, dedupe_key)
    ON e.merchant_id = n.merchant_id AND e.kind = n.kind AND e.dedupe_key = n.dedupe_key";

const LOCK_FENCED: &str = "
SELECT {{columns}}
FROM {{schema}}.effects e
JOIN unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) AS h (merchant_id, effect_id, fence, state)
    ON e.merchant_id = h.merchant_id AND e.effect_id = h.effect_id
WHERE e.fence = h.fence AND e.state = h.state
ORDER BY e.merchant_id, e.effect_id
FOR UPDATE OF e";

/// A marked row keeps its holder, its reason and its time: only the wish to stop is written. What says the same as the
/// effect's last evidence is not written again: an effect that waits for days is looked at thousands of times.
const WRITE: &str = "
WITH change (merchant_id, effect_id, from_fence, from_state, to_fence, to_state, clean_probes, reason,
             detail, evidence, next_attempt_at, stop_reason, stop_detail, restarts_schedule, marked) AS (
    SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]),
           unnest($5::bigint[]), unnest($6::text[]), unnest($7::smallint[]), unnest($8::text[]),
           unnest($9::text[]), unnest($10::jsonb[]), unnest($11::timestamptz[]), unnest($12::text[]),
           unnest($13::text[]), unnest($14::boolean[]), unnest($15::boolean[])
), e AS (
    UPDATE {{schema}}.effects e
    SET state = c.to_state,
        fence = c.to_fence,
        clean_probes = c.clean_probes,
        reason = CASE WHEN c.marked THEN e.reason ELSE c.reason END,
        detail = CASE WHEN c.marked THEN e.detail ELSE c.detail END,
        evidence = CASE WHEN c.evidence = 'null' THEN e.evidence ELSE c.evidence END,
        next_attempt_at = COALESCE(c.next_attempt_at, e.next_attempt_at),
        stop_reason = c.stop_reason,
        stop_detail = c.stop_detail,
        attempt_base = CASE WHEN c.restarts_schedule THEN e.attempt_count ELSE e.attempt_base END,
        holder = CASE WHEN c.marked THEN e.holder END,
        lease_expires_at = CASE WHEN c.marked THEN e.lease_expires_at END,
        updated_at = clock_timestamp()
    FROM change c
    WHERE e.merchant_id = c.merchant_id AND e.effect_id = c.effect_id
      AND e.fence = c.from_fence AND e.state = c.from_state
    RETURNING e.*
), attempt AS (
    INSERT INTO {{schema}}.effect_attempts
        (merchant_id, effect_id, fence, from_state, to_state, reason, detail, evidence)
    SELECT c.merchant_id, c.effect_id, c.to_fence, c.from_state, c.to_state, c.reason, c.detail, c.evidence
    FROM change c
    JOIN e ON e.merchant_id = c.merchant_id AND e.effect_id = c.effect_id
    LEFT JOIN LATERAL (
        SELECT a.from_state, a.to_state, a.reason, a.evidence
        FROM {{schema}}.effect_attempts a
        WHERE a.merchant_id = c.merchant_id AND a.effect_id = c.effect_id
        ORDER BY a.seq DESC
        LIMIT 1
    ) last ON true
    WHERE (last.from_state, last.to_state, last.reason, last.evidence)
        IS DISTINCT FROM (c.from_state, c.to_state, c.reason, c.evidence)
)
SELECT {{columns}} FROM e";

/// Walks the lanes that have work by skipping through the index, takes those whose earliest effect is due longest,
/// and a batch of each.
const CLAIM: &str = "
WITH RECURSIVE wanted AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::float8[]) AS w (kind, batch_size, lease_seconds)
), busy AS (
    SELECT * FROM unnest($4::text[], $5::uuid[], $6::uuid[]) AS b (kind, merchant_id, account_id)
), lane AS (
    (
        SELECT e.kind, e.merchant_id, e.account_id
        FROM {{schema}}.effects e
        WHERE e.state IN ('PENDING', 'RETRYABLE')
        ORDER BY e.kind, e.merchant_id, e.account_id
        LIMIT 1
    )
    UNION ALL
    SELECT n.kind, n.merchant_id, n.account_id
    FROM lane l
    CROSS JOIN LATERAL (
        SELECT e.kind, e.merchant_id, e.account_id
        FROM {{schema}}.effects e
        WHERE e.state IN ('PENDING', 'RETRYABLE')
          AND (e.kind, e.merchant_id, e.account_id) > (l.kind, l.merchant_id, l.account_id)
        ORDER BY e.kind, e.merchant_id, e.account_id
        LIMIT 1
    ) n
), due AS MATERIALIZED (
    SELECT l.kind, l.merchant_id, l.account_id, w.batch_size, w.lease_seconds
    FROM lane l
    JOIN wanted w ON w.kind = l.kind
    CROSS JOIN LATERAL (
        SELECT e.next_attempt_at
        FROM {{schema}}.effects e
        WHERE e.kind = l.kind AND e.merchant_id = l.merchant_id AND e.account_id = l.account_id
          AND e.state IN ('PENDING', 'RETRYABLE') AND e.next_attempt_at <= now()
        ORDER BY e.next_attempt_at
        LIMIT 1
    ) f
    WHERE NOT EXISTS (
        SELECT FROM busy b
        WHERE b.kind = l.kind AND b.merchant_id = l.merchant_id AND b.account_id = l.account_id
    )
    ORDER BY f.next_attempt_at
    LIMIT $7
), picked AS MATERIALIZED (
    SELECT p.merchant_id, p.effect_id, d.lease_seconds
    FROM due d
    CROSS JOIN LATERAL (
        SELECT e.merchant_id, e.effect_id
        FROM {{schema}}.effects e
        WHERE e.kind = d.kind AND e.merchant_id = d.merchant_id AND e.account_id = d.account_id
          AND e.state IN ('PENDING', 'RETRYABLE') AND e.next_attempt_at <= now()
        ORDER BY e.next_attempt_at
        LIMIT d.batch_size
        FOR UPDATE SKIP LOCKED
    ) p
)
UPDATE {{schema}}.effects e
SET state = 'CLAIMED',
    fence = e.fence + 1,
    holder = $8,
    lease_expires_at = clock_timestamp() + make_interval(secs => p.lease_seconds),
    updated_at = clock_timestamp()
FROM picked p
WHERE e.merchant_id = p.merchant_id AND e.effect_id = p.effect_id AND e.state IN ('PENDING', 'RETRYABLE')
RETURNING {{columns}}";

/// The state stays UNKNOWN: a lost probe leaves nothing to clean up.
const CLAIM_UNKNOWN: &str = "
WITH picked AS MATERIALIZED (
    SELECT e.merchant_id, e.effect_id, w.lease_seconds
    FROM {{schema}}.effects e
    JOIN unnest($1::text[], $2::float8[]) AS w (kind, lease_seconds) ON w.kind = e.kind
    WHERE e.state = 'UNKNOWN' AND e.next_attempt_at <= now()
      AND (e.lease_expires_at IS NULL OR e.lease_expires_at <= now())
    ORDER BY e.next_attempt_at
    LIMIT $3
    FOR UPDATE OF e SKIP LOCKED
)
UPDATE {{schema}}.effects e
SET fence = e.fence + 1,
    holder = $4,
    lease_expires_at = clock_timestamp() + make_interval(secs => p.lease_seconds),
    updated_at = clock_timestamp()
FROM picked p
WHERE e.merchant_id = p.merchant_id AND e.effect_id = p.effect_id AND e.state = 'UNKNOWN'
RETURNING {{columns}}";

/// A send's lease is never renewed: it outlasts the deadline after which nobody begins to send. Rows are locked in the
/// order everybody locks them in.
const RENEW: &str = "
WITH held AS MATERIALIZED (
    SELECT e.merchant_id, e.effect_id
    FROM {{schema}}.effects e
    JOIN unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS h (merchant_id, effect_id, fence)
        ON e.merchant_id = h.merchant_id AND e.effect_id = h.effect_id
    WHERE e.fence = h.fence AND e.holder = $4 AND e.state IN ('CLAIMED', 'UNKNOWN')
    ORDER BY e.merchant_id, e.effect_id
    FOR UPDATE OF e
)
UPDATE {{schema}}.effects e
SET lease_expires_at = clock_timestamp() + make_interval(secs => $5)
FROM held h
WHERE e.merchant_id = h.merchant_id AND e.effect_id = h.effect_id";

/// CLAIMED → VERIFIED → SENDING in one statement: the permit is too short-lived for two. Both stand in the
/// evidence. Rows are locked in the order everybody locks them in.
const BEGIN_SEND: &str = "
WITH held AS MATERIALIZED (
    SELECT e.merchant_id, e.effect_id, h.fence, h.evidence
    FROM {{schema}}.effects e
    JOIN unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::jsonb[]) AS h (merchant_id, effect_id, fence, evidence)
        ON e.merchant_id = h.merchant_id AND e.effect_id = h.effect_id
    WHERE e.fence = h.fence AND e.state = 'CLAIMED'
    ORDER BY e.merchant_id, e.effect_id
    FOR UPDATE OF e
), e AS (
    UPDATE {{schema}}.effects e
    SET state = 'SENDING',
        evidence = h.evidence,
        attempt_count = e.attempt_count + 1,
        clean_probes = 0,
        reason = '',
        detail = '',
        send_deadline_at = clock_timestamp() + make_interval(secs => $5),
        lease_expires_at = clock_timestamp() + make_interval(secs => $6),
        updated_at = clock_timestamp()
    FROM held h
    WHERE e.merchant_id = h.merchant_id AND e.effect_id = h.effect_id AND e.fence = h.fence AND e.state = 'CLAIMED'
    RETURNING e.*
), attempt AS (
    INSERT INTO {{schema}}.effect_attempts
        (merchant_id, effect_id, fence, from_state, to_state, reason, detail, evidence)
    SELECT e.merchant_id, e.effect_id, e.fence, s.from_state, s.to_state, '', '',
           CASE s.to_state
               WHEN 'VERIFIED' THEN e.evidence
               ELSE jsonb_build_object('attempt', e.attempt_count, 'send_deadline_at', e.send_deadline_at)
           END
    FROM e
    CROSS JOIN (VALUES (1, 'CLAIMED', 'VERIFIED'), (2, 'VERIFIED', 'SENDING')) AS s (step, from_state, to_state)
    ORDER BY e.effect_id, s.step
)
SELECT {{columns}} FROM e";

/// Rows are locked in the order everybody locks them in.
const HASTEN: &str = "
WITH waiting AS MATERIALIZED (
    SELECT e.merchant_id, e.effect_id
    FROM {{schema}}.effects e
    WHERE e.kind = $1 AND e.merchant_id = $2 AND e.account_id = $3
      AND e.state = 'RETRYABLE' AND e.next_attempt_at > now() AND e.reason = ANY($4)
    ORDER BY e.merchant_id, e.effect_id
    FOR UPDATE
)
UPDATE {{schema}}.effects e
SET next_attempt_at = now(),
    updated_at = clock_timestamp()
FROM waiting w
WHERE e.merchant_id = w.merchant_id AND e.effect_id = w.effect_id";

/// Every row is written, not only those that show the member: one that is being settled shows it once it is. Rows are
/// locked in the order everybody locks them in.
const FORGET: &str = "
WITH named AS MATERIALIZED (
    SELECT e.merchant_id, e.effect_id
    FROM {{schema}}.effects e
    WHERE e.merchant_id = $1 AND e.effect_id = ANY($2)
    ORDER BY e.merchant_id, e.effect_id
    FOR UPDATE
)
UPDATE {{schema}}.effects e
SET evidence = CASE jsonb_typeof(e.evidence) WHEN 'object' THEN e.evidence - $3 ELSE e.evidence END
FROM named n
WHERE e.merchant_id = n.merchant_id AND e.effect_id = n.effect_id";

/// A statement of its own, so that it sees what was written before the effects could be locked.
const FORGET_ATTEMPTS: &str = "
UPDATE {{schema}}.effect_attempts
SET evidence = evidence - $3
WHERE merchant_id = $1 AND effect_id = ANY($2) AND jsonb_typeof(evidence) = 'object' AND evidence ? $3";

const LOST: &str = "
SELECT {{columns}}
FROM {{schema}}.effects e
WHERE e.state IN ('CLAIMED', 'VERIFIED', 'SENDING') AND e.lease_expires_at <= now() AND e.kind = ANY($1)
ORDER BY e.lease_expires_at
LIMIT $2";

const BACKLOG: &str = "
SELECT e.kind, 'DUE' AS what, count(*) AS number,
       COALESCE(EXTRACT(EPOCH FROM now() - min(e.next_attempt_at)), 0)::float8 AS oldest_seconds
FROM {{schema}}.effects e
WHERE e.state IN ('PENDING', 'RETRYABLE') AND e.next_attempt_at <= now()
GROUP BY e.kind
UNION ALL
SELECT e.kind, 'UNKNOWN', count(*),
       COALESCE(EXTRACT(EPOCH FROM now() - min(e.send_deadline_at)), 0)::float8
FROM {{schema}}.effects e
WHERE e.state = 'UNKNOWN'
GROUP BY e.kind";

/// `{{filter}}` is filled by [`Ledger::list`](super::Ledger::list) with fixed texts and names of enums.
const LIST: &str = "
SELECT {{columns}}
FROM {{schema}}.effects e
WHERE e.merchant_id = $1
  {{filter}}
ORDER BY e.merchant_id DESC, e.effect_id DESC
LIMIT $4";

const ATTEMPTS: &str = "
SELECT a.fence, a.from_state, a.to_state, a.at, a.reason, a.detail, a.evidence
FROM (
    SELECT *
    FROM {{schema}}.effect_attempts
    WHERE merchant_id = $1 AND effect_id = $2
    ORDER BY seq DESC
    LIMIT $3
) a
ORDER BY a.seq";
