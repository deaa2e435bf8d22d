//! What we ask of other services, in our words.

pub(crate) mod channel_proxy;
pub(crate) mod convert;
mod convert_amounts;
pub(crate) mod convert_inquiry;
pub(crate) mod convert_quota;
pub(crate) mod products;
