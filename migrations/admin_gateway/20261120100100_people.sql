-- Who may work here, their sessions, and what they did.

CREATE TABLE admin_gateway.merchants (
    merchant_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT merchants_pkey PRIMARY KEY (merchant_id),
    CONSTRAINT merchants_name_check CHECK (name <> '')
);

CREATE TABLE admin_gateway.operators (
    merchant_id uuid NOT NULL,
    operator_id uuid NOT NULL,
    -- Lower case.
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    locale text NOT NULL,
    -- PHC text: argon2id with its parameters and salt.
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT operators_pkey PRIMARY KEY (merchant_id, operator_id),
    CONSTRAINT operators_email_key UNIQUE (merchant_id, email),
    CONSTRAINT operators_email_check CHECK (email = lower(email) AND email <> ''),
    CONSTRAINT operators_role_check CHECK (role IN ('OWNER', 'OPERATOR', 'VIEWER')),
    CONSTRAINT operators_locale_check CHECK (locale IN ('ko', 'en')),
    CONSTRAINT operators_merchant_fkey FOREIGN KEY (merchant_id) REFERENCES admin_gateway.merchants (merchant_id)
);
-- A log-in names no merchant.
CREATE INDEX operators_email_idx ON admin_gateway.operators (email);

CREATE TABLE admin_gateway.sessions (
    merchant_id uuid NOT NULL,
    -- SHA-256 of the cookie: who reads this table cannot log in with it.
    token_hash bytea NOT NULL,
    operator_id uuid NOT NULL,
    remembered boolean NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (merchant_id, token_hash),
    CONSTRAINT sessions_operator_fkey FOREIGN KEY (merchant_id, operator_id)
        REFERENCES admin_gateway.operators (merchant_id, operator_id) ON DELETE CASCADE
);
CREATE INDEX sessions_created_idx ON admin_gateway.sessions (created_at);

-- Log-in attempts by what they are counted by: (e-mail, address) pairs and addresses. Hashed, since an address and an
-- e-mail are personal data. There is no merchant before a log-in.
CREATE TABLE admin_gateway.login_attempts (
    subject_hash bytea NOT NULL,
    window_began_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT login_attempts_pkey PRIMARY KEY (subject_hash)
);
CREATE INDEX login_attempts_window_idx ON admin_gateway.login_attempts (window_began_at);

-- Written before anything happens; `status` after. A row that keeps none was cut off.
CREATE TABLE admin_gateway.audit_log (
    merchant_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    at timestamptz NOT NULL,
    operator_id uuid,
    -- Method and route, or LOG_IN.
    action text NOT NULL,
    -- The path asked for.
    subject text NOT NULL,
    address text NOT NULL,
    request_id text NOT NULL,
    status integer,
    CONSTRAINT audit_log_pkey PRIMARY KEY (merchant_id, audit_id)
);
CREATE INDEX audit_log_at_idx ON admin_gateway.audit_log (merchant_id, at);

-- Idempotency-Key: what was asked under a key, and what was answered. `request_key` goes to the services as their
-- request id, so that a repeat after a crash is recognised by the one that did the work.
CREATE TABLE admin_gateway.idempotency_keys (
    merchant_id uuid NOT NULL,
    operator_id uuid NOT NULL,
    key text NOT NULL,
    request_key uuid NOT NULL,
    request_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- Somebody works on it until then, unless it has an answer.
    locked_until timestamptz NOT NULL,
    status integer,
    body bytea,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (merchant_id, operator_id, key),
    CONSTRAINT idempotency_keys_answer_check CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX idempotency_keys_created_idx ON admin_gateway.idempotency_keys (created_at);
