-- The keys that personal data and credentials are sealed with, one per subject (an order's contact, a channel account, a raw page), each wrapped by a
-- key-encryption key that is not in the database. They stand apart from what they seal, so that backups can leave them out and keep them shortly:
-- destroying a key erases its subject's data everywhere, in every copy. The row stays as evidence of the erasure.
CREATE TABLE notification.data_keys (
    merchant_id  uuid        NOT NULL,
    data_key_id  uuid        NOT NULL,
    kek_id       text        NOT NULL,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    CONSTRAINT data_keys_pkey PRIMARY KEY (merchant_id, data_key_id),
    CONSTRAINT data_keys_destroyed_check CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Finds the keys that are still under an older key-encryption key, before that one is taken out of the keys file.
CREATE INDEX data_keys_kek_idx ON notification.data_keys (kek_id) WHERE destroyed_at IS NULL;
