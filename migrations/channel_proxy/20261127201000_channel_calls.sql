-- Every call that left for a channel, for people who look for what happened: no personal data, no bodies, and of a
-- query only ids. Written behind the calls by a bounded queue, so a row may be missing (counted), and none is late by
-- more than a moment. Daily partitions are made ahead and dropped after 30 days.
CREATE TABLE channel_proxy.channel_calls (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    -- When the call was sent.
    called_at timestamptz NOT NULL,
    call_id uuid NOT NULL,
    channel text NOT NULL,
    -- Our stable name, e.g. coupang.ordersheets.list.
    api text NOT NULL,
    -- Absent when there was no answer.
    http_status integer,
    duration_ms bigint NOT NULL,
    request_id text NOT NULL,
    -- Empty when no trace is recorded.
    trace_id text NOT NULL,
    -- The channel's own name of the call; empty when it gave none.
    channel_trace_id text NOT NULL,
    bytes_out bigint NOT NULL,
    bytes_in bigint NOT NULL,
    -- The stable reason; absent when the call went well.
    failure text,
    -- The channel's ids of orders, parcels, claims and products that the call was about.
    about text[] NOT NULL,
    CONSTRAINT channel_calls_pkey PRIMARY KEY (merchant_id, called_at, call_id),
    CONSTRAINT channel_calls_about_check CHECK (cardinality(about) <= 100)
) PARTITION BY RANGE (called_at);

-- Most calls are polls about nothing in particular.
CREATE INDEX channel_calls_about_idx ON channel_proxy.channel_calls USING gin (about) WHERE cardinality(about) > 0;
CREATE INDEX channel_calls_failures_idx ON channel_proxy.channel_calls (merchant_id, called_at, call_id)
    WHERE failure IS NOT NULL;

-- Takes what no daily partition takes, so that a row is never refused for want of one.
CREATE TABLE channel_proxy.channel_calls_default PARTITION OF channel_proxy.channel_calls DEFAULT;
