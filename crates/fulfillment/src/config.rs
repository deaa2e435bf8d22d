//! The settings of this service.

use std::time::Duration;

use moa_service::EnvReader;

/// The settings of this service.
#[derive(Debug, Clone)]
pub struct Config {
    /// `MOA_STORE_PUBLIC_URL`, default this machine at `MOA_STORE_PORT`: the store's address as customers reach it.
    /// Activation links begin with it; a wrong one sends customers nowhere.
    pub store_public_url: String,
    /// `MOA_FULFILLMENT_PROBE_SECONDS`, default 1800: the pause between two looks at a write whose outcome nobody
    /// knows, 1 to 86400. Less than the channel's lag (half an hour at Coupang) may see a write that happened as
    /// missing and repeat it.
    pub probe_spacing: Duration,
    /// `MOA_FULFILLMENT_EFFECTS`, default 8: how many batches of effects are under way at once, 1 to 64. More needs
    /// more database connections.
    pub effects_concurrency: usize,
}

impl Config {
    /// Reads them; mistakes are noted in the reader.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        const STORE: &str = "MOA_STORE_PUBLIC_URL";
        let port = env.string("MOA_STORE_PORT", "8081");
        let store_public_url = env.string(STORE, &format!("http://127.0.0.1:{port}"));
        if !(store_public_url.starts_with("https://") || store_public_url.starts_with("http://")) {
            env.problem(
                STORE,
                "must begin with https:// or http://, e.g. https://shop.example.kr",
            );
        }
        Self {
            store_public_url: store_public_url.trim_end_matches('/').to_owned(),
            probe_spacing: Duration::from_secs(env.number_in(
                "MOA_FULFILLMENT_PROBE_SECONDS",
                1800,
                1..=86_400,
            )),
            effects_concurrency: env.number_in("MOA_FULFILLMENT_EFFECTS", 8, 1..=64),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            store_public_url: "http://127.0.0.1:8081".to_owned(),
            probe_spacing: Duration::from_secs(1800),
            effects_concurrency: 8,
        }
    }
}
