//! What is decided here, without any IO.

pub mod account;
pub mod breaker;
pub mod buckets;
pub mod call;
pub mod capability;
pub mod claim;
pub mod closure;
pub mod credential_set;
pub mod drift;
pub mod effect;
pub mod facts;
pub mod failure;
pub mod inquiry;
pub mod key_calendar;
pub mod listing;
pub mod operation;
pub mod order;
pub mod permit;
pub mod probe;
pub mod quota;
pub mod settlement;
pub mod target;
pub mod write;
