//! How a sandbox is set up.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Everything a sandbox can be told. [`Config::default`] is what `moa sandbox` runs without variables.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on (`MOA_SANDBOX_HOST`, default `127.0.0.1`). Anything but loopback shows the control desk,
    /// with its credentials, to the network.
    pub host: String,
    /// Host name others reach the sandbox by, written into the base URLs it hands out (`MOA_SANDBOX_PUBLIC_HOST`,
    /// default: the listening address).
    pub public_host: Option<String>,
    /// Port of the control desk (`MOA_SANDBOX_CONTROL_PORT`, default 9100; 0 takes any free one, as for all ports).
    pub control_port: u16,
    /// Port of Coupang (`MOA_SANDBOX_COUPANG_PORT`, default 9101).
    pub coupang_port: u16,
    /// Port of SmartStore (`MOA_SANDBOX_SMARTSTORE_PORT`, default 9102).
    pub smartstore_port: u16,
    /// Port of SOLAPI (`MOA_SANDBOX_SOLAPI_PORT`, default 9104).
    pub solapi_port: u16,
    /// Port of Slack (`MOA_SANDBOX_SLACK_PORT`, default 9105).
    pub slack_port: u16,
    /// Folder of the journal (`MOA_SANDBOX_HOME`). Without one the world lives in memory and ends with the process.
    pub home: Option<PathBuf>,
    /// What credentials, goods and buyers derive from (`MOA_SANDBOX_SEED`, default 1). A journal belongs to its seed.
    pub seed: u64,
    /// How many seller accounts exist on each channel (`MOA_SANDBOX_ACCOUNTS`, default 1, up to 10000).
    pub accounts: u32,
    /// How many orders are placed each second without being asked (`MOA_SANDBOX_ORDERS_PER_SECOND`, default 0).
    pub orders_per_second: f64,
    /// The same at SmartStore (`MOA_SANDBOX_SMARTSTORE_ORDERS_PER_SECOND`, default 0).
    pub smartstore_orders_per_second: f64,
    /// Delay until a paid order shows in the channels' lists, in seconds (`MOA_SANDBOX_VISIBILITY_DELAY`, default 0; the
    /// real one is about 600). Single reads see it at once.
    pub visibility_delay: Duration,
    /// Coupang calls a second and vendor (`MOA_SANDBOX_COUPANG_CALLS_PER_SECOND`, default 5).
    pub coupang_calls_per_second: u32,
    /// SmartStore calls a second, application and API; twice as many may come at once
    /// (`MOA_SANDBOX_SMARTSTORE_CALLS_PER_SECOND`, default 2).
    pub smartstore_calls_per_second: u32,
    /// Who may call Coupang, as addresses with commas between (`MOA_SANDBOX_COUPANG_ADDRESSES`, up to ten, default:
    /// everybody). Only for keys that are in order is this looked at, as at the real one.
    pub coupang_addresses: Vec<IpAddr>,
    /// Whether Coupang refuses calls without `X-MARKET` and `X-Requested-By` (`MOA_SANDBOX_STRICT_HEADERS`, default
    /// false).
    pub strict_headers: bool,
    /// World time from dispatch to the carrier's first scan, in seconds (`MOA_SANDBOX_SCAN_AFTER`, default 3600).
    pub scan_after: Duration,
    /// World time from dispatch to delivery, in seconds (`MOA_SANDBOX_DELIVER_AFTER`, default 86400).
    pub deliver_after: Duration,
    /// Time until a text message is with the carrier, 2000 to 3000, in milliseconds
    /// (`MOA_SANDBOX_MESSAGE_SENT_AFTER_MS`, default 300).
    pub message_sent_after: Duration,
    /// Time until a text message is delivered, 3000 to 4000, in milliseconds
    /// (`MOA_SANDBOX_MESSAGE_DELIVERED_AFTER_MS`, default 1000).
    pub message_delivered_after: Duration,
    /// Whether every call becomes a ledger entry (`MOA_SANDBOX_VERBOSE`, default false).
    pub verbose: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            public_host: None,
            control_port: 9100,
            coupang_port: 9101,
            smartstore_port: 9102,
            solapi_port: 9104,
            slack_port: 9105,
            home: None,
            seed: 1,
            accounts: 1,
            orders_per_second: 0.0,
            smartstore_orders_per_second: 0.0,
            visibility_delay: Duration::ZERO,
            coupang_calls_per_second: 5,
            smartstore_calls_per_second: 2,
            coupang_addresses: Vec::new(),
            strict_headers: false,
            scan_after: Duration::from_secs(3600),
            deliver_after: Duration::from_secs(86_400),
            message_sent_after: Duration::from_millis(300),
            message_delivered_after: Duration::from_millis(1000),
            verbose: false,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {reason}")]
pub struct ConfigError {
    /// The variable at fault.
    pub variable: &'static str,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Config {
    /// The defaults, on any free ports and without a journal.
    pub fn on_free_ports() -> Self {
        Self {
            control_port: 0,
            coupang_port: 0,
            smartstore_port: 0,
            solapi_port: 0,
            slack_port: 0,
            ..Self::default()
        }
    }

    /// Reads the `MOA_SANDBOX_*` variables by `lookup` and reports every bad one at once.
    ///
    /// ```
    /// let config = sandbox::Config::from_vars(|name| (name == "MOA_SANDBOX_SEED").then(|| "7".to_owned()));
    /// assert_eq!(config.unwrap().seed, 7);
    /// ```
    pub fn from_vars(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigError>> {
        let mut vars = Vars {
            lookup,
            errors: Vec::new(),
        };
        let fallback = Self::default();
        let config = Self {
            host: vars.text("MOA_SANDBOX_HOST").unwrap_or(fallback.host),
            public_host: vars.text("MOA_SANDBOX_PUBLIC_HOST"),
            control_port: vars.port("MOA_SANDBOX_CONTROL_PORT", fallback.control_port),
            coupang_port: vars.port("MOA_SANDBOX_COUPANG_PORT", fallback.coupang_port),
            smartstore_port: vars.port("MOA_SANDBOX_SMARTSTORE_PORT", fallback.smartstore_port),
            solapi_port: vars.port("MOA_SANDBOX_SOLAPI_PORT", fallback.solapi_port),
            slack_port: vars.port("MOA_SANDBOX_SLACK_PORT", fallback.slack_port),
            home: vars.text("MOA_SANDBOX_HOME").map(PathBuf::from),
            seed: vars.within("MOA_SANDBOX_SEED", fallback.seed, 0..=u64::MAX),
            accounts: vars.within("MOA_SANDBOX_ACCOUNTS", fallback.accounts, 1..=10_000),
            orders_per_second: vars.within(
                "MOA_SANDBOX_ORDERS_PER_SECOND",
                fallback.orders_per_second,
                0.0..=10_000.0,
            ),
            smartstore_orders_per_second: vars.within(
                "MOA_SANDBOX_SMARTSTORE_ORDERS_PER_SECOND",
                fallback.smartstore_orders_per_second,
                0.0..=10_000.0,
            ),
            visibility_delay: vars
                .seconds("MOA_SANDBOX_VISIBILITY_DELAY", fallback.visibility_delay),
            coupang_calls_per_second: vars.within(
                "MOA_SANDBOX_COUPANG_CALLS_PER_SECOND",
                fallback.coupang_calls_per_second,
                1..=1_000_000,
            ),
            smartstore_calls_per_second: vars.within(
                "MOA_SANDBOX_SMARTSTORE_CALLS_PER_SECOND",
                fallback.smartstore_calls_per_second,
                1..=1_000_000,
            ),
            coupang_addresses: vars.addresses("MOA_SANDBOX_COUPANG_ADDRESSES"),
            strict_headers: vars.flag("MOA_SANDBOX_STRICT_HEADERS", fallback.strict_headers),
            scan_after: vars.seconds("MOA_SANDBOX_SCAN_AFTER", fallback.scan_after),
            deliver_after: vars.seconds("MOA_SANDBOX_DELIVER_AFTER", fallback.deliver_after),
            message_sent_after: vars.millis(
                "MOA_SANDBOX_MESSAGE_SENT_AFTER_MS",
                fallback.message_sent_after,
            ),
            message_delivered_after: vars.millis(
                "MOA_SANDBOX_MESSAGE_DELIVERED_AFTER_MS",
                fallback.message_delivered_after,
            ),
            verbose: vars.flag("MOA_SANDBOX_VERBOSE", fallback.verbose),
        };
        if vars.errors.is_empty() {
            Ok(config)
        } else {
            Err(vars.errors)
        }
    }

    /// The ports it listens on, each with the variable that changes it.
    pub fn ports(&self) -> [(&'static str, u16); 5] {
        [
            ("MOA_SANDBOX_CONTROL_PORT", self.control_port),
            ("MOA_SANDBOX_COUPANG_PORT", self.coupang_port),
            ("MOA_SANDBOX_SMARTSTORE_PORT", self.smartstore_port),
            ("MOA_SANDBOX_SOLAPI_PORT", self.solapi_port),
            ("MOA_SANDBOX_SLACK_PORT", self.slack_port),
        ]
    }

    /// The host name in the base URLs.
    pub(crate) fn public_host(&self) -> &str {
        match self.public_host.as_deref() {
            Some(host) => host,
            None if self.host == "0.0.0.0" => "127.0.0.1",
            None => &self.host,
        }
    }
}

struct Vars<F> {
    lookup: F,
    errors: Vec<ConfigError>,
}

impl<F: Fn(&str) -> Option<String>> Vars<F> {
    fn text(&self, variable: &'static str) -> Option<String> {
        (self.lookup)(variable)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    fn addresses(&mut self, variable: &'static str) -> Vec<IpAddr> {
        let text = self.text(variable).unwrap_or_default();
        let mut addresses = Vec::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part.parse() {
                Ok(address) => addresses.push(address),
                Err(_) => self.errors.push(ConfigError {
                    variable,
                    reason: format!(
                        "must be IP addresses with commas between, e.g. 203.0.113.7,203.0.113.8; {part:?} is none"
                    ),
                }),
            }
        }
        if addresses.len() > 10 {
            self.errors.push(ConfigError {
                variable,
                reason: format!("may name up to 10 addresses; it names {}", addresses.len()),
            });
        }
        addresses
    }

    /// A value of the given kind; `expected` completes "must be …".
    fn read<T: FromStr>(&mut self, variable: &'static str, fallback: T, expected: &str) -> T {
        let Some(text) = self.text(variable) else {
            return fallback;
        };
        text.parse().unwrap_or_else(|_| {
            self.errors.push(ConfigError {
                variable,
                reason: format!("must be {expected}; it is {text:?}"),
            });
            fallback
        })
    }

    fn port(&mut self, variable: &'static str, fallback: u16) -> u16 {
        let expected =
            format!("a port number from 0 to 65535, e.g. {fallback} (0 takes any free one)");
        self.read(variable, fallback, &expected)
    }

    fn flag(&mut self, variable: &'static str, fallback: bool) -> bool {
        match self.text(variable).map(|text| text.to_ascii_lowercase()) {
            None => fallback,
            Some(text) if matches!(text.as_str(), "true" | "1" | "yes") => true,
            Some(text) if matches!(text.as_str(), "false" | "0" | "no") => false,
            Some(text) => {
                self.errors.push(ConfigError {
                    variable,
                    reason: format!("must be true or false; it is {text:?}"),
                });
                fallback
            }
        }
    }

    fn within<T>(
        &mut self,
        variable: &'static str,
        fallback: T,
        range: std::ops::RangeInclusive<T>,
    ) -> T
    where
        T: FromStr + PartialOrd + Copy + std::fmt::Display,
    {
        let Some(text) = self.text(variable) else {
            return fallback;
        };
        if let Some(value) = text.parse::<T>().ok().filter(|value| range.contains(value)) {
            return value;
        }
        let (low, high) = (range.start(), range.end());
        self.errors.push(ConfigError {
            variable,
            reason: format!(
                "must be a number from {low} to {high}, e.g. {fallback}; it is {text:?}"
            ),
        });
        fallback
    }

    fn seconds(&mut self, variable: &'static str, fallback: Duration) -> Duration {
        Duration::from_secs(self.within(variable, fallback.as_secs(), 0..=31_536_000))
    }

    fn millis(&mut self, variable: &'static str, fallback: Duration) -> Duration {
        let fallback = u64::try_from(fallback.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.within(variable, fallback, 0..=86_400_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_variable_is_reported_by_name() {
        let errors = Config::from_vars(|name| match name {
            "MOA_SANDBOX_ACCOUNTS" => Some("0".to_owned()),
            "MOA_SANDBOX_COUPANG_PORT" => Some("coupang".to_owned()),
            _ => None,
        })
        .unwrap_err();
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "MOA_SANDBOX_COUPANG_PORT must be a port number from 0 to 65535, e.g. 9101 (0 takes any free one); it is \"coupang\"",
                "MOA_SANDBOX_ACCOUNTS must be a number from 1 to 10000, e.g. 1; it is \"0\"",
            ]
        );
    }
}
