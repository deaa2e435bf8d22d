//! Query parameters and bodies of the order APIs.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Deserializer};

use super::answer::Answer;

/// A code for parameters that cannot be used.
pub const BAD_PARAMETER: &str = "4000";
/// A code for windows that are too long.
const RANGE_EXCEEDED: &str = "104139";
const DAY: TimeDelta = TimeDelta::hours(24);

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

    /// Whether the key was sent, even without a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Every value of a repeated key, and of lists separated by commas.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .flat_map(|(_, value)| value.split(','))
            .filter(|value| !value.is_empty())
    }

    /// A word of an enumeration.
    pub fn word<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Answer> {
        self.get(name)
            .map(|text| parse(text).ok_or_else(|| wrong(name)))
            .transpose()
    }

    /// A whole number inside a range.
    pub fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<usize>,
    ) -> Result<Option<usize>, Answer> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| wrong(name))
    }

    pub fn truth(&self, name: &str) -> Result<Option<bool>, Answer> {
        self.word(name, |text| text.parse().ok())
    }

    /// A moment.
    pub fn instant(&self, name: &str) -> Result<Option<DateTime<Utc>>, Answer> {
        self.word(name, instant)
    }

    /// A window of up to 24 hours that begins at `from_name`, both ends included.
    pub fn window(
        &self,
        from_name: &str,
        to_name: &str,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), Answer> {
        let from = self.instant(from_name)?.ok_or_else(|| missing(from_name))?;
        let to = self.instant(to_name)?.unwrap_or(from + DAY);
        if to < from {
            return Err(wrong(to_name));
        }
        if to - from > DAY {
            return Err(Answer::bad_order_call(
                RANGE_EXCEEDED,
                "조회 기간을 초과하였습니다. (최대 24시간)",
            ));
        }
        Ok((from, to))
    }
}

pub fn missing(name: &str) -> Answer {
    Answer::bad_order_call(BAD_PARAMETER, &format!("{name} 항목은 필수입니다."))
}

pub fn wrong(name: &str) -> Answer {
    Answer::bad_order_call(BAD_PARAMETER, &format!("{name} 항목이 올바르지 않습니다."))
}

/// `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`, exactly. A plus sent bare has become a blank, which is none.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let shape = text
        .get(..23)?
        .bytes()
        .enumerate()
        .all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            19 => byte == b'.',
            _ => byte.is_ascii_digit(),
        });
    let offset = text.get(23..)?;
    if !shape || !(offset == "Z" || offset.len() == 6) {
        return None;
    }
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(at.to_utc().trunc_subsecs(3))
}

/// Reads a body as JSON, or says that it cannot be read.
pub fn body<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Answer> {
    serde_json::from_slice(bytes).map_err(|_| Answer::unreadable())
}

/// Text that may come as a number, which the real one's reader takes for text as well.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Loose>::deserialize(deserializer)?.map(|Loose(text)| text))
}

/// The same in lists.
#[derive(Debug)]
pub struct Loose(pub String);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(u64),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
        }))
    }
}

/// Sixteen digits as a number; nothing else is an id of an order or a product order.
pub fn id(text: &str) -> Option<i64> {
    let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_milliseconds_and_an_offset() {
        let read = |text| instant(text).map(|at| at.to_rfc3339());
        assert_eq!(
            read("2026-01-01T09:00:00.000+09:00"),
            Some("2026-01-01T00:00:00+00:00".to_owned())
        );
        assert!(read("2026-01-01T00:00:00.123Z").is_some());
        for bad in [
            "2026-01-01T09:00:00+09:00",
            "2026-01-01T09:00:00.000 09:00",
            "2026-01-01T09:00:00.000",
            "2026-01-01T09:00:00.000000+09:00",
            "2026-13-01T09:00:00.000+09:00",
            "2026-01-01",
            "오늘",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_window_is_a_day_at_most() {
        let window = |query: &str| Params::parse(Some(query)).window("from", "to");
        let (from, to) = window("from=2026-01-01T09:00:00.000%2B09:00").unwrap();
        assert_eq!(to - from, DAY);
        assert!(window("").is_err());
        assert!(
            window("from=2026-01-01T09:00:00.000+09:00").is_err(),
            "a bare plus"
        );
        let long = "from=2026-01-01T09:00:00.000Z&to=2026-01-02T09:00:00.001Z";
        assert!(window(long).is_err());
        assert!(window("from=2026-01-02T09:00:00.000Z&to=2026-01-01T09:00:00.000Z").is_err());
    }

    #[test]
    fn ids_are_sixteen_digits() {
        assert_eq!(id("2022051122441251"), Some(2_022_051_122_441_251));
        for bad in [
            "202205112244125",
            "+022051122441251",
            "",
            "20220511224412517",
        ] {
            assert_eq!(id(bad), None, "{bad}");
        }
    }
}
