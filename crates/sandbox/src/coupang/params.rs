//! Query parameters and bodies, and what is said when they are wrong.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{
    DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use serde::Deserialize;

use super::answer;
use crate::world::Span;

/// A refusal by an order or return API.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: message.into(),
        }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: message.into(),
        }
    }

    /// Status and words, for APIs that wrap them otherwise.
    pub fn into_parts(self) -> (StatusCode, String) {
        (self.status, self.message)
    }

    #[cfg(test)]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        answer::error(self.status, &self.message)
    }
}

impl From<crate::journal::JournalError> for Refusal {
    fn from(error: crate::journal::JournalError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the sandbox cannot write its journal"
        );
        Self::internal("Internal Server Error")
    }
}

/// The decoded query.
pub struct Params(Vec<(String, String)>);

impl Params {
    pub fn parse(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The value, unless absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            Refusal::bad_request(format!("Required String parameter '{name}' is not present"))
        })
    }

    /// Whether the parameter was sent at all, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub fn is_time_frame(&self) -> Result<bool, Refusal> {
        match self.get("searchType") {
            None => Ok(false),
            Some("timeFrame") => Ok(true),
            Some(other) => Err(Refusal::bad_request(format!(
                "searchType ({other}) is not supported"
            ))),
        }
    }

    /// Rows a page: 50 unless fewer are asked for.
    pub fn page_size(&self) -> Result<usize, Refusal> {
        self.page_size_of(50, 50)
    }

    /// Rows a page; more than `most` are cut down to it, since what Coupang does with more is not documented.
    pub fn page_size_of(&self, fallback: usize, most: usize) -> Result<usize, Refusal> {
        Ok(self.positive("maxPerPage", fallback)?.min(most))
    }

    /// A number from 1 up.
    pub fn positive(&self, name: &str, fallback: usize) -> Result<usize, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(fallback);
        };
        match text.parse::<usize>() {
            Ok(number) if number >= 1 => Ok(number),
            _ => Err(Refusal::bad_request(format!(
                "{name} ({text}) should be a positive number"
            ))),
        }
    }

    /// An id, when there is one.
    pub fn id(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|_| Refusal::bad_request(format!("{name} ({text}) should be a number")))
    }
}

/// Whether a date carries an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    Required,
    Optional,
    Refused,
}

/// `createdAtFrom` or `createdAtTo` as a day of the Korean calendar.
pub fn day(params: &Params, name: &str, offset: Offset) -> Result<NaiveDate, Refusal> {
    let text = params.required(name)?;
    let wrong = || malformed(name, text, "yyyy-MM-dd", offset);
    let date = text.get(..10).ok_or_else(wrong)?;
    split_offset(text, 10, offset).ok_or_else(wrong)?;
    NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| wrong())
}

/// `createdAtFrom` or `createdAtTo` as a minute; without an offset it is Korean time.
pub fn minute(params: &Params, name: &str, offset: Offset) -> Result<DateTime<Utc>, Refusal> {
    let text = params.required(name)?;
    let wrong = || malformed(name, text, "yyyy-MM-ddTHH:mm", offset);
    let local = text.get(..16).ok_or_else(wrong)?;
    let zone = split_offset(text, 16, offset).ok_or_else(wrong)?;
    let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M").map_err(|_| wrong())?;
    let at = zone
        .from_local_datetime(&local)
        .single()
        .ok_or_else(wrong)?;
    Ok(at.to_utc())
}

/// A second of Korean time.
pub fn second(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()?;
    let at = kst().from_local_datetime(&local).single()?;
    (text.len() == 19).then(|| at.to_utc())
}

/// A day as `yyyy-MM-dd` and nothing else.
pub fn plain_day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| text.len() == 10)
}

/// How a time without a zone is written.
pub fn naive(at: DateTime<Utc>) -> String {
    at.with_timezone(&kst())
        .format("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

/// The days from one to another, both included.
pub fn days(from: NaiveDate, to: NaiveDate) -> Span {
    let start = |day: NaiveDate| {
        let midnight = day.and_time(NaiveTime::MIN);
        kst()
            .from_local_datetime(&midnight)
            .single()
            .map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
    };
    let after = to.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    Span {
        from: start(from),
        until: start(after),
    }
}

/// The moments from one to another, both included.
pub fn moments(from: DateTime<Utc>, to: DateTime<Utc>) -> Span {
    Span {
        from,
        until: to + TimeDelta::microseconds(1),
    }
}

pub fn kst() -> FixedOffset {
    FixedOffset::east_opt(9 * 3600).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

fn malformed(name: &str, text: &str, form: &str, offset: Offset) -> Refusal {
    let suffix = if offset == Offset::Required {
        "+09:00"
    } else {
        ""
    };
    Refusal::bad_request(format!("{name} ({text}) format should be {form}{suffix}."))
}

/// The offset that follows the first `length` characters. A plus sent bare has become a blank and is refused.
fn split_offset(text: &str, length: usize, offset: Offset) -> Option<FixedOffset> {
    let rest = text.get(length..)?;
    match (rest, offset) {
        ("", Offset::Required) => None,
        ("", _) => Some(kst()),
        (_, Offset::Refused) => None,
        (rest, _) if rest.len() == 6 => rest.parse().ok(),
        _ => None,
    }
}

/// Reads a body as JSON, or says that it cannot be read.
pub fn body<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let reason = error.to_string();
        // A line break that was not escaped, which multi-line answers often hold, has words of its own.
        if reason.contains("control character") {
            return Refusal::bad_request(
                "Could not read JSON: Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using \
                 backslash to be included in string value",
            );
        }
        Refusal::bad_request(format!("Could not read JSON: {reason}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::parse(Some(query))
    }

    #[test]
    fn a_day_of_v5_needs_its_offset_with_an_encoded_plus() {
        let read = |query| day(&params(query), "d", Offset::Required);
        assert_eq!(
            read("d=2026-03-01%2B09:00"),
            Ok(NaiveDate::from_ymd_opt(2026, 3, 1).unwrap())
        );
        for bad in [
            "d=2026-03-01",
            "d=2026-03-01+09:00",
            "d=2026-13-01%2B09:00",
            "d=20260301%2B09:00",
            "d=가나다라마바사",
        ] {
            assert!(
                read(bad)
                    .unwrap_err()
                    .message()
                    .contains("format should be yyyy-MM-dd+09:00."),
                "{bad}"
            );
        }
        assert_eq!(
            read("").unwrap_err().message(),
            "Required String parameter 'd' is not present"
        );
    }

    #[test]
    fn a_minute_is_korean_unless_it_says_otherwise() {
        let read = |query| minute(&params(query), "m", Offset::Optional).map(|at| at.to_rfc3339());
        assert_eq!(
            read("m=2026-03-01T09:00"),
            Ok("2026-03-01T00:00:00+00:00".to_owned())
        );
        assert_eq!(
            read("m=2026-03-01T09:00%2B09:00"),
            Ok("2026-03-01T00:00:00+00:00".to_owned())
        );
        assert_eq!(
            read("m=2026-03-01T09:00%2B00:00"),
            Ok("2026-03-01T09:00:00+00:00".to_owned())
        );
        assert!(read("m=2026-03-01T09:00:00").is_err());
    }

    #[test]
    fn the_last_day_belongs_to_the_span() {
        let march = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let span = days(march(1), march(1));
        assert_eq!(span.from.to_rfc3339(), "2026-02-28T15:00:00+00:00");
        assert_eq!(span.until.to_rfc3339(), "2026-03-01T15:00:00+00:00");
    }
}
