-- Where a channel does not say what a line costs, the board does not say it either: NULL, and not nothing.
ALTER TABLE admin_gateway.board_lines ALTER COLUMN line_total_minor DROP NOT NULL;
