-- A past that a person has read again is no less proven meanwhile: what was read stays read.
ALTER TABLE order_sync.cursors
    ADD COLUMN unread_again boolean NOT NULL DEFAULT false;
