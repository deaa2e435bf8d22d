-- A claim as the channel showed it last, for people: how far it is, what may be done, what it costs, which parcels. It
-- stands beside the claim's state, which decides about its order. No personal data: the contact is left out.

CREATE TABLE order_sync.claim_details (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    channel_claim_id text NOT NULL,
    channel text NOT NULL,
    -- moa.channel_proxy.v1.ChannelClaim, encoded.
    shown bytea NOT NULL,
    read_at timestamptz NOT NULL,
    CONSTRAINT claim_details_pkey PRIMARY KEY (merchant_id, channel_account_id, channel_claim_id)
);

-- Claims that are here already get their details when their page is read again.
DELETE FROM order_sync.page_digests WHERE stream = 'claims';
