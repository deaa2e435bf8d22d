//! What we hear of others.

pub(crate) mod entitlements;
pub(crate) mod orders;
