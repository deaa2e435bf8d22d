-- What channels say that this version does not know, once per place. Values never stand here: a sample keeps the names
-- of fields and the types of their values.
CREATE TABLE channel_proxy.drift_findings (
    merchant_id uuid NOT NULL,
    drift_finding_id uuid NOT NULL,
    channel text NOT NULL,
    api text NOT NULL,
    kind text NOT NULL,
    path text NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    count bigint NOT NULL,
    sample text NOT NULL,
    CONSTRAINT drift_findings_pkey PRIMARY KEY (merchant_id, drift_finding_id),
    CONSTRAINT drift_findings_place_key UNIQUE (merchant_id, channel, api, kind, path),
    CONSTRAINT drift_findings_kind_check CHECK (kind IN ('UNKNOWN_FIELD', 'UNKNOWN_WORD')),
    CONSTRAINT drift_findings_count_check CHECK (count > 0),
    CONSTRAINT drift_findings_sample_check CHECK (length(sample) <= 4000)
);

CREATE INDEX drift_findings_seen_idx ON channel_proxy.drift_findings (merchant_id, last_seen_at, drift_finding_id);
