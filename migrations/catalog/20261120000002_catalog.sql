-- What the merchant sells, and what each listing of a channel stands for.

CREATE TABLE catalog.products (
    merchant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    -- Whoever asks twice with one request id gets the first product again.
    request_id text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT products_pkey PRIMARY KEY (merchant_id, product_id),
    CONSTRAINT products_request_key UNIQUE (merchant_id, request_id)
);

CREATE TABLE catalog.variants (
    merchant_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    -- Order inside the product, from 0.
    position integer NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    digital_content text NOT NULL,
    CONSTRAINT variants_pkey PRIMARY KEY (merchant_id, variant_id),
    CONSTRAINT variants_sku_key UNIQUE (merchant_id, sku),
    CONSTRAINT variants_product_fkey FOREIGN KEY (merchant_id, product_id)
        REFERENCES catalog.products (merchant_id, product_id),
    CONSTRAINT variants_kind_check CHECK (kind IN ('PHYSICAL', 'DIGITAL')),
    -- Only what is delivered by a link has something behind the link.
    CONSTRAINT variants_digital_check CHECK ((kind = 'DIGITAL') = (digital_content <> ''))
);
CREATE INDEX variants_product_idx ON catalog.variants (merchant_id, product_id, position);

CREATE TABLE catalog.listings (
    merchant_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    channel text NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_listing_id text NOT NULL,
    product_name text NOT NULL,
    option_name text NOT NULL,
    sku_code text NOT NULL,
    variant_id uuid,
    quantity_multiplier integer NOT NULL DEFAULT 0,
    -- Raised by every change of the mapping.
    version bigint NOT NULL DEFAULT 0,
    -- The last ListingSeen applied; 0 when it was mapped before it was seen.
    seen_version bigint NOT NULL DEFAULT 0,
    first_seen_at timestamptz NOT NULL,
    CONSTRAINT listings_pkey PRIMARY KEY (merchant_id, listing_id),
    CONSTRAINT listings_channel_listing_key UNIQUE (merchant_id, channel_account_id, channel_listing_id),
    CONSTRAINT listings_variant_fkey FOREIGN KEY (merchant_id, variant_id)
        REFERENCES catalog.variants (merchant_id, variant_id),
    CONSTRAINT listings_mapping_check CHECK ((variant_id IS NULL) = (quantity_multiplier = 0))
);
-- What waits for a person.
CREATE INDEX listings_unmapped_idx ON catalog.listings (merchant_id, listing_id) WHERE variant_id IS NULL;

-- Who mapped what, append-only.
CREATE TABLE catalog.listing_mappings (
    merchant_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    version bigint NOT NULL,
    variant_id uuid NOT NULL,
    quantity_multiplier integer NOT NULL,
    operator text NOT NULL,
    mapped_at timestamptz NOT NULL,
    CONSTRAINT listing_mappings_pkey PRIMARY KEY (merchant_id, listing_id, version)
);
