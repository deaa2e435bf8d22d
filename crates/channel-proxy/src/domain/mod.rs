//! What is decided here, without any IO.

pub mod account;
pub mod buckets;
pub mod capability;
pub mod claim;
pub mod closure;
pub mod effect;
pub mod facts;
pub mod failure;
pub mod inquiry;
pub mod listing;
pub mod operation;
pub mod order;
pub mod permit;
pub mod probe;
pub mod quota;
pub mod settlement;
pub mod write;
