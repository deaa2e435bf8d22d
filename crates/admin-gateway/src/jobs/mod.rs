//! Periodic work.

pub mod clean_up;
