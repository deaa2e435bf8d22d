-- A buyer's data was erased: the hash of the number that a message went to is forgotten with it, and a send that was under
-- way meanwhile does not write it again.
ALTER TABLE notification.messages ADD COLUMN recipient_erased boolean NOT NULL DEFAULT false;
