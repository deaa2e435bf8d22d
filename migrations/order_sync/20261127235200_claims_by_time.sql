-- Claims are listed newest demand first.
CREATE INDEX claims_requested_idx ON order_sync.claims (merchant_id, requested_at DESC, claim_id DESC);
