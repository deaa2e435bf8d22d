-- By when the merchant must act on a claim, as its channel tells it or its rules do; NULL where nobody knows. It stands beside
-- what is shown so that the list of what is due soonest reads an index. Claims that are here already get theirs when their
-- page is read again.
ALTER TABLE order_sync.claim_details
    ADD COLUMN due_at timestamptz;
