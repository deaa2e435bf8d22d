//! What the channels told us: orders, lines, contacts, claims.
