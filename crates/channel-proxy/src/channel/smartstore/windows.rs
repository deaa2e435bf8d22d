//! Which reads cover a window, and where a page token goes on.
//!
//! The feed filters by the newest change of a product order and takes a day at most, both ends counted. What does not
//! move its rows (a confirmation, an automatic delivery) is found by the list by condition, which a sweep reads too, as
//! a second net.

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, TimeDelta, Utc};
use moa_service::PageToken;
use serde::{Deserialize, Serialize};

use crate::domain::account::InvalidField;
use crate::domain::quota::CallClass;

/// Where the list of changes in a window goes on.
const PAGES: PageToken = PageToken::of("smartstore.windows");

/// Wide enough for every sweep; bounds the number of reads. The feed was seen to reach back a year.
const MAX_WINDOW: TimeDelta = TimeDelta::days(400);
/// The longest span of one read.
const DAY: TimeDelta = TimeDelta::hours(24);
/// Both ends count, and times have three digits of seconds.
const TICK: TimeDelta = TimeDelta::milliseconds(1);

/// A half-open window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    nets: Nets,
}

/// What a window is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nets {
    Feed,
    FeedAndList,
}

/// One read, apart from where it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub net: Net,
    pub from: DateTime<Utc>,
    /// Counted.
    pub last: DateTime<Utc>,
}

/// Where a read looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// What changed.
    Feed,
    /// What was paid for.
    List,
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The question it belongs to.
    question: (String, i64, i64, bool),
    /// The read.
    pub step: usize,
    /// Where the feed goes on inside the read, in its own words; empty on its first page.
    pub more_from: String,
    pub more_sequence: String,
    /// The list's page, from 1.
    pub page: u32,
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// Nothing more of this read.
    Done,
    /// The feed goes on here.
    More { from: String, sequence: String },
    /// The list has another page.
    NextPage,
}

/// The day of a moment in Korea.
pub fn korean_day(at: DateTime<Utc>) -> NaiveDate {
    match FixedOffset::east_opt(9 * 3600) {
        Some(korea) => at.with_timezone(&korea).date_naive(),
        None => at.date_naive(),
    }
}

impl Window {
    /// Reads a question's window. It begins at a whole minute, so that the pages of overlapping windows stay alike, and
    /// ends now at the latest: the channel's future is none of its rows.
    pub fn parse(
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        class: CallClass,
        now: DateTime<Utc>,
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
        let seconds = from.timestamp().rem_euclid(60);
        let from = from
            - TimeDelta::seconds(seconds)
            - TimeDelta::nanoseconds(i64::from(from.timestamp_subsec_nanos()));
        let nets = if class == CallClass::Sweep {
            Nets::FeedAndList
        } else {
            Nets::Feed
        };
        let to = if now > from { to.min(now) } else { to };
        Ok(Self { from, to, nets })
    }

    /// The reads of orders, oldest first.
    pub fn order_steps(&self) -> Vec<Step> {
        self.steps(self.nets)
    }

    /// The reads of claims: each of their steps moves the feed's row.
    pub fn claim_steps(&self) -> Vec<Step> {
        self.steps(Nets::Feed)
    }

    fn steps(&self, nets: Nets) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let to = (from + DAY).min(self.to);
            let last = (to - TICK).max(from);
            let net = |net| Step { net, from, last };
            steps.push(net(Net::Feed));
            if nets == Nets::FeedAndList {
                steps.push(net(Net::List));
            }
            from = to;
        }
        steps
    }

    /// Reads a page token of this window.
    pub fn progress(&self, what: &str, token: &str) -> Result<Progress, InvalidField> {
        let refused = || {
            InvalidField::new(
                "page_token",
                "is not one that this list gave out for the same window; begin without it",
            )
        };
        let progress: Option<Progress> = PAGES.decode(token).map_err(|_| refused())?;
        match progress {
            None => Ok(Progress {
                question: self.question(what),
                step: 0,
                more_from: String::new(),
                more_sequence: String::new(),
                page: 1,
            }),
            Some(progress) if progress.is_of(&self.question(what)) => Ok(progress),
            Some(_) => Err(refused()),
        }
    }

    fn question(&self, what: &str) -> (String, i64, i64, bool) {
        (
            what.to_owned(),
            self.from.timestamp_millis(),
            self.to.timestamp_millis(),
            self.nets == Nets::FeedAndList,
        )
    }
}

impl Progress {
    /// The same question: its end may have moved on with the clock, not back.
    fn is_of(&self, asked: &(String, i64, i64, bool)) -> bool {
        let (what, from, to, sweep) = &self.question;
        (what, from, sweep) == (&asked.0, &asked.1, &asked.3) && *to <= asked.2
    }

    /// The token after a page; empty when all is read.
    pub fn after(&self, rest: Rest, steps: usize) -> String {
        let mut next = self.clone();
        match rest {
            Rest::Done => {
                next.step += 1;
                (next.more_from, next.more_sequence) = (String::new(), String::new());
                next.page = 1;
            }
            Rest::More { from, sequence } => {
                (next.more_from, next.more_sequence) = (from, sequence)
            }
            Rest::NextPage => next.page = next.page.saturating_add(1),
        }
        PAGES.encode((next.step < steps).then_some(&next))
    }
}

/// A moment as the channel wants it: Korean time, three digits of seconds.
pub fn wire_time(at: DateTime<Utc>) -> String {
    match FixedOffset::east_opt(9 * 3600) {
        Some(korea) => at
            .with_timezone(&korea)
            .to_rfc3339_opts(SecondsFormat::Millis, false),
        None => at.to_rfc3339_opts(SecondsFormat::Millis, false),
    }
}

/// A value of a query; a plus is encoded, or it would be read as a blank.
pub fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn window(from: &str, to: &str, class: CallClass) -> Window {
        Window::parse(at(from), at(to), class, at("2026-11-28T00:00:00Z")).unwrap()
    }

    #[test]
    fn times_are_korean_with_three_digits_and_an_encoded_plus() {
        let text = wire_time(at("2026-11-27T20:00:00.0015Z"));
        assert_eq!(text, "2026-11-28T05:00:00.001+09:00");
        assert_eq!(encoded(&text), "2026-11-28T05%3A00%3A00.001%2B09%3A00");
    }

    #[test]
    fn a_poll_reads_the_feed_by_day_and_its_parts_join_without_gap() {
        let window = window(
            "2026-11-20T10:00:07.5Z",
            "2026-11-22T12:00:00Z",
            CallClass::Poll,
        );
        let steps = window.order_steps();
        assert_eq!(steps.len(), 3);
        assert!(steps.iter().all(|step| step.net == Net::Feed));
        assert_eq!(steps[0].from, at("2026-11-20T10:00:00Z"), "a whole minute");
        for pair in steps.windows(2) {
            assert_eq!(pair[1].from, pair[0].last + TICK);
            assert!(pair[0].last - pair[0].from < DAY);
        }
        assert_eq!(steps[2].last, at("2026-11-22T11:59:59.999Z"));
    }

    #[test]
    fn a_sweep_reads_each_day_by_both_nets() {
        let window = window(
            "2026-11-20T10:00:00Z",
            "2026-11-22T10:00:00Z",
            CallClass::Sweep,
        );
        let nets: Vec<Net> = window.order_steps().iter().map(|step| step.net).collect();
        assert_eq!(nets, [Net::Feed, Net::List, Net::Feed, Net::List]);
        assert_eq!(window.claim_steps().len(), 2);
    }

    #[test]
    fn a_window_ends_now_and_a_later_page_of_it_is_the_same_question() {
        let parse = |now: &str| {
            let (from, to) = (at("2026-11-27T20:00:00Z"), at("2026-11-27T21:00:00Z"));
            Window::parse(from, to, CallClass::Poll, at(now)).unwrap()
        };
        let first = parse("2026-11-27T20:30:00Z");
        assert_eq!(first.order_steps()[0].last, at("2026-11-27T20:29:59.999Z"));
        let more = Rest::More {
            from: "2026-11-28T05:10:00.000+09:00".to_owned(),
            sequence: "2026112800000001".to_owned(),
        };
        let token = first.progress("orders", "").unwrap().after(more, 1);
        let later = parse("2026-11-27T20:30:02Z")
            .progress("orders", &token)
            .unwrap();
        assert_eq!(later.more_sequence, "2026112800000001");
        assert_eq!(later.after(Rest::Done, 1), "");
    }

    #[test]
    fn a_token_of_another_question_is_refused() {
        let day = window(
            "2026-11-20T10:00:00Z",
            "2026-11-21T10:00:00Z",
            CallClass::Poll,
        );
        let other = window(
            "2026-11-20T11:00:00Z",
            "2026-11-21T10:00:00Z",
            CallClass::Poll,
        );
        let token = day.progress("orders", "").unwrap().after(Rest::NextPage, 1);
        assert!(day.progress("orders", &token).is_ok());
        assert_eq!(
            other.progress("orders", &token).unwrap_err().field,
            "page_token"
        );
        assert_eq!(
            day.progress("claims", &token).unwrap_err().field,
            "page_token"
        );
        assert_eq!(
            day.progress("orders", "%%%").unwrap_err().field,
            "page_token"
        );
    }
}
