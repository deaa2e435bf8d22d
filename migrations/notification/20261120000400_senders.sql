-- By which means a merchant reaches people. One sender of each kind; its credentials are sealed and never come out.

CREATE TABLE notification.senders (
    merchant_id uuid NOT NULL,
    kind text NOT NULL,
    sender_id uuid NOT NULL,
    -- Where the provider is; for Slack only the origin of the webhook, whose path is the secret.
    base_url text NOT NULL,
    -- The form depends on the kind. Sealed under a key of its own, destroyed when the sender is replaced.
    credentials_sealed bytea NOT NULL,
    data_key_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT senders_pkey PRIMARY KEY (merchant_id, kind),
    CONSTRAINT senders_kind_check CHECK (kind IN ('SOLAPI', 'SLACK'))
);
