-- How long an order may stay out of a channel's lists after it was placed, as channel-proxy says of the account: a read
-- sooner is no evidence. What was known before was Coupang's.
ALTER TABLE order_sync.channel_accounts
    ADD COLUMN visibility_lag_seconds bigint NOT NULL DEFAULT 600,
    ADD CONSTRAINT channel_accounts_visibility_lag_check CHECK (visibility_lag_seconds >= 0);

-- The last failure stays to be seen after the next success.
ALTER TABLE order_sync.cursors
    ADD COLUMN last_failure_at timestamptz,
    ADD COLUMN last_failure_reason text NOT NULL DEFAULT '',
-- When the first window was closed; what lies before it is the past that was there at the first contact.
    ADD COLUMN first_read_at timestamptz,
-- The past that is still to be read, beside the present: before the first contact, or of a time when nothing was read.
-- unread_from_at moves on with each part; all are NULL when nothing is left.
    ADD COLUMN unread_began_at timestamptz,
    ADD COLUMN unread_from_at timestamptz,
    ADD COLUMN unread_to_at timestamptz,
-- Why its last part could not be read; empty while it moves on.
    ADD COLUMN unread_reason text NOT NULL DEFAULT '',
-- A sweep that was asked for and is due until swept_at (deep_swept_at) is later.
    ADD COLUMN sweep_asked_at timestamptz,
    ADD COLUMN deep_sweep_asked_at timestamptz,
    ADD CONSTRAINT cursors_unread_check CHECK ((unread_from_at IS NULL) = (unread_to_at IS NULL)
        AND (unread_from_at IS NULL) = (unread_began_at IS NULL)),
    ADD CONSTRAINT cursors_unread_span_check CHECK (unread_from_at < unread_to_at);
UPDATE order_sync.cursors c
SET first_read_at = coalesce(
    (SELECT min(w.opened_at)
     FROM order_sync.poll_windows w
     WHERE w.merchant_id = c.merchant_id
       AND w.channel_account_id = c.channel_account_id
       AND w.stream = c.stream),
    high_water_at)
WHERE high_water_at IS NOT NULL;

-- Evidence is read by stream, without visiting the rows.
CREATE INDEX poll_windows_evidence_idx
    ON order_sync.poll_windows (merchant_id, channel_account_id, stream, opened_at)
    INCLUDE (from_at, to_at, read_at, late_count)
    WHERE closed_at IS NOT NULL;

-- Minutes of the last day that were not read twice in time: each was told once, and when it closed.
CREATE TABLE order_sync.coverage_gaps (
    merchant_id uuid NOT NULL,
    coverage_gap_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    stream text NOT NULL,
    -- As far as it ever reached.
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    -- How often its minutes were read at least when it was found: 0 or 1.
    readings integer NOT NULL,
    found_at timestamptz NOT NULL,
    closed_at timestamptz,
    -- COVERED: its minutes were read twice by then. EXPIRED: they are too old to be watched and were not.
    outcome text,
    CONSTRAINT coverage_gaps_pkey PRIMARY KEY (merchant_id, coverage_gap_id),
    CONSTRAINT coverage_gaps_span_check CHECK (from_at < to_at),
    CONSTRAINT coverage_gaps_outcome_check CHECK (outcome IN ('COVERED', 'EXPIRED')),
    CONSTRAINT coverage_gaps_closed_check CHECK ((closed_at IS NULL) = (outcome IS NULL))
);
-- Two processes that find the same gap tell it once.
CREATE UNIQUE INDEX coverage_gaps_open_key
    ON order_sync.coverage_gaps (merchant_id, channel_account_id, stream, from_at)
    WHERE closed_at IS NULL;
CREATE INDEX coverage_gaps_found_idx ON order_sync.coverage_gaps (merchant_id, channel_account_id, found_at);

-- How much further than its channel asks for an account's windows reach back since orders showed late; it shrinks by
-- itself with the days since late_at.
CREATE TABLE order_sync.overlaps (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    widened_by_seconds bigint NOT NULL,
    late_at timestamptz NOT NULL,
    CONSTRAINT overlaps_pkey PRIMARY KEY (merchant_id, channel_account_id),
    CONSTRAINT overlaps_widened_by_check CHECK (widened_by_seconds >= 0)
);

-- Parked rows are tried again, so that an upgrade stores them: each of them now and then while it is parked.
ALTER TABLE order_sync.parked_rows
    ADD COLUMN retries integer NOT NULL DEFAULT 0,
    ADD COLUMN last_retry_at timestamptz,
    ADD COLUMN last_retry_reason text NOT NULL DEFAULT '';
CREATE INDEX parked_rows_open_idx ON order_sync.parked_rows (merchant_id, parked_at DESC, parked_row_id)
    WHERE resolved_at IS NULL;
