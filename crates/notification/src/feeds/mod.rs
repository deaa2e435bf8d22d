//! What we hear of others.

pub(crate) mod channel_warnings;
pub(crate) mod entitlements;
pub(crate) mod orders;
