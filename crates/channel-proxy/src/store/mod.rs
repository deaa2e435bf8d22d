//! SQL: rows in, domain values out.

pub mod accounts;
pub mod effects;
pub mod permits;
