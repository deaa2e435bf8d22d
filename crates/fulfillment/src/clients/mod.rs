//! What we ask of other services, in our words.

pub mod catalog;
pub mod channel_desk;
pub mod channel_proxy;
pub mod order_sync;
