-- What leaves the house. An intent is a row here, committed before the first byte is sent, so that an effect on the
-- outside world is never forgotten and never doubled. The state machine that moves a row is moa-effects' `machine`.
CREATE TABLE notification.effects (
    merchant_id uuid NOT NULL,
    effect_id uuid NOT NULL,
    kind text NOT NULL,
    -- With kind and merchant the lane: effects of one lane may share a batch, and lanes do not wait for each other.
    account_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    order_id uuid,
    dedupe_key text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'PENDING',
    -- Raised at each claim and each change by somebody other than the holder; a holder with a lower one is stale.
    fence bigint NOT NULL DEFAULT 0,
    attempt_count integer NOT NULL DEFAULT 0,
    -- Attempts made before the last redrive: the retry schedule begins anew there.
    attempt_base integer NOT NULL DEFAULT 0,
    clean_probes smallint NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    -- The latest evidence; all of it stands in effect_attempts.
    evidence jsonb NOT NULL DEFAULT 'null',
    -- Somebody asked to stop it after the first byte may have left; acted on once the outcome is known.
    stop_reason text,
    stop_detail text,
    next_attempt_at timestamptz NOT NULL,
    give_up_at timestamptz,
    holder uuid,
    lease_expires_at timestamptz,
    send_deadline_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT effects_pkey PRIMARY KEY (merchant_id, effect_id),
    CONSTRAINT effects_dedupe_key UNIQUE (merchant_id, kind, dedupe_key),
    CONSTRAINT effects_kind_check CHECK (
        kind IN ('ACKNOWLEDGE', 'DISPATCH', 'MESSAGE', 'ANSWER_INQUIRY', 'DECIDE_CLAIM', 'REFUND')
    ),
    CONSTRAINT effects_state_check CHECK (
        state IN (
            'PENDING', 'CLAIMED', 'VERIFIED', 'SENDING', 'CONFIRMED', 'REJECTED', 'RETRYABLE', 'UNKNOWN', 'BLOCKED',
            'CONFLICT', 'REPAIR', 'DEAD'
        )
    ),
    CONSTRAINT effects_fence_check CHECK (fence >= 0),
    CONSTRAINT effects_attempts_check CHECK (attempt_base >= 0 AND attempt_count >= attempt_base),
    CONSTRAINT effects_dedupe_key_check CHECK (length(dedupe_key) BETWEEN 1 AND 200),
    -- Who holds a row must lose it some day.
    CONSTRAINT effects_lease_check CHECK (
        state NOT IN ('CLAIMED', 'VERIFIED', 'SENDING') OR (holder IS NOT NULL AND lease_expires_at IS NOT NULL)
    ),
    CONSTRAINT effects_sending_check CHECK (state <> 'SENDING' OR send_deadline_at IS NOT NULL)
);

-- A queue's rows die young.
ALTER TABLE notification.effects SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- Claiming: lane by lane, the earliest first.
CREATE INDEX effects_due_idx ON notification.effects (kind, merchant_id, account_id, next_attempt_at)
WHERE state IN ('PENDING', 'RETRYABLE');
-- Probing.
CREATE INDEX effects_unknown_idx ON notification.effects (next_attempt_at) WHERE state = 'UNKNOWN';
-- The sweep of lost leases.
CREATE INDEX effects_lease_idx ON notification.effects (lease_expires_at)
WHERE state IN ('CLAIMED', 'VERIFIED', 'SENDING');
-- What people look for by state. The happy path never enters it. (All effects, newest first, are the primary key
-- read backwards: ids are UUIDv7.)
CREATE INDEX effects_attention_idx ON notification.effects (merchant_id, state, effect_id)
WHERE state IN ('REJECTED', 'RETRYABLE', 'UNKNOWN', 'BLOCKED', 'CONFLICT', 'REPAIR', 'DEAD');
CREATE INDEX effects_subject_idx ON notification.effects (merchant_id, subject_id, effect_id);
CREATE INDEX effects_order_idx ON notification.effects (merchant_id, order_id) WHERE order_id IS NOT NULL;

-- Evidence of each transition (a claim alone says nothing about the outside and is left out). Append-only.
CREATE TABLE notification.effect_attempts (
    merchant_id uuid NOT NULL,
    effect_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    fence bigint NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    evidence jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT effect_attempts_pkey PRIMARY KEY (merchant_id, effect_id, seq)
);
