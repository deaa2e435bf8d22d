-- By itself, so that the table is not locked against writers while its rows are looked at.
ALTER TABLE order_sync.contact_accesses VALIDATE CONSTRAINT contact_accesses_purpose_check;
