//! What this service does by itself.

pub mod destroy_tokens;
pub mod plan_orders;
