-- What a run came to stood here as an English sentence alone; screens make theirs of a code and counts, e.g. SWEPT with
-- {"streams": 9}.
ALTER TABLE order_sync.job_schedules
    ADD COLUMN result_code text NOT NULL DEFAULT '',
    ADD COLUMN result_counts jsonb NOT NULL DEFAULT '{}';
