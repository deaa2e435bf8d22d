-- Once a day a sweep looks back a week: the net under orders that a channel showed later than the hourly sweep looks.
-- Absent: the next sweep is a deep one.
ALTER TABLE order_sync.cursors ADD COLUMN deep_swept_at timestamptz;
