//! What is decided here, without any IO.

pub mod account;
pub mod breaker;
pub mod call;
pub mod claim;
pub mod credential_set;
pub mod drift;
pub mod effect;
pub mod facts;
pub mod failure;
pub mod key_calendar;
pub mod order;
pub mod permit;
pub mod probe;
pub mod quota;
pub mod target;
pub mod write;
