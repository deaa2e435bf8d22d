//! What a run came to.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use crate::BoxError;

/// A code with its counts, from which a screen makes a sentence in any language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coded {
    /// Stable, e.g. `SWEPT`; empty when there is none.
    pub code: String,
    /// By stable names, e.g. `streams`.
    pub counts: BTreeMap<String, i64>,
}

impl Coded {
    fn count(&mut self, name: &str, count: impl TryInto<i64>) {
        let count = count.try_into().unwrap_or(i64::MAX);
        self.counts.insert(name.to_owned(), count);
    }
}

/// What a run that went well came to, without personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunReport {
    pub(crate) said: String,
    pub(crate) coded: Coded,
}

impl RunReport {
    /// A code, and the same as a sentence for people.
    pub fn new(code: &str, said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            coded: Coded {
                code: code.to_owned(),
                counts: BTreeMap::new(),
            },
        }
    }

    /// With one more count.
    #[must_use]
    pub fn count(mut self, name: &str, count: impl TryInto<i64>) -> Self {
        self.coded.count(name, count);
        self
    }
}

/// Why a run failed, with a code. Says what its source says.
#[derive(Debug)]
pub struct RunFailed {
    pub(crate) coded: Coded,
    source: BoxError,
}

impl RunFailed {
    /// A code for this error.
    pub fn new(code: &str, source: impl Into<BoxError>) -> Self {
        Self {
            coded: Coded {
                code: code.to_owned(),
                counts: BTreeMap::new(),
            },
            source: source.into(),
        }
    }

    /// With one more count.
    #[must_use]
    pub fn count(mut self, name: &str, count: impl TryInto<i64>) -> Self {
        self.coded.count(name, count);
        self
    }
}

impl fmt::Display for RunFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for RunFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

/// The code of a failure; none when it has none.
pub(crate) fn coded(failure: &BoxError) -> Coded {
    let failed = failure.downcast_ref::<RunFailed>();
    failed
        .map(|failed| failed.coded.clone())
        .unwrap_or_default()
}
