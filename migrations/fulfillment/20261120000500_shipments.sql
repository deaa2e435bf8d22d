-- What we do about orders: acceptances, and shipments with many-to-many lines from the first day (a line may ship in
-- parts, a parcel may hold lines of several orders).

CREATE TABLE fulfillment.acknowledgements (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_parcel_id text NOT NULL,
    -- Ours, because the effect's subject is a UUID and a channel's parcel id is text.
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL,
    effect_id uuid NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    asked_at timestamptz NOT NULL,
    settled_at timestamptz,
    CONSTRAINT acknowledgements_pkey PRIMARY KEY (merchant_id, channel_account_id, channel_parcel_id),
    CONSTRAINT acknowledgements_effect_key UNIQUE (merchant_id, effect_id),
    CONSTRAINT acknowledgements_state_check CHECK (state IN ('ASKED', 'UNCLEAR', 'CONFIRMED', 'BLOCKED', 'REFUSED'))
);
CREATE INDEX acknowledgements_order_idx ON fulfillment.acknowledgements (merchant_id, order_id);

CREATE TABLE fulfillment.shipments (
    merchant_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    carrier text NOT NULL,
    tracking_number text NOT NULL,
    hold_reason text,
    hold_detail text,
    request_id text NOT NULL,
    -- The operator; empty when Moa packed it (a parcel of digital lines).
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    dispatched_at timestamptz,
    updated_at timestamptz NOT NULL,
    CONSTRAINT shipments_pkey PRIMARY KEY (merchant_id, shipment_id),
    CONSTRAINT shipments_request_key UNIQUE (merchant_id, request_id),
    CONSTRAINT shipments_state_check CHECK (state IN ('READY', 'DISPATCHING', 'DISPATCHED', 'HELD', 'CANCELLED')),
    CONSTRAINT shipments_hold_check CHECK (
        (state = 'HELD') = (hold_reason IS NOT NULL) AND (hold_reason IS NULL) = (hold_detail IS NULL)
    ),
    CONSTRAINT shipments_dispatched_check CHECK ((state = 'DISPATCHED') = (dispatched_at IS NOT NULL)),
    CONSTRAINT shipments_tracking_check CHECK (tracking_number ~ '^[0-9]{1,30}$')
);
CREATE INDEX shipments_state_idx ON fulfillment.shipments (merchant_id, state, shipment_id);

CREATE TABLE fulfillment.shipment_lines (
    merchant_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    line_id uuid NOT NULL,
    order_id uuid NOT NULL,
    channel_line_id text NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_parcel_id text NOT NULL,
    quantity integer NOT NULL,
    CONSTRAINT shipment_lines_pkey PRIMARY KEY (merchant_id, shipment_id, line_id),
    CONSTRAINT shipment_lines_shipment_fkey FOREIGN KEY (merchant_id, shipment_id)
        REFERENCES fulfillment.shipments (merchant_id, shipment_id) ON DELETE CASCADE,
    CONSTRAINT shipment_lines_quantity_check CHECK (quantity >= 1)
);
CREATE INDEX shipment_lines_line_idx ON fulfillment.shipment_lines (merchant_id, line_id);
CREATE INDEX shipment_lines_order_idx ON fulfillment.shipment_lines (merchant_id, order_id, shipment_id);

-- What became of telling the channel, parcel by parcel: one effect each.
CREATE TABLE fulfillment.shipment_parcels (
    merchant_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_parcel_id text NOT NULL,
    order_id uuid NOT NULL,
    channel_order_id text NOT NULL,
    dispatch_state text NOT NULL,
    effect_id uuid,
    CONSTRAINT shipment_parcels_pkey PRIMARY KEY (merchant_id, shipment_id, channel_account_id, channel_parcel_id),
    CONSTRAINT shipment_parcels_shipment_fkey FOREIGN KEY (merchant_id, shipment_id)
        REFERENCES fulfillment.shipments (merchant_id, shipment_id) ON DELETE CASCADE,
    CONSTRAINT shipment_parcels_state_check CHECK (
        dispatch_state IN ('NOT_ASKED', 'IN_FLIGHT', 'UNCLEAR', 'CONFIRMED', 'REFUSED')
    ),
    CONSTRAINT shipment_parcels_effect_check CHECK ((dispatch_state = 'NOT_ASKED') = (effect_id IS NULL))
);
