-- What we say to what buyers ask: one row, and one effect, for each question and each message of a call centre that
-- wants an answer. The text is personal data: sealed under a key of its own, which is destroyed once the channel has it.

CREATE TABLE fulfillment.inquiry_answers (
    merchant_id uuid NOT NULL,
    answer_id uuid NOT NULL,
    inquiry_id uuid NOT NULL,
    -- The message that is answered; empty for the question itself.
    channel_parent_answer_id text NOT NULL,
    channel_account_id uuid NOT NULL,
    kind text NOT NULL,
    channel_inquiry_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    effect_id uuid NOT NULL,
    request_id text NOT NULL,
    is_confirmation boolean NOT NULL,
    -- As the channel knows people; a log-in of the merchant's, not of a person who buys.
    answered_by text NOT NULL,
    operator_id uuid NOT NULL,
    -- Both absent for a confirmation, and once the channel has the answer.
    data_key_id uuid,
    sealed bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT inquiry_answers_pkey PRIMARY KEY (merchant_id, answer_id),
    -- Never answered twice.
    CONSTRAINT inquiry_answers_question_key UNIQUE (merchant_id, inquiry_id, channel_parent_answer_id),
    CONSTRAINT inquiry_answers_effect_key UNIQUE (merchant_id, effect_id),
    CONSTRAINT inquiry_answers_kind_check CHECK (kind IN ('PRODUCT', 'ORDER', 'CALL_CENTER')),
    CONSTRAINT inquiry_answers_sealed_check CHECK ((data_key_id IS NULL) = (sealed IS NULL))
);
-- Who answered last at an account.
CREATE INDEX inquiry_answers_account_idx ON fulfillment.inquiry_answers (merchant_id, channel_account_id, updated_at);
