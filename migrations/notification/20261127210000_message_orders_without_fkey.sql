-- A message and the orders it tells of are written in one transaction and never deleted apart, so the foreign key
-- protects nothing; checking it cost a look-up for each order of an announcement of hundreds.
ALTER TABLE notification.message_orders DROP CONSTRAINT message_orders_message_fkey;
