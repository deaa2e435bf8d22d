-- A listing may stand for a set: [{"variant_id", "kind", "quantity", "sku", "name"}, ...] by variant id; NULL: catalog does not
-- know. A list that is always read and written whole, with the line it belongs to.
ALTER TABLE fulfillment.listings
    ADD COLUMN components jsonb,
    ADD CONSTRAINT listings_components_check CHECK (
        components IS NULL OR (jsonb_typeof(components) = 'array' AND jsonb_array_length(components) > 0)
    );
-- Their SKUs and names are asked for when an order with them is planned next.
UPDATE fulfillment.listings
SET components = jsonb_build_array(
    jsonb_build_object('variant_id', variant_id, 'kind', kind, 'quantity', quantity_multiplier, 'sku', '', 'name', '')
)
WHERE variant_id IS NOT NULL;

-- What a line was packed as: a mapping that is corrected later does not change what is in the box. NULL: packed by a
-- version that did not note it.
ALTER TABLE fulfillment.shipment_lines
    ADD COLUMN channel_listing_id text,
    ADD COLUMN components jsonb;
UPDATE fulfillment.shipment_lines s
SET channel_listing_id = l.channel_listing_id,
    components = g.components
FROM fulfillment.order_lines l
LEFT JOIN fulfillment.listings g
    ON g.merchant_id = l.merchant_id
    AND g.channel_account_id = l.channel_account_id
    AND g.channel_listing_id = l.channel_listing_id
WHERE l.merchant_id = s.merchant_id AND l.line_id = s.line_id;
CREATE INDEX shipment_lines_listing_idx
    ON fulfillment.shipment_lines (merchant_id, channel_account_id, channel_listing_id, line_id);

-- One right for each digital variant of a set.
ALTER TABLE fulfillment.entitlements
    DROP CONSTRAINT entitlements_line_key,
    ADD CONSTRAINT entitlements_line_variant_key UNIQUE (merchant_id, line_id, variant_id);
