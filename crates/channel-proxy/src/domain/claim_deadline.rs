//! By when a merchant must act on a claim, as a channel says it or as its documents do.

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc, Weekday};

/// What a channel does by itself when the merchant does nothing, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimDeadline {
    /// Absent when the channel does not tell the time.
    pub at: Option<DateTime<Utc>>,
    /// What it does.
    pub outcome: DeadlineOutcome,
    /// How we know.
    pub source: DeadlineSource,
}

/// What a channel does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineOutcome {
    /// The buyer gets the money back.
    Refunded,
}

/// How a deadline is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineSource {
    /// The channel names it in the claim.
    Told,
    /// The channel's documents say so in general; a time by them is an estimate.
    Rule,
}

impl ClaimDeadline {
    /// The channel refunds, by its documents.
    pub const fn refunded_by_rule(at: Option<DateTime<Utc>>) -> Self {
        Self {
            at,
            outcome: DeadlineOutcome::Refunded,
            source: DeadlineSource::Rule,
        }
    }

    /// The channel refunds, as it tells.
    pub const fn refunded_as_told(at: DateTime<Utc>) -> Self {
        Self {
            at: Some(at),
            outcome: DeadlineOutcome::Refunded,
            source: DeadlineSource::Told,
        }
    }
}

/// So many working days later at the same time of day in Korea. Public holidays count as working days, since no list of
/// them is kept here: what is computed is never later than what the channel counts. None beyond the calendar's end.
pub fn working_days_after(at: DateTime<Utc>, days: u32) -> Option<DateTime<Utc>> {
    let korea = TimeDelta::hours(9);
    let mut local = at.naive_utc().checked_add_signed(korea)?;
    let mut left = days;
    while left > 0 {
        local = local.checked_add_days(Days::new(1))?;
        if !matches!(local.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    Some(local.checked_sub_signed(korea)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_days_leave_out_weekends_as_korea_has_them() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (from, days, until) in [
            ("2026-11-23T01:00:00Z", 3, "2026-11-26T01:00:00Z"),
            ("2026-11-26T01:00:00Z", 3, "2026-12-01T01:00:00Z"),
            ("2026-11-28T01:00:00Z", 3, "2026-12-02T01:00:00Z"),
            // Saturday in Korea already.
            ("2026-11-27T16:00:00Z", 1, "2026-11-29T16:00:00Z"),
            ("2026-11-23T01:00:00Z", 0, "2026-11-23T01:00:00Z"),
        ] {
            assert_eq!(
                working_days_after(at(from), days),
                Some(at(until)),
                "{from}"
            );
        }
        assert_eq!(working_days_after(DateTime::<Utc>::MAX_UTC, 3), None);
    }
}
