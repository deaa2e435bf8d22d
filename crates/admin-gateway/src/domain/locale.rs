//! The two languages of the product.

/// A language people are answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// Korean, the default.
    Ko,
    /// English.
    En,
}

impl Locale {
    /// As in `Accept-Language` and in the operators' table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }
}
