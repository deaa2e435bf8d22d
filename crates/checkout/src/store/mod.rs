//! SQL: rows in, domain values out.

pub(crate) mod customers;
pub(crate) mod sessions;
