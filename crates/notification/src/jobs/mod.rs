//! What happens by itself.

pub(crate) mod check_deliveries;
pub(crate) mod schedule;
