-- Messages to people, without what they say and whom they reach: the text is composed when it is sent, from what
-- order-sync and fulfillment answer then, and is kept nowhere.

CREATE TABLE notification.messages (
    merchant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    -- What carries it out, in notification.effects.
    effect_id uuid NOT NULL,
    sender text NOT NULL,
    template text NOT NULL,
    -- What it is about: an entitlement, an order, or itself when it tells of several orders.
    subject_id uuid NOT NULL,
    -- The order it belongs to, if exactly one.
    order_id uuid,
    state text NOT NULL,
    -- Raised by every change; the version of its events.
    version bigint NOT NULL,
    -- Why it is in this state, a stable code; empty while nothing went wrong.
    reason text NOT NULL DEFAULT '',
    -- Keyed hash of the recipient: tells whether two went to the same, and nothing else.
    recipient_hash bytea,
    provider_message_id text,
    provider_group_id text,
    created_at timestamptz NOT NULL,
    accepted_at timestamptz,
    delivered_at timestamptz,
    updated_at timestamptz NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (merchant_id, message_id),
    CONSTRAINT messages_effect_key UNIQUE (merchant_id, effect_id),
    CONSTRAINT messages_sender_check CHECK (sender IN ('SOLAPI', 'SLACK')),
    CONSTRAINT messages_state_check CHECK (state IN ('PENDING', 'ACCEPTED', 'DELIVERED', 'FAILED')),
    CONSTRAINT messages_version_check CHECK (version > 0),
    CONSTRAINT messages_delivered_check CHECK ((state = 'DELIVERED') = (delivered_at IS NOT NULL))
);

-- Which orders a message tells of. A new order is announced once, even if its event is read again.
CREATE TABLE notification.message_orders (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    message_id uuid NOT NULL,
    template text NOT NULL,
    CONSTRAINT message_orders_pkey PRIMARY KEY (merchant_id, order_id, message_id),
    CONSTRAINT message_orders_message_fkey FOREIGN KEY (merchant_id, message_id)
        REFERENCES notification.messages (merchant_id, message_id)
);
CREATE UNIQUE INDEX message_orders_announced_key ON notification.message_orders (merchant_id, order_id)
WHERE template = 'new_orders';

-- Accepted messages whose delivery the provider has not reported yet. A row goes when it is known, or after 72 hours.
CREATE TABLE notification.delivery_checks (
    merchant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    provider_message_id text NOT NULL,
    accepted_at timestamptz NOT NULL,
    -- Pushed ahead by whoever checks, so that two processes do not ask at once.
    next_check_at timestamptz NOT NULL,
    CONSTRAINT delivery_checks_pkey PRIMARY KEY (merchant_id, message_id),
    CONSTRAINT delivery_checks_message_fkey FOREIGN KEY (merchant_id, message_id)
        REFERENCES notification.messages (merchant_id, message_id)
);
CREATE INDEX delivery_checks_due_idx ON notification.delivery_checks (next_check_at);
