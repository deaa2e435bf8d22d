-- What the merchant's people were last told of open questions, and whether they want to be. No personal data.
CREATE TABLE notification.inquiry_digests (
    merchant_id uuid NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    -- What waited then, as order-sync marks it; the same again within the hour is no news.
    fingerprint text NOT NULL DEFAULT '',
    told_at timestamptz,
    -- What told it: while that is under way, nothing else is.
    message_id uuid,
    CONSTRAINT inquiry_digests_pkey PRIMARY KEY (merchant_id),
    CONSTRAINT inquiry_digests_told_check CHECK ((told_at IS NULL) = (message_id IS NULL))
);
