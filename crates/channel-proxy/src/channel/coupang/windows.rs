//! Which reads cover a window, and where a page token goes on.
//!
//! Coupang's order lists filter by creation, by status, in Korean calendar days or minutes:
//!
//! - A window of up to an hour is read by minute (`timeFrame`), without tokens: reads of at most ten minutes, because
//!   wider ones time out, and never across midnight, because begin and end must be on one day. The window is widened
//!   to whole minutes, and neighbouring reads share a minute, so it does not matter whether the channel counts the
//!   end. Of a day's last minute the end is on the next day: it is read by day.
//! - Wider windows (a day by minute would be 145 calls) and sweeps are read by day with `nextToken`, at most 30 days
//!   at once, up to tomorrow: the end date was seen to be exclusive.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use moa_service::PageToken;
use serde::{Deserialize, Serialize};

use crate::domain::account::InvalidField;
use crate::domain::order::LineState;
use crate::domain::quota::CallClass;

/// Where the list of rows in a window goes on.
const PAGES: PageToken = PageToken::of("coupang.windows");

/// Wide enough for every sweep; bounds the number of reads.
const MAX_WINDOW: TimeDelta = TimeDelta::days(400);
/// Difference of dates of one daily read.
const MAX_DAYS: i64 = 30;
/// Difference of a read of "at most seven days": whether seven is inside is told differently from list to list.
const WEEK_DAYS: i64 = 6;
/// Windows wider than this are read by day.
pub const BY_MINUTE: TimeDelta = TimeDelta::hours(1);
/// Length of one read by minute.
pub const SLICE: TimeDelta = TimeDelta::minutes(10);

/// A half-open window in Korean time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: NaiveDateTime,
    to: NaiveDateTime,
    /// By day although it is short.
    sweep: bool,
}

/// One read, apart from its `nextToken`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is asked for: a status, or a kind of claim.
    pub what: &'static str,
    /// From when to when.
    pub span: Span,
}

/// From when to when one read reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Both in Korean time, to the minute.
    Minutes(NaiveDateTime, NaiveDateTime),
    /// Both in Korean time.
    Days(NaiveDate, NaiveDate),
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The question it belongs to.
    question: (String, i64, i64, bool),
    /// The read.
    pub step: usize,
    /// The channel's own token inside the read; empty for its first page.
    pub next_token: String,
}

/// The moment in Korean time, which has no summer time.
pub fn korean(at: DateTime<Utc>) -> NaiveDateTime {
    let shifted = at.checked_add_signed(TimeDelta::hours(9));
    shifted.unwrap_or(at).naive_utc()
}

impl Window {
    /// Reads a question's window.
    pub fn parse(
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        class: CallClass,
    ) -> Result<Self, InvalidField> {
        if from >= to {
            return Err(InvalidField::new("to", "must be after from"));
        }
        if to - from > MAX_WINDOW {
            return Err(InvalidField::new(
                "to",
                "must be at most 400 days after from",
            ));
        }
        let plausible = |at: DateTime<Utc>| (946_684_800..4_102_444_800).contains(&at.timestamp());
        if !plausible(from) || !plausible(to) {
            return Err(InvalidField::new(
                "from",
                "must lie between the years 2000 and 2100",
            ));
        }
        let sweep = class == CallClass::Sweep;
        Ok(Self {
            from: korean(from),
            to: korean(to),
            sweep,
        })
    }

    fn by_day(&self) -> bool {
        self.sweep || self.to - self.from > BY_MINUTE
    }

    /// The window in whole minutes.
    fn minutes(&self) -> (NaiveDateTime, NaiveDateTime) {
        let floor = |at: NaiveDateTime| {
            at.with_second(0)
                .and_then(|at| at.with_nanosecond(0))
                .unwrap_or(at)
        };
        let (from, to) = (floor(self.from), floor(self.to));
        let to = if to < self.to {
            to + TimeDelta::minutes(1)
        } else {
            to
        };
        (from, to)
    }

    /// The reads of order lists.
    pub fn order_steps(&self, statuses: &[&'static str]) -> Vec<Step> {
        let spans = if self.by_day() {
            self.days()
        } else {
            self.slices()
        };
        steps(statuses, &spans)
    }

    /// The reads of claim lists, whose minute windows may be long and cross midnight.
    pub fn claim_steps(&self, kinds: &[&'static str]) -> Vec<Step> {
        let spans = if self.by_day() {
            self.days()
        } else {
            let (from, to) = self.minutes();
            vec![Span::Minutes(from, to)]
        };
        steps(kinds, &spans)
    }

    /// The reads of a list of at most a week, by moment.
    pub fn week_steps(&self, what: &'static str) -> Vec<Step> {
        let (mut at, to) = self.minutes();
        let mut spans = Vec::new();
        while at < to {
            let end = (at + TimeDelta::days(WEEK_DAYS)).min(to);
            spans.push(Span::Minutes(at, end));
            at = end;
        }
        steps(&[what], &spans)
    }

    /// The days `[from, to]` in Korea.
    pub fn of_days(from: NaiveDate, to: NaiveDate) -> Result<Self, InvalidField> {
        let at = |day: NaiveDate| {
            let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
            midnight - TimeDelta::hours(9)
        };
        if from > to {
            return Err(InvalidField::new("to_day", "must not be before from_day"));
        }
        let end = to.checked_add_days(chrono::Days::new(1)).unwrap_or(to);
        let window = Self::parse(at(from), at(end), CallClass::Sweep);
        // Days have names of their own in the question.
        let window = window.map_err(|wrong| InvalidField {
            field: match wrong.field {
                "to" => "to_day",
                _ => "from_day",
            },
            ..wrong
        })?;
        Ok(Self {
            to: window.to - TimeDelta::seconds(1),
            ..window
        })
    }

    /// The reads of a list of at most a week, by day; first and last day are inside.
    pub fn week_day_steps(&self, what: &'static str) -> Vec<Step> {
        self.day_steps(what, WEEK_DAYS)
    }

    /// The reads of a list by day, at most so many days apart; first and last day are inside.
    pub fn day_steps(&self, what: &'static str, difference: i64) -> Vec<Step> {
        let last = self.to.date();
        let mut at = self.from.date();
        let mut spans = Vec::new();
        while at <= last {
            let end = (at + TimeDelta::days(difference)).min(last);
            spans.push(Span::Days(at, end));
            at = end + TimeDelta::days(1);
        }
        steps(&[what], &spans)
    }

    fn slices(&self) -> Vec<Span> {
        let (mut at, to) = self.minutes();
        let mut spans = Vec::new();
        while at < to {
            let midnight = at.date().and_time(chrono::NaiveTime::MIN) + TimeDelta::days(1);
            let end = (at + SLICE).min(to);
            if end < midnight {
                spans.push(Span::Minutes(at, end));
                at = end;
                continue;
            }
            let last_minute = midnight - TimeDelta::minutes(1);
            if at < last_minute {
                spans.push(Span::Minutes(at, last_minute));
            }
            spans.push(Span::Days(at.date(), midnight.date()));
            at = midnight;
        }
        spans
    }

    fn days(&self) -> Vec<Span> {
        let mut at = self.from.date();
        let last = self.to.date() + TimeDelta::days(1);
        let mut spans = Vec::new();
        while at < last {
            let end = (at + TimeDelta::days(MAX_DAYS)).min(last);
            spans.push(Span::Days(at, end));
            at = end;
        }
        spans
    }

    /// Reads a page token of this window.
    pub fn progress(&self, what: &str, token: &str) -> Result<Progress, InvalidField> {
        let refused = || {
            InvalidField::new(
                "page_token",
                "is not one that this list gave out for the same window; begin without it",
            )
        };
        let question = self.question(what);
        let progress: Option<Progress> = PAGES.decode(token).map_err(|_| refused())?;
        match progress {
            None => Ok(Progress {
                question,
                step: 0,
                next_token: String::new(),
            }),
            Some(progress) if progress.question == question => Ok(progress),
            Some(_) => Err(refused()),
        }
    }

    fn question(&self, what: &str) -> (String, i64, i64, bool) {
        let seconds = |at: NaiveDateTime| at.and_utc().timestamp();
        (
            what.to_owned(),
            seconds(self.from),
            seconds(self.to),
            self.sweep,
        )
    }
}

impl Progress {
    /// The token after a page that ended with the channel's `next_token`; empty when all is read.
    pub fn after(&self, next_token: &str, steps: usize) -> String {
        let mut next = self.clone();
        if next_token.is_empty() {
            next.step += 1;
            next.next_token = String::new();
        } else {
            next.next_token = next_token.to_owned();
        }
        PAGES.encode((next.step < steps).then_some(&next))
    }
}

fn steps(whats: &[&'static str], spans: &[Span]) -> Vec<Step> {
    let pairs = whats
        .iter()
        .flat_map(|what| spans.iter().map(move |span| (*what, *span)));
    pairs.map(|(what, span)| Step { what, span }).collect()
}

/// The statuses behind one of our boxes; none when Coupang has no list of it.
pub fn statuses(state: &LineState) -> Option<&'static [&'static str]> {
    match state {
        LineState::Placed => Some(&["ACCEPT"]),
        LineState::Acknowledged => Some(&["INSTRUCT"]),
        LineState::Dispatched => Some(&["DEPARTURE", "DELIVERING", "NONE_TRACKING"]),
        LineState::Delivered => Some(&["FINAL_DELIVERY"]),
        _ => None,
    }
}

#[cfg(test)]
#[path = "windows_tests.rs"]
mod tests;
