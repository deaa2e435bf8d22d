-- Customers of the own store and their log-ins. An address is sealed; it is found by its keyed hash.

CREATE TABLE checkout.customers (
    merchant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    email_index bytea NOT NULL,
    email_sealed bytea NOT NULL,
    data_key_id uuid NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT customers_pkey PRIMARY KEY (merchant_id, customer_id),
    CONSTRAINT customers_email_key UNIQUE (merchant_id, email_index)
);

-- The token itself is with the customer only.
CREATE TABLE checkout.sessions (
    merchant_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    customer_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (merchant_id, token_hash),
    CONSTRAINT sessions_customer_fkey FOREIGN KEY (merchant_id, customer_id)
        REFERENCES checkout.customers (merchant_id, customer_id)
);
CREATE INDEX sessions_expiry_idx ON checkout.sessions (expires_at);

-- Wrong passwords in a row, per address, known or not.
CREATE TABLE checkout.login_failures (
    merchant_id uuid NOT NULL,
    email_index bytea NOT NULL,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT login_failures_pkey PRIMARY KEY (merchant_id, email_index)
);
