-- The order board: a read model of other services' events, without personal data. It can be dropped and rebuilt from
-- their feeds and lists; nothing here is the only copy of anything.

-- How far this service has come in the feeds of others; moved in the transaction of the effect.
CREATE TABLE admin_gateway.feed_cursors (
    consumer text NOT NULL,
    epoch bigint NOT NULL,
    xid bigint NOT NULL,
    seq bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (consumer)
);

CREATE TABLE admin_gateway.board_orders (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    -- The event's; only a higher one is applied.
    version bigint NOT NULL,
    channel text NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_order_id text NOT NULL,
    state text NOT NULL,
    ordered_at timestamptz NOT NULL,
    paid_at timestamptz,
    received_at timestamptz NOT NULL,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    -- Why it must not go out, as the channel's facts tell; null when they do not speak against it.
    hold_reason text,
    -- Product names, options and SKUs in lower case, for search.
    search_text text NOT NULL,
    CONSTRAINT board_orders_pkey PRIMARY KEY (merchant_id, order_id)
);
-- Keyset paging, alone and by state or channel.
CREATE INDEX board_orders_page_idx ON admin_gateway.board_orders (merchant_id, ordered_at DESC, order_id DESC);
CREATE INDEX board_orders_state_idx ON admin_gateway.board_orders (merchant_id, state, ordered_at DESC, order_id DESC);
CREATE INDEX board_orders_channel_idx
    ON admin_gateway.board_orders (merchant_id, channel, ordered_at DESC, order_id DESC);
-- Search by the beginning of the channel's number.
CREATE INDEX board_orders_number_idx
    ON admin_gateway.board_orders (merchant_id, channel_order_id text_pattern_ops);
CREATE INDEX board_orders_held_idx ON admin_gateway.board_orders (merchant_id, order_id) WHERE hold_reason IS NOT NULL;

CREATE TABLE admin_gateway.board_lines (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    -- Order inside the order, from 0.
    position integer NOT NULL,
    channel_line_id text NOT NULL,
    channel_parcel_id text NOT NULL,
    channel_listing_id text NOT NULL,
    product_name text NOT NULL,
    option_name text NOT NULL,
    sku_code text NOT NULL,
    quantity integer NOT NULL,
    cancelled_quantity integer NOT NULL,
    held_quantity integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    line_total_minor bigint NOT NULL,
    state text NOT NULL,
    -- As the channel shows it; null until it does.
    tracking_number text,
    CONSTRAINT board_lines_pkey PRIMARY KEY (merchant_id, order_id, line_id)
);
CREATE INDEX board_lines_tracking_idx ON admin_gateway.board_lines (merchant_id, tracking_number text_pattern_ops)
    WHERE tracking_number IS NOT NULL;

-- Shipments may arrive before their orders: the two come from different feeds. Hence no foreign keys.
CREATE TABLE admin_gateway.board_shipments (
    merchant_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    carrier text NOT NULL,
    tracking_number text NOT NULL,
    hold_reason text NOT NULL,
    hold_detail text NOT NULL,
    CONSTRAINT board_shipments_pkey PRIMARY KEY (merchant_id, shipment_id)
);
CREATE INDEX board_shipments_tracking_idx
    ON admin_gateway.board_shipments (merchant_id, tracking_number text_pattern_ops);
CREATE INDEX board_shipments_held_idx ON admin_gateway.board_shipments (merchant_id, shipment_id) WHERE state = 'HELD';

CREATE TABLE admin_gateway.board_shipment_lines (
    merchant_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    CONSTRAINT board_shipment_lines_pkey PRIMARY KEY (merchant_id, shipment_id, line_id)
);
CREATE INDEX board_shipment_lines_order_idx ON admin_gateway.board_shipment_lines (merchant_id, order_id);

CREATE TABLE admin_gateway.board_entitlements (
    merchant_id uuid NOT NULL,
    entitlement_id uuid NOT NULL,
    version bigint NOT NULL,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    state text NOT NULL,
    CONSTRAINT board_entitlements_pkey PRIMARY KEY (merchant_id, entitlement_id)
);
CREATE INDEX board_entitlements_order_idx ON admin_gateway.board_entitlements (merchant_id, order_id);

-- What a listing's mapping tells of its lines.
CREATE TABLE admin_gateway.board_listings (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_listing_id text NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    CONSTRAINT board_listings_pkey PRIMARY KEY (merchant_id, channel_account_id, channel_listing_id),
    CONSTRAINT board_listings_kind_check CHECK (kind IN ('PHYSICAL', 'DIGITAL'))
);

-- What happened to an order: a kind with parameters, worded when it is read. Each entry has a key that every event
-- that tells of it makes again, so entries are facts that may come in any order: an event that the board skips,
-- because a newer one came first, still adds its entry.
CREATE TABLE admin_gateway.timeline_entries (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    entry_key text NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    params jsonb NOT NULL,
    CONSTRAINT timeline_entries_pkey PRIMARY KEY (merchant_id, order_id, entry_key)
);
