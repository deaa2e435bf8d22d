-- Digital goods: who has a right to what, and the secret that activates it. The token is found by its hash; the token
-- itself is sealed under a data key of its own and goes 72 hours after its delivery was confirmed.

CREATE TABLE fulfillment.entitlements (
    merchant_id uuid NOT NULL,
    entitlement_id uuid NOT NULL,
    version bigint NOT NULL,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    quantity integer NOT NULL,
    product_name text NOT NULL,
    option_name text NOT NULL,
    state text NOT NULL,
    token_hash bytea NOT NULL,
    granted_at timestamptz NOT NULL,
    link_sent_at timestamptz,
    activated_at timestamptz,
    activated_by uuid,
    updated_at timestamptz NOT NULL,
    CONSTRAINT entitlements_pkey PRIMARY KEY (merchant_id, entitlement_id),
    CONSTRAINT entitlements_line_key UNIQUE (merchant_id, line_id),
    CONSTRAINT entitlements_token_key UNIQUE (merchant_id, token_hash),
    CONSTRAINT entitlements_state_check CHECK (state IN ('GRANTED', 'LINK_SENT', 'ACTIVATED', 'REVOKED')),
    CONSTRAINT entitlements_token_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT entitlements_activated_check CHECK (
        (state = 'ACTIVATED') = (activated_at IS NOT NULL) AND (activated_at IS NULL) = (activated_by IS NULL)
    )
);
CREATE INDEX entitlements_order_idx ON fulfillment.entitlements (merchant_id, order_id);

CREATE TABLE fulfillment.activation_tokens (
    merchant_id uuid NOT NULL,
    entitlement_id uuid NOT NULL,
    data_key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    -- Set once the delivery was confirmed or the entitlement revoked.
    destroy_after timestamptz,
    CONSTRAINT activation_tokens_pkey PRIMARY KEY (merchant_id, entitlement_id),
    CONSTRAINT activation_tokens_entitlement_fkey FOREIGN KEY (merchant_id, entitlement_id)
        REFERENCES fulfillment.entitlements (merchant_id, entitlement_id) ON DELETE CASCADE
);
CREATE INDEX activation_tokens_due_idx ON fulfillment.activation_tokens (destroy_after)
WHERE destroy_after IS NOT NULL;

-- Each use of a link. Append-only.
CREATE TABLE fulfillment.redemptions (
    merchant_id uuid NOT NULL,
    redemption_id uuid NOT NULL,
    entitlement_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    outcome text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT redemptions_pkey PRIMARY KEY (merchant_id, redemption_id),
    CONSTRAINT redemptions_outcome_check CHECK (outcome IN ('ACTIVATED', 'REPEATED', 'REFUSED'))
);
CREATE INDEX redemptions_entitlement_idx ON fulfillment.redemptions (merchant_id, entitlement_id);
