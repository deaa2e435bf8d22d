-- What we do about after-sale demands: a row, and an effect, for each step of a claim.

-- The claims that somebody decided about. Its row is locked first, so that a claim takes one step at a time.
CREATE TABLE fulfillment.decided_claims (
    merchant_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_claim_id text NOT NULL,
    channel_order_id text NOT NULL,
    kind text NOT NULL,
    requested_at timestamptz NOT NULL,
    CONSTRAINT decided_claims_pkey PRIMARY KEY (merchant_id, claim_id),
    CONSTRAINT decided_claims_kind_check CHECK (kind IN ('CANCEL', 'STOP_SHIPMENT', 'RETURN', 'EXCHANGE'))
);

CREATE TABLE fulfillment.claim_decisions (
    merchant_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    action text NOT NULL,
    effect_id uuid NOT NULL,
    request_id text NOT NULL,
    operator_id uuid NOT NULL,
    -- What is told, as moa.channel_proxy.v1.ProbeEffectRequest with its `intended` alone: it may hold a note to the buyer.
    data_key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT claim_decisions_pkey PRIMARY KEY (merchant_id, decision_id),
    CONSTRAINT claim_decisions_effect_key UNIQUE (merchant_id, effect_id),
    CONSTRAINT claim_decisions_claim_fkey FOREIGN KEY (merchant_id, claim_id) REFERENCES fulfillment.decided_claims,
    CONSTRAINT claim_decisions_action_check CHECK (action IN ('CONFIRM_STOP', 'REPORT_ALREADY_SHIPPED',
        'CONFIRM_COLLECTED', 'APPROVE', 'REJECT', 'RESHIP', 'HOLD', 'RELEASE', 'REPORT_COLLECTION'))
);
CREATE INDEX claim_decisions_claim_idx ON fulfillment.claim_decisions (merchant_id, claim_id);
