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

    /// A value with a default.
    pub fn parse<T>(&mut self, name: &str, default: T) -> T
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        match self.env.get(name).map(str::parse::<T>) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                // The value is left out: a secret may have been put under the wrong name.
                self.problem(name, &format!("cannot be read: {error}"));
                default
            }
        }
    }

    /// A number inside bounds, with a default.
    pub fn number_in<T>(&mut self, name: &str, default: T, range: std::ops::RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
        T::Err: fmt::Display,
    {
        let value = self.parse(name, default);
        if range.contains(&value) {
            return value;
        }
        let (low, high) = (range.start(), range.end());
        self.problem(name, &format!("must be between {low} and {high}"));
        default
    }

    /// A yes or no: `true`, `1`, `yes`, `false`, `0`, `no`.
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.env.get(name).map(str::to_ascii_lowercase).as_deref() {
            None => default,
            Some("true" | "1" | "yes") => true,
            Some("false" | "0" | "no") => false,
            Some(_) => {
                self.problem(name, "must be true or false");
                default
            }
        }
    }

    /// A secret that may be absent.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.env.get(name).map(SecretString::from)
    }

    /// Notes a mistake in a variable's value.
    pub fn problem(&mut self, name: &str, text: &str) {
        self.problems.push(format!("{name} {text}"));
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
    fn every_mistake_is_reported_at_once_by_name() {
        let env = Env::from_map([
            ("MOA_PORT", "many"),
            ("MOA_FAST", "perhaps"),
            ("MOA_N", "9"),
        ]);
        let mut reader = env.reader();
        assert_eq!(reader.parse::<u16>("MOA_PORT", 8080), 8080);
        reader.flag("MOA_FAST", false);
        reader.number_in("MOA_N", 1, 1..=5);
        reader.required("MOA_KEY", "the key");
        let errors = reader.finish().unwrap_err();
        let text = errors.to_string();
        for name in ["MOA_PORT", "MOA_FAST", "MOA_N", "MOA_KEY"] {
            assert!(text.contains(name), "{text}");
        }
        assert_eq!(errors.problems().len(), 4);
        assert!(!text.contains("many"), "values stay out of messages");
    }
}
