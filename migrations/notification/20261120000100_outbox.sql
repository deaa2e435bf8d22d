-- Events of this service, written in the transaction of the change and served as a feed; and where this service
-- stands in the feeds of others. One text for every schema: crates/moa-outbox/ddl/outbox.sql is its source.

CREATE SEQUENCE notification.outbox_seq;

-- Append-only. Rows whose xid is below the oldest running transaction are complete: they are read in (xid, seq) order,
-- so a row committed late is never skipped.
CREATE TABLE notification.outbox (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL DEFAULT nextval('notification.outbox_seq'),
    event_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    topic text NOT NULL,
    type text NOT NULL,
    aggregate_id uuid NOT NULL,
    aggregate_version bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    payload bytea NOT NULL,
    traceparent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (created_at);

CREATE INDEX outbox_feed_idx ON notification.outbox (topic, xid, seq);

-- Takes what no daily partition takes, so that a write never fails for want of one.
CREATE TABLE notification.outbox_default PARTITION OF notification.outbox DEFAULT;

-- One row. Raised after a restore or a move: every cursor made before is then refused.
CREATE TABLE notification.feed_epoch (
    one boolean NOT NULL DEFAULT true,
    epoch bigint NOT NULL,
    CONSTRAINT feed_epoch_pkey PRIMARY KEY (one),
    CONSTRAINT feed_epoch_one_check CHECK (one)
);
INSERT INTO notification.feed_epoch (epoch) VALUES (1);

-- Who reads this service's feeds, and how far each had come when it last connected. No partition is dropped before all
-- have passed it.
CREATE TABLE notification.feed_consumers (
    topic text NOT NULL,
    consumer text NOT NULL,
    xid bigint NOT NULL,
    seq bigint NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT feed_consumers_pkey PRIMARY KEY (topic, consumer)
);

-- How far this service has come in the feeds of others; moved in the transaction of the effect.
CREATE TABLE notification.feed_cursors (
    consumer text NOT NULL,
    epoch bigint NOT NULL,
    xid bigint NOT NULL,
    seq bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (consumer)
);
