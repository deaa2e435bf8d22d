-- no-transaction
-- A number that is entered is looked for among those in use: two buyers' parcels under one number are most often a slip.
CREATE INDEX CONCURRENTLY IF NOT EXISTS shipments_number_idx
ON fulfillment.shipments (merchant_id, tracking_number)
WHERE state <> 'CANCELLED';
