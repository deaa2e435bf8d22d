use std::fmt;

/// A value of a person, which prints as `***` and does not serialise.
///
/// ```
/// use moa_vault::Pii;
///
/// let name = Pii::new("Hong Gil-dong".to_owned());
/// assert_eq!(format!("{name} {name:?}"), "*** ***");
/// assert_eq!(name.reveal(), "Hong Gil-dong");
/// ```
///
/// ```compile_fail
/// # use moa_vault::Pii;
/// fn needs_serde<T: serde::Serialize>(_: T) {}
/// needs_serde(Pii::new(String::new()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Marks a value as a person's.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Whoever shows it to somebody records that.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, unmarked.
    pub fn into_revealed(self) -> T {
        self.0
    }

    /// Another value of the same person, e.g. a phone number's last digits.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Pii<U> {
        Pii(change(self.0))
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
