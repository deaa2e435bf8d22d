-- What order-sync and catalog told us: orders without personal data, and what their listings stand for. Kept here
-- because a decision about a shipment is made in one transaction with the facts it rests on.

CREATE TABLE fulfillment.orders (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    -- Of order-sync's order: a lower or equal one is old news.
    version bigint NOT NULL,
    channel text NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_order_id text NOT NULL,
    ordered_at timestamptz NOT NULL,
    first_seen_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (merchant_id, order_id)
);

CREATE TABLE fulfillment.order_lines (
    merchant_id uuid NOT NULL,
    line_id uuid NOT NULL,
    order_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_line_id text NOT NULL,
    channel_parcel_id text NOT NULL,
    channel_listing_id text NOT NULL,
    product_name text NOT NULL,
    option_name text NOT NULL,
    quantity integer NOT NULL,
    cancelled_quantity integer NOT NULL,
    held_quantity integer NOT NULL,
    -- A demand of the buyer that is not decided yet.
    open_claim text,
    state text NOT NULL,
    channel_tracking_number text NOT NULL,
    first_seen_at timestamptz NOT NULL,
    state_since timestamptz NOT NULL,
    -- Since when something speaks against shipping it.
    objection_since timestamptz,
    CONSTRAINT order_lines_pkey PRIMARY KEY (merchant_id, line_id),
    CONSTRAINT order_lines_order_fkey FOREIGN KEY (merchant_id, order_id)
        REFERENCES fulfillment.orders (merchant_id, order_id) ON DELETE CASCADE,
    CONSTRAINT order_lines_claim_check CHECK (open_claim IN ('CANCEL', 'AFTER_SALE')),
    CONSTRAINT order_lines_state_check CHECK (
        state IN (
            'PLACED', 'ACKNOWLEDGED', 'DISPATCHED', 'DELIVERED', 'CONFIRMED', 'CANCELLED', 'RETURNED', 'UNKNOWN'
        )
    )
);
CREATE INDEX order_lines_order_idx ON fulfillment.order_lines (merchant_id, order_id);
-- Which open orders wait for a listing.
CREATE INDEX order_lines_listing_idx
ON fulfillment.order_lines (merchant_id, channel_account_id, channel_listing_id, order_id)
WHERE state IN ('PLACED', 'ACKNOWLEDGED');

-- What listings stand for. A row without a variant: catalog was asked and did not know. A line whose listing has no
-- variant is held (UNMAPPED_LISTING) by that fact alone.
CREATE TABLE fulfillment.listings (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_listing_id text NOT NULL,
    -- Of catalog's listing; 0 when catalog was asked, since an answer carries no version.
    version bigint NOT NULL,
    variant_id uuid,
    kind text,
    quantity_multiplier integer,
    -- A mapping came: orders behind this id are still to be planned again.
    release_after uuid,
    updated_at timestamptz NOT NULL,
    CONSTRAINT listings_pkey PRIMARY KEY (merchant_id, channel_account_id, channel_listing_id),
    CONSTRAINT listings_kind_check CHECK (kind IN ('PHYSICAL', 'DIGITAL')),
    CONSTRAINT listings_mapping_check CHECK (
        (variant_id IS NULL AND kind IS NULL AND quantity_multiplier IS NULL)
        OR (variant_id IS NOT NULL AND kind IS NOT NULL AND quantity_multiplier >= 1)
    )
);
CREATE INDEX listings_release_idx ON fulfillment.listings (merchant_id, channel_account_id, channel_listing_id)
WHERE release_after IS NOT NULL;

-- Orders to look at. Whoever learns something about an order puts it here in the same transaction; the planner asks
-- catalog outside of any transaction and then decides.
CREATE TABLE fulfillment.planning_queue (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    -- Raised each time something new is learnt: the planner removes only what it has seen.
    generation bigint NOT NULL,
    due_at timestamptz NOT NULL,
    failures integer NOT NULL,
    CONSTRAINT planning_queue_pkey PRIMARY KEY (merchant_id, order_id)
);
CREATE INDEX planning_queue_due_idx ON fulfillment.planning_queue (due_at);
ALTER TABLE fulfillment.planning_queue
SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
