-- Log-ins at channels. The secrets are sealed under a data key of their own, so that destroying the key ends an account
-- in every copy and backup. What a test or a refused call showed is kept beside it for the merchant's screen; such an
-- observation does not raise the version.
CREATE TABLE channel_proxy.channel_accounts (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    -- Of the registration: the same again answers the first result.
    request_id text NOT NULL,
    channel text NOT NULL,
    name text NOT NULL,
    base_url text NOT NULL,
    state text NOT NULL,
    channel_seller_id text NOT NULL,
    quota_per_second integer NOT NULL,
    data_key_id uuid NOT NULL,
    sealed_credentials bytea NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    tested_at timestamptz,
    -- Both empty when the test went well.
    test_reason text,
    test_detail text,
    refused_at timestamptz,
    refusal_reason text,
    refusal_detail text,
    CONSTRAINT channel_accounts_pkey PRIMARY KEY (merchant_id, channel_account_id),
    CONSTRAINT channel_accounts_request_key UNIQUE (merchant_id, request_id),
    CONSTRAINT channel_accounts_seller_key UNIQUE (merchant_id, channel, channel_seller_id),
    CONSTRAINT channel_accounts_state_check CHECK (state IN ('ACTIVE', 'INACTIVE')),
    CONSTRAINT channel_accounts_quota_check CHECK (quota_per_second BETWEEN 1 AND 1000),
    CONSTRAINT channel_accounts_version_check CHECK (version >= 1),
    CONSTRAINT channel_accounts_test_check
        CHECK ((tested_at IS NULL) = (test_reason IS NULL) AND (tested_at IS NULL) = (test_detail IS NULL)),
    CONSTRAINT channel_accounts_refusal_check
        CHECK ((refused_at IS NULL) = (refusal_reason IS NULL) AND (refused_at IS NULL) = (refusal_detail IS NULL))
);
