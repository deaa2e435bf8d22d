-- What the channels told us about orders. Lines and claims hold what was read; where a line stands is computed from
-- both, and only the order's own state is stored beside them, for lists.

CREATE TABLE order_sync.orders (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    channel text NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_order_id text NOT NULL,
    -- Raised under the row's lock by every change; the version of the event that tells of it.
    version bigint NOT NULL,
    state text NOT NULL,
    -- Copy of `ordered_at`, or of created_at where the channel gives none: the order of lists.
    sorted_at timestamptz NOT NULL,
    ordered_at timestamptz,
    paid_at timestamptz,
    shipping_fee_minor bigint,
    currency text,
    -- The newest read that anything here comes from.
    read_at timestamptz NOT NULL,
    -- When each fact was read, where one read did not show all of them; otherwise NULL.
    fact_times jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (merchant_id, order_id),
    CONSTRAINT orders_channel_order_key UNIQUE (merchant_id, channel_account_id, channel_order_id),
    CONSTRAINT orders_state_check CHECK (state IN ('UNKNOWN', 'PLACED', 'ACKNOWLEDGED', 'PARTIALLY_DISPATCHED',
        'DISPATCHED', 'DELIVERED', 'CONFIRMED', 'CANCELLED', 'RETURNED')),
    CONSTRAINT orders_version_check CHECK (version > 0)
) WITH (fillfactor = 85);
CREATE INDEX orders_sorted_idx ON order_sync.orders (merchant_id, sorted_at DESC, order_id DESC);
-- The oldest order that may still change decides how far back a window reaches.
CREATE INDEX orders_open_idx ON order_sync.orders (merchant_id, channel_account_id, sorted_at)
    WHERE state IN ('UNKNOWN', 'PLACED', 'ACKNOWLEDGED', 'PARTIALLY_DISPATCHED');

CREATE TABLE order_sync.order_lines (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    channel_line_id text NOT NULL,
    line_id uuid NOT NULL,
    -- Place among the order's lines at first sight.
    position integer NOT NULL,
    channel_parcel_id text,
    channel_listing_id text,
    product_name text,
    option_name text,
    sku_code text,
    quantity integer NOT NULL,
    -- As the order list shows them; claims are counted when the order is read.
    cancelled_quantity integer NOT NULL,
    held_quantity integer NOT NULL,
    unit_price_minor bigint,
    line_total_minor bigint,
    currency text,
    -- NULL while the channel only ever showed a word that we do not know.
    state text,
    unknown_state text NOT NULL,
    tracking_number text,
    read_at timestamptz NOT NULL,
    fact_times jsonb,
    CONSTRAINT order_lines_pkey PRIMARY KEY (merchant_id, order_id, channel_line_id),
    CONSTRAINT order_lines_quantity_check CHECK (quantity > 0 AND cancelled_quantity >= 0 AND held_quantity >= 0),
    CONSTRAINT order_lines_state_check CHECK (state IN ('PLACED', 'ACKNOWLEDGED', 'DISPATCHED', 'DELIVERED',
        'CONFIRMED', 'CANCELLED', 'RETURNED')),
    CONSTRAINT order_lines_order_fkey FOREIGN KEY (merchant_id, order_id) REFERENCES order_sync.orders
) WITH (fillfactor = 85);

-- After-sale demands by the channel's id, kept also while their order is not here (order_id NULL).
CREATE TABLE order_sync.claims (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_claim_id text NOT NULL,
    claim_id uuid NOT NULL,
    order_id uuid,
    channel_order_id text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    requested_at timestamptz NOT NULL,
    kind_read_at timestamptz NOT NULL,
    state_read_at timestamptz NOT NULL,
    lines_read_at timestamptz,
    -- [{"channel_line_id", "quantity"}]; NULL means the whole order.
    lines jsonb,
    CONSTRAINT claims_pkey PRIMARY KEY (merchant_id, channel_account_id, channel_claim_id),
    CONSTRAINT claims_kind_check CHECK (kind IN ('UNKNOWN', 'CANCEL', 'STOP_SHIPMENT', 'RETURN', 'EXCHANGE')),
    CONSTRAINT claims_state_check CHECK (state IN ('UNKNOWN', 'REQUESTED', 'COMPLETED', 'WITHDRAWN')),
    CONSTRAINT claims_lines_check CHECK ((lines IS NULL) = (lines_read_at IS NULL))
);
CREATE INDEX claims_order_idx ON order_sync.claims (merchant_id, order_id) WHERE order_id IS NOT NULL;
-- Claims that wait for their order.
CREATE INDEX claims_waiting_idx ON order_sync.claims (merchant_id, channel_account_id, channel_order_id)
    WHERE order_id IS NULL;
-- The oldest claim that may still change.
CREATE INDEX claims_open_idx ON order_sync.claims (merchant_id, channel_account_id, requested_at)
    WHERE state IN ('UNKNOWN', 'REQUESTED');

-- Names of listings as the newest order shows them; the source of ListingSeen.
CREATE TABLE order_sync.listings (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_listing_id text NOT NULL,
    -- The feed's aggregate id.
    listing_key uuid NOT NULL,
    version bigint NOT NULL,
    product_name text NOT NULL,
    option_name text NOT NULL,
    sku_code text NOT NULL,
    -- Time of the order that these names are from.
    ordered_at timestamptz NOT NULL,
    CONSTRAINT listings_pkey PRIMARY KEY (merchant_id, channel_account_id, channel_listing_id)
);
