-- What the buyer pays for the way, as each line tells it of the parcel or package that it travels in: a list that shows a
-- part of an order shows a part of its fee. An order's fee is the sum over the groups; orders read before keep theirs until
-- they are read again.
ALTER TABLE order_sync.order_lines
    ADD COLUMN shipping_group text,
    ADD COLUMN shipping_fee_minor bigint;
