-- Lines and contacts are written in the transaction that inserts or locks their order, and orders are never deleted
-- apart, so the foreign keys protect nothing; checking them cost a look-up for each row of a page of hundreds.
ALTER TABLE order_sync.order_lines DROP CONSTRAINT order_lines_order_fkey;
ALTER TABLE order_sync.order_contacts DROP CONSTRAINT order_contacts_order_fkey;
