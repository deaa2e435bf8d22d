-- Lines are written in the transaction that writes their order, and neither is ever deleted apart, so the foreign key
-- protects nothing; checking it cost a look-up for each line of a batch of hundreds.
ALTER TABLE fulfillment.order_lines DROP CONSTRAINT order_lines_order_fkey;
