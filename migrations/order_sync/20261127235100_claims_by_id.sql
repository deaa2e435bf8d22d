-- Claims are looked up by our id.
CREATE UNIQUE INDEX claims_claim_id_key ON order_sync.claims (merchant_id, claim_id);
