-- What the buyer pays for the way, as each line tells it of the parcel or package that it travels in: a list that shows a
-- part of an order shows a part of its fee. An order's fee is the sum over the groups; orders read before keep theirs until
-- they are read again, which the next poll does since no page counts as stored.
ALTER TABLE order_sync.order_lines
    ADD COLUMN shipping_group text,
    ADD COLUMN shipping_fee_minor bigint;

DELETE FROM order_sync.page_digests WHERE stream LIKE 'orders.%';
