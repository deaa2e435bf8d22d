use std::time::Duration;

use moa_service::EnvReader;

use crate::channel::{TransportSettings, coupang, smartstore};
use crate::domain::account::parse_base_url;

/// What can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Coupang's API is for accounts that name no address (`MOA_COUPANG_URL`, default
    /// `https://api-gateway.coupang.com`). A wrong one makes every call of such accounts fail with CHANNEL_UNREACHABLE.
    pub coupang_url: String,
    /// Where SmartStore's API is for accounts that name no address (`MOA_SMARTSTORE_URL`, default
    /// `https://api.commerce.naver.com`, without `/external`). A wrong one makes every call of such accounts fail with
    /// CHANNEL_UNREACHABLE.
    pub smartstore_url: String,
    /// Milliseconds to wait for a connection to a channel (`MOA_CHANNEL_CONNECT_TIMEOUT_MS`, 100 to 10000, default
    /// 3000). Too few, and a slow network looks like CHANNEL_UNREACHABLE.
    pub connect_timeout_ms: u64,
    /// Milliseconds to wait for a channel's whole answer (`MOA_CHANNEL_CALL_TIMEOUT_MS`, 500 to 10000, default 10000).
    /// Too few, and writes end unclear and must be probed. The lease of a seller outlives the longest call, hence the
    /// limit.
    pub call_timeout_ms: u64,
}

impl Config {
    /// Reads the variables.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        let mut url = |name: &str, production: &str| {
            let url = env.string(name, production);
            parse_base_url(&url, production).unwrap_or_else(|error| {
                env.problem(name, &error.reason);
                production.to_owned()
            })
        };
        let coupang_url = url("MOA_COUPANG_URL", coupang::PRODUCTION_URL);
        let smartstore_url = url("MOA_SMARTSTORE_URL", smartstore::PRODUCTION_URL);
        Self {
            coupang_url,
            smartstore_url,
            connect_timeout_ms: env.number_in("MOA_CHANNEL_CONNECT_TIMEOUT_MS", 3000, 100..=10_000),
            call_timeout_ms: env.number_in("MOA_CHANNEL_CALL_TIMEOUT_MS", 10_000, 500..=10_000),
        }
    }

    pub(crate) fn transport(&self) -> TransportSettings {
        TransportSettings {
            connect_timeout: Duration::from_millis(self.connect_timeout_ms),
            call_timeout: Duration::from_millis(self.call_timeout_ms),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            coupang_url: coupang::PRODUCTION_URL.to_owned(),
            smartstore_url: smartstore::PRODUCTION_URL.to_owned(),
            connect_timeout_ms: 3000,
            call_timeout_ms: 10_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use moa_service::Env;

    use super::*;

    #[test]
    fn wrong_variables_are_reported_by_name() {
        let env = Env::from_map([
            ("MOA_COUPANG_URL", "not a url"),
            (
                "MOA_SMARTSTORE_URL",
                "https://api.commerce.naver.com/external",
            ),
            ("MOA_CHANNEL_CALL_TIMEOUT_MS", "60000"),
        ]);
        let mut reader = env.reader();
        Config::read(&mut reader);
        let text = reader.finish().unwrap_err().to_string();
        for name in [
            "MOA_COUPANG_URL",
            "MOA_SMARTSTORE_URL",
            "MOA_CHANNEL_CALL_TIMEOUT_MS",
        ] {
            assert!(text.contains(name), "{text}");
        }
    }
}
