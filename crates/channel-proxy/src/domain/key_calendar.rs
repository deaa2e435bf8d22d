//! When a channel's keys end, and when that is said.
//!
//! Some channels end a key a fixed number of days after it was issued, in Korea. Nobody is told by the API, so the
//! merchant enters the day, and warnings come early enough to act.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::domain::account::InvalidField;

/// Days before the end at which it is said, once each.
pub const WARN_DAYS: [i32; 4] = [30, 14, 7, 1];
/// A day in Korea begins so much before the same day in UTC.
const KOREA: TimeDelta = TimeDelta::hours(9);
/// Nobody enters keys older than this.
const OLDEST_DAYS: u64 = 3650;

/// The first moment at which a key that was issued on this day, and lives so many days, is not good any more.
pub fn ends_at(issued_on: NaiveDate, life_days: u32) -> Option<DateTime<Utc>> {
    let last = issued_on.checked_add_days(Days::new(u64::from(life_days)))?;
    let midnight = last.and_time(NaiveTime::MIN).and_utc();
    midnight.checked_sub_signed(KOREA)
}

/// The warning that is due: the smallest number of days that still covers what is left, unless it was given.
pub fn due(ends_at: DateTime<Utc>, now: DateTime<Utc>, warned: Option<i32>) -> Option<i32> {
    let left = ends_at - now;
    let covers = |days: &&i32| left <= TimeDelta::days(i64::from(**days));
    let due = WARN_DAYS.iter().rev().find(covers).copied()?;
    warned.is_none_or(|warned| due < warned).then_some(due)
}

/// Reads the day a key was issued; empty means that nobody knows.
pub fn parse_issued_on(
    text: &str,
    life_days: Option<u32>,
    now: DateTime<Utc>,
) -> Result<Option<NaiveDate>, InvalidField> {
    let refuse = |reason: &str| InvalidField::new("key_issued_on", reason);
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if life_days.is_none() {
        return Err(refuse("must be empty: this channel's keys do not end"));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| refuse("is no day; give one like 2026-11-27"))?;
    let today = (now + KOREA).date_naive();
    if day > today {
        return Err(refuse("is in the future"));
    }
    if today
        .checked_sub_days(Days::new(OLDEST_DAYS))
        .is_some_and(|oldest| day < oldest)
    {
        return Err(refuse("is more than ten years ago"));
    }
    Ok(Some(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_ends_at_korean_midnight() {
        let end = ends_at(day("2026-01-01"), 180).unwrap();
        assert_eq!(end, at("2026-06-29T15:00:00Z"), "the 30th of June in Seoul");
    }

    #[test]
    fn each_warning_is_due_once_and_a_late_look_gives_the_nearest() {
        let end = at("2026-06-29T15:00:00Z");
        let before = |days: i64, hours: i64| end - TimeDelta::days(days) - TimeDelta::hours(hours);
        let table = [
            (before(31, 0), None, None),
            (before(30, 0), None, Some(30)),
            (before(29, 0), Some(30), None),
            (before(14, 1), Some(30), None),
            (before(14, 0), Some(30), Some(14)),
            (before(6, 0), Some(14), Some(7)),
            (before(6, 0), None, Some(7)),
            (before(0, 23), Some(7), Some(1)),
            (before(0, 1), Some(1), None),
            (before(-9, 0), None, Some(1)),
            (before(-9, 0), Some(1), None),
        ];
        for (now, warned, expected) in table {
            assert_eq!(due(end, now, warned), expected, "{now} {warned:?}");
        }
    }

    #[test]
    fn a_day_of_issue_is_a_day_not_after_today_in_korea() {
        let now = at("2026-11-27T16:00:00Z");
        let read = |text: &str| parse_issued_on(text, Some(180), now);
        assert_eq!(read(" ").unwrap(), None);
        assert_eq!(read("2026-11-28").unwrap(), Some(day("2026-11-28")));
        for wrong in [
            "2026-11-29",
            "2010-01-01",
            "27.11.2026",
            "2026-02-30",
            "soon",
        ] {
            assert_eq!(read(wrong).unwrap_err().field, "key_issued_on", "{wrong}");
        }
        assert!(parse_issued_on("2026-11-01", None, now).is_err());
        assert_eq!(parse_issued_on("", None, now).unwrap(), None);
    }
}
