use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

/// Where configuration comes from: a map of variables.
#[derive(Debug, Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// The process's `MOA_*` variables. One whose value is not UTF-8 reads with replacement characters, and is then
    /// refused by name wherever it has to mean something.
    pub fn from_process() -> Self {
        let all = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            name.starts_with("MOA_")
                .then(|| (name, value.to_string_lossy().into_owned()))
        });
        Self(all.collect())
    }

    /// Given variables: for tests, and for values that the binary decides.
    pub fn from_map<K: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pairs = variables.into_iter();
        Self(pairs.map(|(k, v)| (k.into(), v.into())).collect())
    }

    /// The same with one variable set.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// One variable; empty counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Names of all variables, to tell which are unknown.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A reader that collects what is wrong.
    pub fn reader(&self) -> EnvReader<'_> {
        EnvReader {
            env: self,
            problems: Vec::new(),
        }
    }
}

/// Reads variables and remembers every mistake, so that all are reported at once before anything listens.
pub struct EnvReader<'a> {
    env: &'a Env,
    problems: Vec<String>,
}

impl EnvReader<'_> {
    /// A text with a default.
    pub fn string(&mut self, name: &str, default: &str) -> String {
        self.env.get(name).unwrap_or(default).to_owned()
    }

    /// A text that may be absent.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.env.get(name).map(str::to_owned)
    }

    /// A text that must be there; `meaning` completes "it is …".
    pub fn required(&mut self, name: &str, meaning: &str) -> String {
        match self.env.get(name) {
            Some(value) => value.to_owned(),
            None => {
                self.problem(name, &format!("is not set; it is {meaning}"));
                String::new()
            }
        }
    }

    /// A value with a default; `expected` completes "must be …" and gives an example.
    pub fn parse<T: FromStr>(&mut self, name: &str, default: T, expected: &str) -> T {
        match self.env.get(name).map(|text| text.trim().parse::<T>()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.problem(name, &format!("must be {expected}"));
                default
            }
        }
    }

    /// A number inside bounds, with a default, which is also the example that a mistake is answered with.
    pub fn number_in<T: Number>(
        &mut self,
        name: &str,
        default: T,
        range: std::ops::RangeInclusive<T>,
    ) -> T {
        let value = match self.env.get(name) {
            None => return default,
            Some(text) => text.trim().parse::<T>().ok(),
        };
        if let Some(value) = value.filter(|value| range.contains(value)) {
            return value;
        }
        let (what, low, high) = (T::WHAT, range.start(), range.end());
        self.problem(
            name,
            &format!("must be {what} from {low} to {high}, e.g. {default}"),
        );
        default
    }

    /// A port to listen on; 0 takes any free one.
    pub fn port(&mut self, name: &str, default: u16) -> u16 {
        let expected =
            format!("a port number from 0 to 65535, e.g. {default} (0 takes any free one)");
        self.parse(name, default, &expected)
    }

    /// The address of an HTTP or gRPC server, with a default.
    pub fn address(&mut self, name: &str, default: &str) -> String {
        let text = self.string(name, default);
        let reachable = url::Url::parse(&text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !reachable {
            self.problem(name, &format!("must be an address such as {default}"));
        }
        text
    }

    /// A yes or no: `true`, `1`, `yes`, `false`, `0`, `no`.
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.env.get(name).map(str::to_ascii_lowercase).as_deref() {
            None => default,
            Some("true" | "1" | "yes") => true,
            Some("false" | "0" | "no") => false,
            Some(_) => {
                self.problem(
                    name,
                    "must be true or false (1 and 0, yes and no are taken, too)",
                );
                default
            }
        }
    }

    /// A secret that may be absent.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.env.get(name).map(SecretString::from)
    }

    /// Notes a mistake in a variable's value, which is shown unless it may hold a secret.
    pub fn problem(&mut self, name: &str, text: &str) {
        let found = match self.env.get(name) {
            Some(value) if may_be_shown(name, value) => format!("; it is {}", shown(value)),
            _ => String::new(),
        };
        self.problems.push(format!("{name} {text}{found}"));
    }

    /// Notes mistakes that somebody else found and put into words, each beginning with the variable's name.
    pub fn problems(&mut self, found: impl IntoIterator<Item = String>) {
        self.problems.extend(found);
    }

    /// All mistakes, if there were any.
    pub fn finish(self) -> Result<(), ConfigErrors> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(self.problems))
        }
    }
}

/// A number that a variable can hold.
pub trait Number: FromStr + PartialOrd + fmt::Display + Copy {
    /// What a person is asked for: "a whole number" or "a number".
    const WHAT: &'static str;
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {
        $(impl Number for $number {
            const WHAT: &'static str = "a whole number";
        })*
    };
}

whole_numbers!(u16, u32, u64, usize, i32, i64);

impl Number for f64 {
    const WHAT: &'static str = "a number";
}

/// The longest part of a value that a message repeats.
const SHOWN: usize = 60;

/// Whether a message may repeat a variable's value: not where a password stands by its nature, nor where one may stand
/// inside an address.
fn may_be_shown(name: &str, value: &str) -> bool {
    let secret = ["DATABASE_URL", "SECRET", "PASSWORD", "TOKEN"]
        .iter()
        .any(|word| name.contains(word));
    !secret && !value.contains('@')
}

fn shown(value: &str) -> String {
    let start: String = value.chars().take(SHOWN).collect();
    let more = if start.len() < value.len() { "…" } else { "" };
    format!("{start:?}{more}")
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<String>);

impl ConfigErrors {
    /// One sentence each.
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} mistake(s):", self.0.len())?;
        for problem in &self.0 {
            write!(f, "\n  - {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_reported_at_once_by_name_with_what_was_expected() {
        let env = Env::from_map([
            ("MOA_PORT", "many"),
            ("MOA_FAST", "perhaps"),
            ("MOA_N", "9"),
            ("MOA_URL", "catalog:50055"),
            ("MOA_HOST", "everywhere"),
        ]);
        let mut reader = env.reader();
        assert_eq!(reader.port("MOA_PORT", 8080), 8080);
        reader.flag("MOA_FAST", false);
        reader.number_in("MOA_N", 1, 1..=5);
        reader.address("MOA_URL", "http://127.0.0.1:50055");
        reader.parse(
            "MOA_HOST",
            std::net::IpAddr::from([127, 0, 0, 1]),
            "an IP address such as 127.0.0.1",
        );
        reader.required("MOA_KEY", "the key");
        let errors = reader.finish().unwrap_err();
        assert_eq!(
            errors.problems(),
            [
                "MOA_PORT must be a port number from 0 to 65535, e.g. 8080 (0 takes any free one); it is \"many\"",
                "MOA_FAST must be true or false (1 and 0, yes and no are taken, too); it is \"perhaps\"",
                "MOA_N must be a whole number from 1 to 5, e.g. 1; it is \"9\"",
                "MOA_URL must be an address such as http://127.0.0.1:50055; it is \"catalog:50055\"",
                "MOA_HOST must be an IP address such as 127.0.0.1; it is \"everywhere\"",
                "MOA_KEY is not set; it is the key",
            ]
        );
    }

    #[test]
    fn what_may_hold_a_password_is_not_repeated() {
        let env = Env::from_map([
            ("MOA_CATALOG_DATABASE_URL", "postgres:/hunter2"),
            ("MOA_CATALOG_URL", "ftp://me:hunter2@catalog"),
            ("MOA_NAME", "x".repeat(500).as_str()),
        ]);
        let mut reader = env.reader();
        reader.address("MOA_CATALOG_URL", "http://127.0.0.1:50055");
        reader.problem("MOA_CATALOG_DATABASE_URL", "is no URL");
        reader.problem("MOA_NAME", "is too long");
        let text = reader.finish().unwrap_err().to_string();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.len() < 400, "{text}");
    }
}
