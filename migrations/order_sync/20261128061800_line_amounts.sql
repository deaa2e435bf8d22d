-- What of a line's price was discounted, who bears it, and what the channel expects to pay out, in minor units of the
-- line's currency; NULL where the channel does not say. Lines read before get theirs when their page is stored again, which
-- the next poll does: no page counts as stored for a newer reader.
ALTER TABLE order_sync.order_lines
    ADD COLUMN discount_minor bigint,
    ADD COLUMN merchant_discount_minor bigint,
    ADD COLUMN expected_settlement_minor bigint;
