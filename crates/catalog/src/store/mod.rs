//! SQL: rows in, domain values out.

pub(crate) mod changes;
pub(crate) mod listings;
pub(crate) mod mappings;
pub(crate) mod products;
pub(crate) mod sights;
