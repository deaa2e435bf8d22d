-- no-transaction
-- Who ordered and who receives, by name and by the last four digits, in one index. A whole number is found by its last digits
-- and compared. The hashes are made per merchant, so they need no merchant beside them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_contacts_people_idx
ON order_sync.order_contacts
USING gin ((ARRAY[orderer_name_index, receiver_name_index, orderer_last_digits_index, receiver_last_digits_index]))
WHERE erased_at IS NULL;
