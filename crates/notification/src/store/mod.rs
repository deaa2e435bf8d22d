//! SQL of this service's tables.

pub(crate) mod delivery_checks;
pub(crate) mod inquiry_digests;
pub(crate) mod messages;
pub(crate) mod resends;
pub(crate) mod senders;
