-- A listing may stand for a set: several variants, each with a quantity. What it stands for are the components of its
-- history's newest record; a record without any is an unmapping. Kept there only, so that nothing can differ from it.
CREATE TABLE catalog.mapping_components (
    merchant_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    version bigint NOT NULL,
    variant_id uuid NOT NULL,
    -- Units in one unit of the listing.
    quantity integer NOT NULL,
    CONSTRAINT mapping_components_pkey PRIMARY KEY (merchant_id, listing_id, version, variant_id),
    CONSTRAINT mapping_components_record_fkey FOREIGN KEY (merchant_id, listing_id, version)
        REFERENCES catalog.listing_mappings (merchant_id, listing_id, version),
    CONSTRAINT mapping_components_variant_fkey FOREIGN KEY (merchant_id, variant_id)
        REFERENCES catalog.variants (merchant_id, variant_id),
    CONSTRAINT mapping_components_quantity_check CHECK (quantity BETWEEN 1 AND 1000)
);
INSERT INTO catalog.mapping_components (merchant_id, listing_id, version, variant_id, quantity)
SELECT merchant_id, listing_id, version, variant_id, quantity_multiplier
FROM catalog.listing_mappings;
-- Not written any more; they go with a later version.
ALTER TABLE catalog.listing_mappings
    ALTER COLUMN variant_id DROP NOT NULL,
    ALTER COLUMN quantity_multiplier DROP NOT NULL;

-- A code that listings may share with a variant; they are suggested for each other then.
ALTER TABLE catalog.variants ADD COLUMN barcode text NOT NULL DEFAULT '';

ALTER TABLE catalog.listings
    ADD COLUMN mapped boolean NOT NULL DEFAULT false,
-- Why a person should look at it; NULL when nobody need to.
    ADD COLUMN attention text,
-- As orders show it, and as the channel's product list does; each is NULL until it was seen there. They may word one
-- listing differently, so that each is compared with itself. product_name, option_name and sku_code are what is shown.
    ADD COLUMN ordered_product_name text,
    ADD COLUMN ordered_option_name text,
    ADD COLUMN ordered_sku_code text,
    ADD COLUMN listed_product_name text,
    ADD COLUMN listed_option_name text,
    ADD COLUMN listed_sku_code text,
    ADD COLUMN barcode text NOT NULL DEFAULT '',
    ADD COLUMN price_minor bigint,
    ADD COLUMN price_currency text,
    ADD COLUMN channel_product_id text NOT NULL DEFAULT '',
    ADD COLUMN on_sale boolean,
    ADD COLUMN listed_at timestamptz,
    ADD CONSTRAINT listings_attention_check CHECK (attention IN ('NEW', 'CHANGED')),
    ADD CONSTRAINT listings_ordered_check CHECK (
        (ordered_product_name IS NULL) = (ordered_option_name IS NULL)
        AND (ordered_product_name IS NULL) = (ordered_sku_code IS NULL)
    ),
    ADD CONSTRAINT listings_listed_check CHECK (
        (listed_product_name IS NULL) = (listed_option_name IS NULL)
        AND (listed_product_name IS NULL) = (listed_sku_code IS NULL)
    ),
    ADD CONSTRAINT listings_price_check CHECK ((price_minor IS NULL) = (price_currency IS NULL));
UPDATE catalog.listings
SET mapped = variant_id IS NOT NULL,
    attention = CASE WHEN variant_id IS NULL THEN 'NEW' END,
    ordered_product_name = CASE WHEN seen_version > 0 THEN product_name END,
    ordered_option_name = CASE WHEN seen_version > 0 THEN option_name END,
    ordered_sku_code = CASE WHEN seen_version > 0 THEN sku_code END;
DROP INDEX catalog.listings_unmapped_idx;
CREATE INDEX listings_waiting_idx ON catalog.listings (merchant_id, listing_id) WHERE NOT mapped;
CREATE INDEX listings_attention_idx ON catalog.listings (merchant_id, attention, listing_id)
    WHERE attention IS NOT NULL;

-- Names and codes that became other ones. Append-only but for who acknowledged it.
CREATE TABLE catalog.listing_changes (
    merchant_id uuid NOT NULL,
    listing_change_id uuid NOT NULL,
    listing_id uuid NOT NULL,
    field text NOT NULL,
    place text NOT NULL,
    old_value text NOT NULL,
    new_value text NOT NULL,
    seen_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    CONSTRAINT listing_changes_pkey PRIMARY KEY (merchant_id, listing_change_id),
    CONSTRAINT listing_changes_listing_fkey FOREIGN KEY (merchant_id, listing_id)
        REFERENCES catalog.listings (merchant_id, listing_id),
    CONSTRAINT listing_changes_field_check CHECK (field IN ('PRODUCT_NAME', 'OPTION_NAME', 'SKU_CODE', 'BARCODE')),
    CONSTRAINT listing_changes_place_check CHECK (place IN ('ORDER', 'PRODUCT_LIST')),
    CONSTRAINT listing_changes_acknowledged_check CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
CREATE INDEX listing_changes_listing_idx
    ON catalog.listing_changes (merchant_id, listing_id, listing_change_id);
