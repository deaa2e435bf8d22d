//! SQL of this service's tables.

pub(crate) mod delivery_checks;
pub(crate) mod messages;
pub(crate) mod resends;
pub(crate) mod senders;
