//! Who a customer is and when a log-in is let through.

pub(crate) mod customer;
pub(crate) mod password;
pub(crate) mod throttle;
