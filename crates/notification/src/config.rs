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
    /// `MOA_NOTIFICATION_DIGEST_SECONDS`, default 600, 10 to 86400: how often it is looked whether open questions are to be
    /// told by Slack. Longer, and an urgent one is told that much later.
    pub digest_every: Duration,
    /// `MOA_ADMIN_PUBLIC_URL`, default this machine at `MOA_ADMIN_PORT`: where operators reach the admin screen. Messages
    /// to them link there; a wrong one leads nowhere.
    pub admin_public_url: String,
}

impl Config {
    /// Reads `MOA_NOTIFICATION_*` and what is named above; mistakes are noted in the reader.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        let port = env.string("MOA_ADMIN_PORT", "8080");
        let here = format!("http://127.0.0.1:{port}");
        // Whether it is an address is admin-gateway's to judge, so that a mistake is reported once.
        let admin_public_url = env.string("MOA_ADMIN_PUBLIC_URL", &here);
        let probe_seconds = env.number_in("MOA_NOTIFICATION_PROBE_SECONDS", 60, 1..=86_400);
        Self {
            probe_spacing: Duration::from_secs(probe_seconds),
            effects_concurrency: env.number_in("MOA_NOTIFICATION_EFFECTS", 8, 1..=64),
            merchant_name: env.string("MOA_MERCHANT_NAME", ""),
            digest_every: Duration::from_secs(env.number_in(
                "MOA_NOTIFICATION_DIGEST_SECONDS",
                600,
                10..=86_400,
            )),
            admin_public_url: admin_public_url.trim_end_matches('/').to_owned(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            probe_spacing: Duration::from_secs(60),
            effects_concurrency: 8,
            merchant_name: String::new(),
            digest_every: Duration::from_secs(600),
            admin_public_url: "http://127.0.0.1:8080".to_owned(),
        }
    }
}
