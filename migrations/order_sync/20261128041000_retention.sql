-- How long personal data is kept, and its erasure: destroying a contact's key erases it in every copy, and what searches it goes with it.

-- Since when an order rests (dispatched, delivered, confirmed, cancelled or returned) while its contact is still kept; NULL while it may move on, and once
-- its contact was erased. So the index below holds only what will be erased.
ALTER TABLE order_sync.orders ADD COLUMN rested_at timestamptz;
UPDATE order_sync.orders
SET rested_at = updated_at
WHERE state IN ('DISPATCHED', 'DELIVERED', 'CONFIRMED', 'CANCELLED', 'RETURNED');

-- By which another receiver shows: keyed hashes of place and name, NULL where the channel shows none, masks it, or the contact was erased.
ALTER TABLE order_sync.order_contacts
    ADD COLUMN receiver_place bytea,
    ADD COLUMN receiver_name bytea;

-- Earlier contacts of orders, sealed under the contact's own key: a parcel may have been packed for one of them.
CREATE TABLE order_sync.earlier_contacts (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    contact_version bigint NOT NULL,
    data_key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT earlier_contacts_pkey PRIMARY KEY (merchant_id, order_id, contact_version)
);
ALTER TABLE order_sync.earlier_contacts ALTER COLUMN sealed SET STORAGE EXTERNAL;

ALTER TABLE order_sync.inquiries ADD COLUMN erased_at timestamptz;

-- How many days after an order came to rest its contact is erased. An empty channel: the merchant's own, for channels that have none.
CREATE TABLE order_sync.retention_periods (
    merchant_id uuid NOT NULL,
    channel text NOT NULL,
    days integer NOT NULL,
    updated_by uuid NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT retention_periods_pkey PRIMARY KEY (merchant_id, channel),
    CONSTRAINT retention_periods_days_check CHECK (days BETWEEN 1 AND 3650)
);

-- What was erased, when and why. Append-only.
CREATE TABLE order_sync.contact_erasures (
    merchant_id uuid NOT NULL,
    contact_erasure_id uuid NOT NULL,
    order_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    cause text NOT NULL,
    -- Who asked for it; NULL when its time was over.
    operator_id uuid,
    -- The order was not at rest; it was erased all the same.
    was_open boolean NOT NULL,
    CONSTRAINT contact_erasures_pkey PRIMARY KEY (merchant_id, contact_erasure_id),
    CONSTRAINT contact_erasures_cause_check
        CHECK (cause IN ('RETENTION', 'BUYER_REQUEST', 'WRONG_DATA', 'TEST_ORDER', 'LEGAL')),
    CONSTRAINT contact_erasures_operator_check CHECK ((cause = 'RETENTION') = (operator_id IS NULL))
);
CREATE INDEX contact_erasures_erased_idx ON order_sync.contact_erasures (merchant_id, erased_at);
-- What is due for erasure: the oldest first, of all merchants.
CREATE INDEX orders_rested_idx ON order_sync.orders (rested_at) WHERE rested_at IS NOT NULL;
CREATE INDEX inquiries_kept_idx ON order_sync.inquiries (updated_at) WHERE erased_at IS NULL;
