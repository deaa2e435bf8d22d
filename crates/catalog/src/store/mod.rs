//! SQL: rows in, domain values out.

pub(crate) mod listings;
pub(crate) mod products;
