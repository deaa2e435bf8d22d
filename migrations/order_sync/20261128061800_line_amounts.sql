-- What of a line's price was discounted, who bears it, and what the channel expects to pay out, in minor units of the
-- line's currency; NULL where the channel does not say. Lines read before get theirs when they are read again, which the
-- next poll does since no page counts as stored.
ALTER TABLE order_sync.order_lines
    ADD COLUMN discount_minor bigint,
    ADD COLUMN merchant_discount_minor bigint,
    ADD COLUMN expected_settlement_minor bigint;

DELETE FROM order_sync.page_digests WHERE stream LIKE 'orders.%';
