use std::net::IpAddr;
use std::time::Duration;

use moa_service::EnvReader;

use crate::channel::{TransportSettings, coupang, smartstore};
use crate::domain::account::parse_base_url;
use crate::domain::target::Networks;

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
    /// Whether accounts may call this machine and its network (`MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES`, default false).
    /// A sandbox needs it. Set in production, whoever may change an account's base URL can make this service call its
    /// neighbours. Link-local and metadata addresses are refused either way.
    pub allow_private_addresses: bool,
    /// The address from which this installation reaches channels, as they should see it (`MOA_CHANNEL_EGRESS_ADDRESS`,
    /// unset by default). Compared with what a channel says when it refuses ours; a wrong one makes the account's screen
    /// speak of a detour that is none.
    pub egress_address: Option<IpAddr>,
}

impl Config {
    /// Reads the variables.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        let allow_private_addresses = env.flag("MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES", false);
        let mut url = |name: &str, production: &str| {
            let url = env.string(name, production);
            let url = parse_base_url(&url, production).unwrap_or_else(|error| {
                env.problem(name, &error.reason);
                production.to_owned()
            });
            if !networks(allow_private_addresses).allow_url(&url) {
                env.problem(
                    name,
                    "leads into a private network; set MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES=true if a sandbox is meant",
                );
            }
            url
        };
        let coupang_url = url("MOA_COUPANG_URL", coupang::PRODUCTION_URL);
        let smartstore_url = url("MOA_SMARTSTORE_URL", smartstore::PRODUCTION_URL);
        let egress_address = env.optional("MOA_CHANNEL_EGRESS_ADDRESS");
        let egress_address = egress_address.and_then(|text| {
            let parsed = text.trim().parse();
            if parsed.is_err() {
                env.problem(
                    "MOA_CHANNEL_EGRESS_ADDRESS",
                    "must be an IP address, e.g. 203.0.113.7",
                );
            }
            parsed.ok()
        });
        Self {
            coupang_url,
            smartstore_url,
            egress_address,
            allow_private_addresses,
            connect_timeout_ms: env.number_in("MOA_CHANNEL_CONNECT_TIMEOUT_MS", 3000, 100..=10_000),
            call_timeout_ms: env.number_in("MOA_CHANNEL_CALL_TIMEOUT_MS", 10_000, 500..=10_000),
        }
    }

    pub(crate) fn transport(&self) -> TransportSettings {
        TransportSettings {
            connect_timeout: Duration::from_millis(self.connect_timeout_ms),
            call_timeout: Duration::from_millis(self.call_timeout_ms),
            networks: networks(self.allow_private_addresses),
        }
    }
}

fn networks(allow_private_addresses: bool) -> Networks {
    if allow_private_addresses {
        Networks::PrivateToo
    } else {
        Networks::PublicOnly
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            coupang_url: coupang::PRODUCTION_URL.to_owned(),
            smartstore_url: smartstore::PRODUCTION_URL.to_owned(),
            connect_timeout_ms: 3000,
            call_timeout_ms: 10_000,
            allow_private_addresses: false,
            egress_address: None,
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

    #[test]
    fn a_channel_on_this_machine_must_be_meant() {
        let problems = |allowed: &str| {
            let env = Env::from_map([
                ("MOA_COUPANG_URL", "http://127.0.0.1:9101"),
                ("MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES", allowed),
            ]);
            let mut reader = env.reader();
            Config::read(&mut reader);
            reader.finish()
        };
        let refused = problems("false").unwrap_err().to_string();
        assert!(refused.contains("MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES"));
        problems("true").unwrap();
    }
}
