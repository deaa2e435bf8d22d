-- What is collected from where: the accounts to poll, how far each of their streams was read, and the evidence.

-- What channel-proxy's feed says about the accounts; `version` is theirs.
CREATE TABLE order_sync.channel_accounts (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel text NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT channel_accounts_pkey PRIMARY KEY (merchant_id, channel_account_id)
);

-- One row per stream of an account. Everything created before high_water_at was read once.
CREATE TABLE order_sync.cursors (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    stream text NOT NULL,
    high_water_at timestamptz,
    swept_at timestamptz,
    last_arrival_at timestamptz,
    last_success_at timestamptz,
    last_reason text NOT NULL DEFAULT '',
    last_detail text NOT NULL DEFAULT '',
    consecutive_failures integer NOT NULL DEFAULT 0,
    CONSTRAINT cursors_pkey PRIMARY KEY (merchant_id, channel_account_id, stream)
);

-- The evidence that no minute was left out: what was read, when, and what it showed. A window without closed_at was
-- given up on the way and proves nothing.
CREATE TABLE order_sync.poll_windows (
    merchant_id uuid NOT NULL,
    poll_window_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    stream text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    sweep boolean NOT NULL,
    fence bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    -- When the first of its reads was sent.
    read_at timestamptz,
    closed_at timestamptz,
    page_count integer NOT NULL DEFAULT 0,
    row_count integer NOT NULL DEFAULT 0,
    -- Rows that wrote something.
    changed_count integer NOT NULL DEFAULT 0,
    -- Orders first seen although created before the high-water mark.
    late_count integer NOT NULL DEFAULT 0,
    CONSTRAINT poll_windows_pkey PRIMARY KEY (merchant_id, poll_window_id),
    CONSTRAINT poll_windows_span_check CHECK (from_at <= to_at)
);
-- Housekeeping looks for the oldest.
CREATE INDEX poll_windows_opened_idx ON order_sync.poll_windows (opened_at);

-- Pages exactly as the channels sent them, compressed and sealed under a key of their own.
CREATE TABLE order_sync.raw_pages (
    merchant_id uuid NOT NULL,
    raw_page_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    stream text NOT NULL,
    -- Absent for a parcel that was read alone.
    poll_window_id uuid,
    page_number integer NOT NULL,
    data_key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    sha256 bytea NOT NULL,
    -- Whose rows it holds, so that it can go early when one of them is erased.
    channel_order_ids text[] NOT NULL,
    read_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    -- Absent while its rows are not stored.
    parsed_at timestamptz,
    CONSTRAINT raw_pages_pkey PRIMARY KEY (merchant_id, raw_page_id)
);
-- Ciphertext does not compress: PostgreSQL need not try.
ALTER TABLE order_sync.raw_pages ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX raw_pages_created_idx ON order_sync.raw_pages (created_at);

-- The last page that was stored completely at each place, so that reading an unchanged window writes no rows.
CREATE TABLE order_sync.page_digests (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    stream text NOT NULL,
    part_number integer NOT NULL,
    page_number integer NOT NULL,
    sha256 bytea NOT NULL,
    CONSTRAINT page_digests_pkey PRIMARY KEY (merchant_id, channel_account_id, stream, part_number, page_number)
);

-- Rows that could not be translated or stored. They wait for an upgrade or a person; their page is kept beside them.
CREATE TABLE order_sync.parked_rows (
    merchant_id uuid NOT NULL,
    parked_row_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    stream text NOT NULL,
    -- The channel's id of the row, or the page's hash and the row's place where no id could be read.
    row_key text NOT NULL,
    reason text NOT NULL,
    raw_page_id uuid NOT NULL,
    row_index integer NOT NULL,
    parked_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    resolved_at timestamptz,
    CONSTRAINT parked_rows_pkey PRIMARY KEY (merchant_id, parked_row_id),
    CONSTRAINT parked_rows_row_key UNIQUE (merchant_id, channel_account_id, stream, row_key)
);

-- Parcels that fulfillment acted on and that are to be read again. `list_tried`: a list was read since and did not
-- reach back to the parcel's order, so only a single read is left.
CREATE TABLE order_sync.parcel_rereads (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_parcel_id text NOT NULL,
    channel_order_id text NOT NULL,
    -- What the parcel became by that act, hence the list in which it stands now.
    line_state text NOT NULL,
    requested_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    list_tried boolean NOT NULL DEFAULT false,
    last_reason text NOT NULL DEFAULT '',
    CONSTRAINT parcel_rereads_pkey PRIMARY KEY (merchant_id, channel_account_id, channel_parcel_id),
    CONSTRAINT parcel_rereads_line_state_check CHECK (line_state IN ('ACKNOWLEDGED', 'DISPATCHED'))
);
