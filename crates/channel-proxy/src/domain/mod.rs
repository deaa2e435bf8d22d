//! What is decided here, without any IO.

pub mod account;
pub mod capability;
pub mod claim;
pub mod claim_probe;
pub mod effect;
pub mod facts;
pub mod failure;
pub mod inquiry;
pub mod inquiry_probe;
pub mod listing;
pub mod listing_probe;
pub mod operation;
pub mod order;
pub mod parcel_probe;
pub mod permit;
pub mod probe;
pub mod quota;
pub mod settlement;
pub mod write;
