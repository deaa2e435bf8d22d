-- A Slack that refuses is asked less and less often: how many digests failed in a row before the last one.
ALTER TABLE notification.inquiry_digests ADD COLUMN failed_before smallint NOT NULL DEFAULT 0;
