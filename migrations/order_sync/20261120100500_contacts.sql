-- Personal data of orders, apart from the orders, each contact sealed under a key of its own: destroying the key erases
-- it. Keyed hashes stand beside it for exact search and to notice a change without opening anything.

CREATE TABLE order_sync.order_contacts (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    contact_version bigint NOT NULL,
    data_key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    digest bytea NOT NULL,
    -- Hashed per merchant and purpose; NULL where there is nothing. Indexes come with the first search.
    orderer_name_index bytea,
    orderer_phone_index bytea,
    orderer_last_digits_index bytea,
    receiver_name_index bytea,
    receiver_phone_index bytea,
    receiver_last_digits_index bytea,
    read_at timestamptz NOT NULL,
    erased_at timestamptz,
    CONSTRAINT order_contacts_pkey PRIMARY KEY (merchant_id, order_id),
    CONSTRAINT order_contacts_order_fkey FOREIGN KEY (merchant_id, order_id) REFERENCES order_sync.orders
);
ALTER TABLE order_sync.order_contacts ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Who looked at whose data, why. Append-only.
CREATE TABLE order_sync.contact_accesses (
    merchant_id uuid NOT NULL,
    contact_access_id uuid NOT NULL,
    order_id uuid NOT NULL,
    contact_version bigint NOT NULL,
    caller text NOT NULL,
    operator_id uuid,
    purpose text NOT NULL,
    accessed_at timestamptz NOT NULL,
    CONSTRAINT contact_accesses_pkey PRIMARY KEY (merchant_id, contact_access_id),
    CONSTRAINT contact_accesses_purpose_check CHECK (purpose IN ('OPERATOR_REVEAL', 'MESSAGE', 'LABEL'))
);
CREATE INDEX contact_accesses_order_idx ON order_sync.contact_accesses (merchant_id, order_id, accessed_at);
