-- NULL: it lost its mapping. Its lines wait for another one.
ALTER TABLE admin_gateway.board_listings
    ALTER COLUMN kind DROP NOT NULL;
