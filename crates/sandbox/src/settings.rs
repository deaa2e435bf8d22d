//! What can be changed while the sandbox runs.

use std::time::Duration;

use crate::config::Config;
use crate::world::Pace;

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub orders_per_second: f64,
    pub smartstore_orders_per_second: f64,
    pub visibility_delay: Duration,
    pub coupang_calls_per_second: u32,
    pub smartstore_calls_per_second: u32,
    pub scan_after: Duration,
    pub deliver_after: Duration,
    pub pace: Pace,
    pub verbose: bool,
}

impl Settings {
    pub fn of(config: &Config) -> Self {
        Self {
            orders_per_second: config.orders_per_second,
            smartstore_orders_per_second: config.smartstore_orders_per_second,
            visibility_delay: config.visibility_delay,
            coupang_calls_per_second: config.coupang_calls_per_second,
            smartstore_calls_per_second: config.smartstore_calls_per_second,
            scan_after: config.scan_after,
            deliver_after: config.deliver_after,
            pace: Pace {
                sent_after: config.message_sent_after,
                delivered_after: config.message_delivered_after,
            },
            verbose: config.verbose,
        }
    }
}
