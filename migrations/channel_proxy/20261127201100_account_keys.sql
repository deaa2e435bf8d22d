-- Keys of accounts end, are replaced, and are refused for the address they come from. What is known of that stands on
-- the account; credentials that are not in use stand beside it, sealed under data keys of their own.
ALTER TABLE channel_proxy.channel_accounts
    -- The day, in Korea, on which the key in use was issued; absent when nobody said.
    ADD COLUMN key_issued_on date,
    -- When it ends: computed from the day by what the channel documents.
    ADD COLUMN key_expires_at timestamptz,
    -- The warning given last for this end, in days before it; absent when none was.
    ADD COLUMN key_warned_days integer,
    -- Counts warnings, as their events' version.
    ADD COLUMN warnings bigint NOT NULL DEFAULT 0,
    -- From which address the channel saw us when it refused it; absent since it takes our calls.
    ADD COLUMN egress_reported text,
    ADD COLUMN egress_reported_at timestamptz,
    ADD CONSTRAINT channel_accounts_egress_check
        CHECK ((egress_reported IS NULL) = (egress_reported_at IS NULL));

CREATE INDEX channel_accounts_key_expires_idx ON channel_proxy.channel_accounts (key_expires_at)
    WHERE key_expires_at IS NOT NULL;

CREATE TABLE channel_proxy.channel_credentials (
    merchant_id uuid NOT NULL,
    credentials_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    -- Of the request that added them; the id itself for those that were in use before.
    request_id text NOT NULL,
    state text NOT NULL,
    key_issued_on date,
    -- Both absent when they are in use (then they stand on the account) or retired (then they stand nowhere).
    data_key_id uuid,
    sealed_credentials bytea,
    tested_at timestamptz,
    -- Both empty when the test went well.
    test_reason text,
    test_detail text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT channel_credentials_pkey PRIMARY KEY (merchant_id, credentials_id),
    CONSTRAINT channel_credentials_request_key UNIQUE (merchant_id, request_id),
    CONSTRAINT channel_credentials_state_check CHECK (state IN ('PENDING', 'PROMOTED', 'PREVIOUS', 'RETIRED')),
    CONSTRAINT channel_credentials_sealed_check
        CHECK ((sealed_credentials IS NULL) = (data_key_id IS NULL)
               AND (sealed_credentials IS NOT NULL) = (state IN ('PENDING', 'PREVIOUS'))),
    CONSTRAINT channel_credentials_test_check
        CHECK ((tested_at IS NULL) = (test_reason IS NULL) AND (tested_at IS NULL) = (test_detail IS NULL))
);

CREATE INDEX channel_credentials_account_idx
    ON channel_proxy.channel_credentials (merchant_id, channel_account_id, created_at);

CREATE UNIQUE INDEX channel_credentials_promoted_key
    ON channel_proxy.channel_credentials (merchant_id, channel_account_id) WHERE state = 'PROMOTED';
