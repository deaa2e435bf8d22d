-- Two operators who change one template at the same time must not overwrite each other unknowingly: whoever saves names the
-- version that was read, and learns who changed it meanwhile.
ALTER TABLE order_sync.answer_templates
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    -- An operator of the gateway; NULL when it was written before this was kept.
    ADD COLUMN updated_by uuid,
    ADD CONSTRAINT answer_templates_version_check CHECK (version > 0);
