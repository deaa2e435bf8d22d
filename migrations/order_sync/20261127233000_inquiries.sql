-- What buyers asked. What was said is personal data: it stands sealed under a key of its own, beside the facts that
-- lists need. Keyed by the channel's ids, which are unique inside account and kind.

CREATE TABLE order_sync.inquiries (
    merchant_id uuid NOT NULL,
    inquiry_id uuid NOT NULL,
    -- Raised under the row's lock by every change; the version of the event that tells of it.
    version bigint NOT NULL,
    channel text NOT NULL,
    channel_account_id uuid NOT NULL,
    kind text NOT NULL,
    channel_inquiry_id text NOT NULL,
    state text NOT NULL,
    asked_at timestamptz NOT NULL,
    -- Since when the channel waits for the merchant.
    waiting_since timestamptz NOT NULL,
    answer_by timestamptz,
    urgent_from timestamptz NOT NULL,
    -- The words themselves are sealed; only that they say so stands here.
    has_urgent_words boolean NOT NULL,
    answered_at timestamptz,
    channel_order_ids text[] NOT NULL,
    channel_listing_ids text[] NOT NULL,
    channel_product_id text NOT NULL,
    product_name text NOT NULL,
    category text NOT NULL,
    -- The message that waits for an answer; empty when it is the question itself.
    channel_parent_answer_id text NOT NULL,
    message_count integer NOT NULL,
    data_key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    -- Keyed hash of what was said, to notice a change without opening anything.
    digest bytea NOT NULL,
    read_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT inquiries_pkey PRIMARY KEY (merchant_id, inquiry_id),
    CONSTRAINT inquiries_channel_inquiry_key UNIQUE (merchant_id, channel_account_id, kind, channel_inquiry_id),
    CONSTRAINT inquiries_kind_check CHECK (kind IN ('PRODUCT', 'ORDER', 'CALL_CENTER')),
    CONSTRAINT inquiries_state_check CHECK (state IN ('UNKNOWN', 'WAITING', 'ANSWERED', 'TO_CONFIRM', 'CLOSED')),
    CONSTRAINT inquiries_version_check CHECK (version > 0)
);
ALTER TABLE order_sync.inquiries ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX inquiries_asked_idx ON order_sync.inquiries (merchant_id, asked_at DESC, inquiry_id DESC);
-- What waits for the merchant, and the oldest of it: it decides how far back a window reaches.
CREATE INDEX inquiries_open_idx ON order_sync.inquiries (merchant_id, channel_account_id, kind, asked_at)
    WHERE state IN ('UNKNOWN', 'WAITING', 'TO_CONFIRM');
CREATE INDEX inquiries_orders_idx ON order_sync.inquiries USING gin (channel_order_ids);

-- Who looked at what was said. Append-only.
CREATE TABLE order_sync.inquiry_accesses (
    merchant_id uuid NOT NULL,
    inquiry_access_id uuid NOT NULL,
    inquiry_id uuid NOT NULL,
    inquiry_version bigint NOT NULL,
    caller text NOT NULL,
    operator_id uuid NOT NULL,
    accessed_at timestamptz NOT NULL,
    CONSTRAINT inquiry_accesses_pkey PRIMARY KEY (merchant_id, inquiry_access_id)
);
CREATE INDEX inquiry_accesses_inquiry_idx ON order_sync.inquiry_accesses (merchant_id, inquiry_id, accessed_at);

-- What each account's channel lists, as channel-proxy says of it.
ALTER TABLE order_sync.channel_accounts
    ADD COLUMN inquiry_kinds text[] NOT NULL DEFAULT '{}',
    ADD COLUMN answer_within_seconds bigint,
    ADD CONSTRAINT channel_accounts_answer_within_check CHECK (answer_within_seconds > 0);
