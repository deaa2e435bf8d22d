-- How a channel's orders are found, and how far a window reaches back behind the last one, as channel-proxy says of the
-- account. What was known before was Coupang's.
ALTER TABLE order_sync.channel_accounts
    ADD COLUMN order_discovery text NOT NULL DEFAULT 'BOXES_BY_STATE',
    ADD COLUMN overlap_seconds bigint NOT NULL DEFAULT 1800,
    ADD CONSTRAINT channel_accounts_order_discovery_check
        CHECK (order_discovery IN ('BOXES_BY_STATE', 'CHANGES_FEED')),
    ADD CONSTRAINT channel_accounts_overlap_check CHECK (overlap_seconds >= 0);
