-- An operator finds orders by whom they are of: each order that was found leaves a row in the log of looks.
ALTER TABLE order_sync.contact_accesses
    DROP CONSTRAINT contact_accesses_purpose_check,
    ADD CONSTRAINT contact_accesses_purpose_check
        CHECK (purpose IN ('OPERATOR_REVEAL', 'OPERATOR_SEARCH', 'MESSAGE', 'LABEL')) NOT VALID;
