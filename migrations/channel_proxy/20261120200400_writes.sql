-- What stands between the hub and a channel. A permit is leave to dispatch exactly these lines once, resting on a look
-- whose evidence is kept; it is used in the transaction that is committed before the first byte leaves. An outcome is
-- remembered per effect, so that a repeat is answered and not sent, and a worker that lost its claim is turned away.
CREATE TABLE channel_proxy.permits (
    merchant_id uuid NOT NULL,
    permit_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    effect_id uuid NOT NULL,
    channel_order_id text NOT NULL,
    channel_parcel_id text NOT NULL,
    -- Sorted by line: the position in both arrays is the same.
    line_ids text[] NOT NULL,
    quantities integer[] NOT NULL,
    -- JSON text without personal data; its hash is what the permit shows.
    evidence text NOT NULL,
    evidence_hash text NOT NULL,
    oldest_read_at timestamptz NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT permits_pkey PRIMARY KEY (merchant_id, permit_id),
    CONSTRAINT permits_lines_check CHECK (cardinality(line_ids) >= 1 AND cardinality(line_ids) = cardinality(quantities)),
    CONSTRAINT permits_life_check CHECK (expires_at <= oldest_read_at + interval '5 seconds'),
    CONSTRAINT permits_used_in_time_check CHECK (used_at IS NULL OR used_at < expires_at)
);

CREATE INDEX permits_effect_idx ON channel_proxy.permits (merchant_id, effect_id);

CREATE TABLE channel_proxy.effect_outcomes (
    merchant_id uuid NOT NULL,
    effect_id uuid NOT NULL,
    kind text NOT NULL,
    channel_account_id uuid NOT NULL,
    -- The highest seen.
    fence bigint NOT NULL,
    -- NEW: nothing left yet. SENDING: something may have left. DECIDED: the channel answered, or nothing was sent.
    progress text NOT NULL,
    outcome text,
    reason text NOT NULL,
    detail text NOT NULL,
    retry_at timestamptz,
    evidence text NOT NULL,
    -- Looks since the last attempt that found no trace of it.
    clean_probes integer NOT NULL,
    sending_since timestamptz,
    updated_at timestamptz NOT NULL,
    CONSTRAINT effect_outcomes_pkey PRIMARY KEY (merchant_id, effect_id, kind),
    CONSTRAINT effect_outcomes_kind_check CHECK (kind IN ('ACKNOWLEDGE', 'DISPATCH')),
    CONSTRAINT effect_outcomes_progress_check CHECK (progress IN ('NEW', 'SENDING', 'DECIDED')),
    CONSTRAINT effect_outcomes_outcome_check
        CHECK (outcome IN ('CONFIRMED', 'REFUSED_FINAL', 'REFUSED_LATER', 'UNCLEAR', 'BLOCKED')),
    CONSTRAINT effect_outcomes_decided_check CHECK ((progress = 'DECIDED') = (outcome IS NOT NULL)),
    CONSTRAINT effect_outcomes_sending_check CHECK (progress <> 'SENDING' OR sending_since IS NOT NULL)
);
