-- Who runs which job of this schema just now. The fence is raised by every holder and never goes back, so the row stays after a release: whoever comes back
-- late with a lower fence is recognised. Expiry is judged on the database's clock, the only one all processes share.
CREATE TABLE notification.leases (
    name       text        NOT NULL,
    holder     uuid,
    fence      bigint      NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT leases_pkey PRIMARY KEY (name),
    CONSTRAINT leases_fence_check CHECK (fence > 0)
) WITH (fillfactor = 50);
