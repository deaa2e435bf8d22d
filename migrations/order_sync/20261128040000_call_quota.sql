-- What an account may ask of its channel and what its lists cost, so that its schedule is planned inside its share; and when
-- a parcel was last sent off, since claims are looked at more often for ten minutes then. Of all accounts that are known,
-- channel-proxy tells the costs at the next start, as it does whatever a channel can do.
ALTER TABLE order_sync.channel_accounts
    ADD COLUMN quota_per_second integer NOT NULL DEFAULT 0,
    ADD COLUMN poll_share_percent integer NOT NULL DEFAULT 0,
    ADD COLUMN sweep_share_percent integer NOT NULL DEFAULT 0,
    -- One element of each for every cost.
    ADD COLUMN cost_streams text[] NOT NULL DEFAULT '{}',
    ADD COLUMN cost_buckets text[] NOT NULL DEFAULT '{}',
    ADD COLUMN cost_calls integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN cost_slice_seconds bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN cost_sliced_up_to_seconds bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN sent_off_at timestamptz,
    ADD CONSTRAINT channel_accounts_costs_check CHECK (
        cardinality(cost_buckets) = cardinality(cost_streams)
        AND cardinality(cost_calls) = cardinality(cost_streams)
        AND cardinality(cost_slice_seconds) = cardinality(cost_streams)
        AND cardinality(cost_sliced_up_to_seconds) = cardinality(cost_streams));
