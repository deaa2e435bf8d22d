-- The jobs of this schema: when each is due, and what its last run came to. Whoever holds the lease "job/<name>" runs it; a run that was started and not finished
-- while nobody holds the lease died with its process, and is still due.
CREATE TABLE notification.job_schedules (
    name                 text        NOT NULL,
    period_seconds       bigint      NOT NULL,
    next_run_at          timestamptz NOT NULL,
    -- Of the lease under which the last run began.
    fence                bigint,
    started_at           timestamptz,
    -- Of the last run that came to its end.
    finished_at          timestamptz,
    succeeded            boolean,
    result               text        NOT NULL DEFAULT '',
    last_success_at      timestamptz,
    consecutive_failures integer     NOT NULL DEFAULT 0,
    CONSTRAINT job_schedules_pkey PRIMARY KEY (name),
    CONSTRAINT job_schedules_period_check CHECK (period_seconds > 0)
) WITH (fillfactor = 50);
