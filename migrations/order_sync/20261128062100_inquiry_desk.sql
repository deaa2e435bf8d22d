-- How operators share the work on questions. Operators are the gateway's; their ids are plain columns here.
-- Questions are never deleted, so nothing here refers to them by a foreign key.

-- Who looks after a question now.
CREATE TABLE order_sync.inquiry_assignees (
    merchant_id uuid NOT NULL,
    inquiry_id uuid NOT NULL,
    operator_id uuid NOT NULL,
    CONSTRAINT inquiry_assignees_pkey PRIMARY KEY (merchant_id, inquiry_id)
);
CREATE INDEX inquiry_assignees_operator_idx ON order_sync.inquiry_assignees (merchant_id, operator_id, inquiry_id);

-- Whom it was given to, and by whom. Append-only; numbered under the question's lock, since clocks of several machines
-- would not keep the order.
CREATE TABLE order_sync.inquiry_assignments (
    merchant_id uuid NOT NULL,
    inquiry_id uuid NOT NULL,
    number integer NOT NULL,
    -- NULL: it was taken back.
    operator_id uuid,
    assigned_by uuid NOT NULL,
    assigned_at timestamptz NOT NULL,
    CONSTRAINT inquiry_assignments_pkey PRIMARY KEY (merchant_id, inquiry_id, number),
    CONSTRAINT inquiry_assignments_number_check CHECK (number > 0)
);

-- Texts that answers begin from. Gaps stand as {names}; no personal data.
CREATE TABLE order_sync.answer_templates (
    merchant_id uuid NOT NULL,
    answer_template_id uuid NOT NULL,
    request_id text NOT NULL,
    name text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT answer_templates_pkey PRIMARY KEY (merchant_id, answer_template_id),
    CONSTRAINT answer_templates_request_key UNIQUE (merchant_id, request_id),
    CONSTRAINT answer_templates_name_key UNIQUE (merchant_id, name)
);
