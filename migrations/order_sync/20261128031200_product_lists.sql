-- A listing may be seen in the channel's product list before anybody orders it; both sights are kept, since the two may
-- word one listing differently.
ALTER TABLE order_sync.listings
    ALTER COLUMN ordered_at DROP NOT NULL,
    ADD COLUMN listed_product_name text,
    ADD COLUMN listed_option_name text NOT NULL DEFAULT '',
    ADD COLUMN listed_sku_code text NOT NULL DEFAULT '',
    ADD COLUMN listed_barcode text NOT NULL DEFAULT '',
    ADD COLUMN listed_product_id text NOT NULL DEFAULT '',
    ADD COLUMN listed_price_minor bigint,
    ADD COLUMN listed_price_currency text,
    ADD COLUMN listed_on_sale boolean,
-- When the list was read that first showed it so; NULL until it was seen in one.
    ADD COLUMN listed_at timestamptz,
    ADD CONSTRAINT listings_seen_check CHECK (ordered_at IS NOT NULL OR listed_at IS NOT NULL),
    ADD CONSTRAINT listings_listed_check CHECK ((listed_at IS NULL) = (listed_product_name IS NULL)),
    ADD CONSTRAINT listings_listed_price_check CHECK ((listed_price_minor IS NULL) = (listed_price_currency IS NULL));

-- How far the product list of each account is read. A walk goes page by page, and goes on where it was left off.
CREATE TABLE order_sync.product_walks (
    merchant_id uuid NOT NULL,
    channel_account_id uuid NOT NULL,
    -- Of the walk under way; NULL: none is.
    started_at timestamptz,
    -- Where it goes on; the channel's first page is empty.
    page_token text NOT NULL DEFAULT '',
    pages integer NOT NULL DEFAULT 0,
    products integer NOT NULL DEFAULT 0,
    listings integer NOT NULL DEFAULT 0,
    -- Products that could not be read.
    unread integer NOT NULL DEFAULT 0,
    -- Tries of its present page that failed, in a row, and why the last one did.
    failures integer NOT NULL DEFAULT 0,
    failure_reason text NOT NULL DEFAULT '',
    -- Of the last whole walk.
    finished_at timestamptz,
    CONSTRAINT product_walks_pkey PRIMARY KEY (merchant_id, channel_account_id)
);
