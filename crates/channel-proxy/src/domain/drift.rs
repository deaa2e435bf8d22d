//! What a channel says that this version does not know.

use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use uuid::Uuid;

/// The longest sample, in characters.
pub const MAX_SAMPLE: usize = 4000;
/// The longest name of a field or word that is kept.
const MAX_NAME: usize = 60;

/// What is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DriftKind {
    /// A field that no document names.
    UnknownField,
    /// A state or type that no document names.
    UnknownWord,
}

/// Where something unknown was seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Our name of the call.
    pub api: String,
    /// What is unknown.
    pub kind: DriftKind,
    /// E.g. "data[].orderItems[].giftFlag", or "data[].status=PREPARING".
    pub path: String,
}

/// Something unknown, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftFinding {
    /// Whose page it stood in.
    pub merchant_id: MerchantId,
    /// Ours.
    pub id: Uuid,
    /// The channel's code.
    pub channel: String,
    /// Where.
    pub place: Place,
    /// The first time.
    pub first_seen_at: DateTime<Utc>,
    /// The last time.
    pub last_seen_at: DateTime<Utc>,
    /// How often in the pages that were looked at.
    pub count: i64,
    /// The object around it with its values blanked: JSON text, empty when there is none.
    pub sample: String,
}

impl DriftKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::UnknownWord => "UNKNOWN_WORD",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::UnknownField, Self::UnknownWord]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A field's name as it may be kept. A map's keys could be anything, also somebody's name: only plain names pass.
pub fn field_name(name: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let first = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    if first && name.len() <= MAX_NAME && name.bytes().all(plain) {
        name
    } else {
        "?"
    }
}

/// A word as it may be kept: what channels make states of, and nobody is called.
pub fn word(word: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=MAX_NAME).contains(&word.len()) && word.bytes().all(plain) {
        word
    } else {
        "?"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_of_persons_do_not_pass() {
        for name in ["giftFlag", "x-y_z.1"] {
            assert_eq!(field_name(name), name);
        }
        for name in ["", "홍길동", "01012345678", "a b", &"x".repeat(61)] {
            assert_eq!(field_name(name), "?", "{name}");
        }
        assert_eq!(word("PREPARING_2"), "PREPARING_2");
        for odd in ["", "Kim", "김", "A B"] {
            assert_eq!(word(odd), "?", "{odd}");
        }
        for kind in [DriftKind::UnknownField, DriftKind::UnknownWord] {
            assert_eq!(DriftKind::parse(kind.as_str()), Some(kind));
        }
    }
}
