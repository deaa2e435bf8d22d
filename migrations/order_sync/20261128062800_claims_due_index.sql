-- no-transaction
-- What is due soonest.
CREATE INDEX CONCURRENTLY IF NOT EXISTS claim_details_due_idx
ON order_sync.claim_details (merchant_id, due_at)
WHERE due_at IS NOT NULL;
