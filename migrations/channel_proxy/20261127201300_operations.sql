-- What a merchant tells a channel beside acknowledge and dispatch is remembered like those. And a permit may be for a
-- part of a parcel: then it names the lines that wait, too, so that the part cannot grow after the look.
-- The next file validates: a scan under this file's locks would hold up every write.
ALTER TABLE channel_proxy.effect_outcomes DROP CONSTRAINT effect_outcomes_kind_check;
ALTER TABLE channel_proxy.effect_outcomes ADD CONSTRAINT effect_outcomes_kind_check CHECK (kind IN (
    'ACKNOWLEDGE', 'DISPATCH', 'CONFIRM_STOP', 'REPORT_ALREADY_SHIPPED',
    'CANCEL_LINES', 'APPROVE_CLAIM', 'REJECT_CLAIM', 'CONFIRM_COLLECTED',
    'REPORT_COLLECTION', 'RESHIP_EXCHANGE', 'HOLD_CLAIM', 'RELEASE_CLAIM',
    'CORRECT_TRACKING', 'DELAY_DISPATCH', 'REPORT_DELIVERED', 'ANSWER_INQUIRY',
    'CONFIRM_INQUIRY', 'SET_STOCK', 'SET_PRICE', 'STOP_SALE',
    'RESUME_SALE'
)) NOT VALID;

ALTER TABLE channel_proxy.permits
    ADD COLUMN part text NOT NULL DEFAULT 'WHOLE',
    ADD COLUMN waiting_line_ids text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT permits_part_check CHECK (part IN ('WHOLE', 'FIRST', 'LAST')) NOT VALID,
    ADD CONSTRAINT permits_waiting_check CHECK ((part = 'FIRST') = (cardinality(waiting_line_ids) > 0)) NOT VALID;
