-- Whom parcels are for, without saying who that is: the version and the keyed hashes of order-sync's contact, of the order as it is and of each parcel as it
-- was packed. A parcel whose receiver changed since is held. Empty hashes: not shown by the channel, or erased.
ALTER TABLE fulfillment.orders
    ADD COLUMN contact_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN receiver_place bytea NOT NULL DEFAULT '',
    ADD COLUMN receiver_name bytea NOT NULL DEFAULT '';

ALTER TABLE fulfillment.shipment_parcels
    ADD COLUMN contact_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN receiver_place bytea NOT NULL DEFAULT '',
    ADD COLUMN receiver_name bytea NOT NULL DEFAULT '';

-- Words go with the contact of their order, by what names the claim.
CREATE INDEX decided_claims_order_idx ON fulfillment.decided_claims (merchant_id, channel_account_id, channel_order_id);
-- Words that were never taken go by their age.
CREATE INDEX inquiry_answers_kept_idx ON fulfillment.inquiry_answers (updated_at) WHERE data_key_id IS NOT NULL;
CREATE INDEX claim_decisions_kept_idx ON fulfillment.claim_decisions (updated_at) WHERE sealed <> '';
