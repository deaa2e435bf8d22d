//! Reading what came in a request, with refusals that name the field.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Utc};
use moa_id::TypedId;
use prost_types::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::Status;

use crate::invalid_field;

/// An identifier that must be there.
pub fn parse_id<T: TypedId>(field: &str, text: &str) -> Result<T, Status> {
    if text.is_empty() {
        return Err(invalid_field(field, "is missing"));
    }
    text.parse()
        .map_err(|_| invalid_field(field, format!("must be a UUID ({})", T::NAME)))
}

/// An identifier that may be absent: empty text.
pub fn parse_optional_id<T: TypedId>(field: &str, text: &str) -> Result<Option<T>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    parse_id(field, text).map(Some)
}

/// A text of bounded length, trimmed, that must be there.
pub fn parse_text(field: &str, text: &str, max_chars: usize) -> Result<String, Status> {
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid_field(field, "is missing"));
    }
    if text.chars().count() > max_chars {
        return Err(invalid_field(
            field,
            format!("must have at most {max_chars} characters"),
        ));
    }
    if text.contains('\0') {
        return Err(invalid_field(field, "must not contain a NUL character"));
    }
    Ok(text.to_owned())
}

/// The rows of a page: 0 means the default.
pub fn page_size(asked: i32, default: i32, max: i32) -> Result<i64, Status> {
    match asked {
        0 => Ok(default.into()),
        n if (1..=max).contains(&n) => Ok(n.into()),
        _ => Err(invalid_field(
            "page_size",
            format!("must be between 1 and {max}"),
        )),
    }
}

/// A time as it stands in messages.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        // Below one second, so it always fits; a leap second reads as the last nanosecond.
        nanos: i32::try_from(at.timestamp_subsec_nanos().min(999_999_999)).unwrap_or(0),
    }
}

/// A time that must be there.
pub fn parse_timestamp(field: &str, at: Option<Timestamp>) -> Result<DateTime<Utc>, Status> {
    let at = at.ok_or_else(|| invalid_field(field, "is missing"))?;
    u32::try_from(at.nanos)
        .ok()
        .and_then(|nanos| DateTime::from_timestamp(at.seconds, nanos))
        // PostgreSQL keeps less than chrono does, and no calendar that we show knows other years.
        .filter(|at| (1..=9999).contains(&at.year()))
        .ok_or_else(|| invalid_field(field, "must be a time of the years 1 to 9999"))
}

/// Where one list goes on: an opaque text for callers, a value for us. It names its list, so that the token of another is
/// refused instead of skipping rows.
#[derive(Debug, Clone, Copy)]
pub struct PageToken(&'static str);

impl PageToken {
    /// Tokens of the list `list`, a name that no other list has.
    pub const fn of(list: &'static str) -> Self {
        Self(list)
    }

    /// The token after a page; empty (the last page) for `None`.
    pub fn encode<T: Serialize>(&self, next: Option<&T>) -> String {
        next.and_then(|value| serde_json::to_vec(&(self.0, value)).ok())
            .map(|json| URL_SAFE_NO_PAD.encode(json))
            .unwrap_or_default()
    }

    /// What a token says; `None` for the first page.
    pub fn decode<T: DeserializeOwned>(&self, token: &str) -> Result<Option<T>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let refused = || {
            let text = "is not one that this list gave out; begin without it";
            invalid_field("page_token", text)
        };
        if token.len() > 2048 {
            return Err(refused());
        }
        let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
        let (list, value): (String, T) = serde_json::from_slice(&json).map_err(|_| refused())?;
        match list == self.0 {
            true => Ok(Some(value)),
            false => Err(refused()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_survives_and_garbage_or_another_lists_is_refused() {
        let (orders, claims) = (PageToken::of("orders"), PageToken::of("claims"));
        let token = orders.encode(Some(&("2026-11-20", 7)));
        let back: Option<(String, i32)> = orders.decode(&token).unwrap();
        assert_eq!(back, Some(("2026-11-20".to_owned(), 7)));
        assert!(claims.decode::<(String, i32)>(&token).is_err());
        assert!(orders.decode::<(String, i32)>("%%%").is_err());
        assert_eq!(orders.decode::<i32>("").unwrap(), None);
    }

    #[test]
    fn a_time_survives_and_nonsense_is_refused() {
        let at = DateTime::from_timestamp(1_760_000_000, 123_456_000).unwrap();
        assert_eq!(parse_timestamp("at", Some(timestamp(at))).unwrap(), at);
        let nonsense = Timestamp {
            seconds: i64::MAX,
            nanos: -1,
        };
        assert!(parse_timestamp("at", Some(nonsense)).is_err());
        assert!(parse_timestamp("at", None).is_err());
        let before_christ = Timestamp {
            seconds: -377_705_116_800,
            nanos: 0,
        };
        assert!(parse_timestamp("at", Some(before_christ)).is_err());
    }
}
