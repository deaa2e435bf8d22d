-- What a line's price is made of, as its order's event shows it, in minor units of the order's currency; NULL where the
-- channel does not say.
ALTER TABLE admin_gateway.board_lines
    ADD COLUMN discount_minor bigint,
    ADD COLUMN merchant_discount_minor bigint,
    ADD COLUMN expected_settlement_minor bigint,
    ADD COLUMN shipping_group text,
    ADD COLUMN shipping_fee_minor bigint;
