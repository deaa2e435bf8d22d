use std::time::Duration;

use moa_service::EnvReader;

/// The settings of this service.
#[derive(Debug, Clone)]
pub struct Config {
    /// `MOA_NOTIFICATION_PROBE_SECONDS`, default 60: the pause between two questions to SOLAPI about a message whose
    /// sending nobody knows the outcome of, 1 to 86400. Less than SOLAPI takes to list a message may miss one that was
    /// sent, and send it again.
    pub probe_spacing: Duration,
    /// `MOA_NOTIFICATION_EFFECTS`, default 8: how many batches of messages are under way at once, 1 to 64. More needs
    /// more database connections.
    pub effects_concurrency: usize,
    /// `MOA_MERCHANT_NAME`: messages to buyers begin with it. Unset, they begin with the product.
    pub merchant_name: String,
}

impl Config {
    /// Reads `MOA_NOTIFICATION_*`; mistakes are noted in the reader.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        let probe_seconds = env.number_in("MOA_NOTIFICATION_PROBE_SECONDS", 60, 1..=86_400);
        Self {
            probe_spacing: Duration::from_secs(probe_seconds),
            effects_concurrency: env.number_in("MOA_NOTIFICATION_EFFECTS", 8, 1..=64),
            merchant_name: env.string("MOA_MERCHANT_NAME", ""),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            probe_spacing: Duration::from_secs(60),
            effects_concurrency: 8,
            merchant_name: String::new(),
        }
    }
}
