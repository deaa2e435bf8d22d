//! What is decided here, without any IO.

pub mod account;
pub mod buckets;
pub mod claim;
pub mod closure;
pub mod effect;
pub mod facts;
pub mod failure;
pub mod order;
pub mod permit;
pub mod probe;
pub mod quota;
pub mod write;
