//! SQL: rows in, domain values out.

pub mod accounts;
pub mod calls;
pub mod credentials;
pub mod drift;
pub mod effects;
pub mod permits;
