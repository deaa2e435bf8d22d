//! Which span of time to read next, and when.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::account::Discovery;
use super::coverage::Unread;
use super::inquiry::InquiryKind;
use super::state::LineState;

/// One list of an account that is read on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// New orders.
    OrdersPlaced,
    /// Orders that the merchant accepted.
    OrdersAcknowledged,
    /// Orders that left.
    OrdersDispatched,
    /// Orders that arrived.
    OrdersDelivered,
    /// Whatever changed, at a channel that tells so.
    OrdersChanged,
    /// Cancels, stopped shipments, returns, exchanges. At a channel with boxes: of these, the open ones that may keep a
    /// parcel back.
    Claims,
    /// The others, at a channel with boxes: how claims ended, exchanges, what buyers took back.
    ClaimsSettled,
    /// What buyers ask, a list per kind.
    Inquiries(InquiryKind),
}

/// What a stream asks a channel for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// One of its boxes.
    Box(LineState),
    /// What changed.
    Changes,
    /// Claims.
    Claims,
    /// Claims that keep nothing back.
    SettledClaims,
    /// Questions of one kind.
    Inquiries(InquiryKind),
}

impl Stream {
    /// Every stream there is.
    pub(crate) const ALL: [Self; 10] = [
        Self::OrdersPlaced,
        Self::OrdersAcknowledged,
        Self::OrdersDispatched,
        Self::OrdersDelivered,
        Self::OrdersChanged,
        Self::Claims,
        Self::ClaimsSettled,
        Self::Inquiries(InquiryKind::Product),
        Self::Inquiries(InquiryKind::Order),
        Self::Inquiries(InquiryKind::CallCenter),
    ];

    /// Every stream of orders and claims of an account whose orders are found so.
    pub const fn of(discovery: Discovery) -> &'static [Self] {
        match discovery {
            Discovery::BoxesByState => &[
                Self::OrdersPlaced,
                Self::OrdersAcknowledged,
                Self::OrdersDispatched,
                Self::OrdersDelivered,
                Self::Claims,
                Self::ClaimsSettled,
            ],
            Discovery::ChangesFeed => &[Self::OrdersChanged, Self::Claims],
        }
    }

    /// As stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrdersPlaced => "orders.placed",
            Self::OrdersAcknowledged => "orders.acknowledged",
            Self::OrdersDispatched => "orders.dispatched",
            Self::OrdersDelivered => "orders.delivered",
            Self::OrdersChanged => "orders.changed",
            Self::Claims => "claims",
            Self::ClaimsSettled => "claims.settled",
            Self::Inquiries(InquiryKind::Product) => "inquiries.product",
            Self::Inquiries(InquiryKind::Order) => "inquiries.order",
            Self::Inquiries(InquiryKind::CallCenter) => "inquiries.call_center",
        }
    }

    /// As stored and shown, read back.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == word)
    }

    /// Whether it shows claims.
    pub(crate) const fn shows_claims(self) -> bool {
        matches!(self, Self::Claims | Self::ClaimsSettled)
    }

    /// Whether it shows what the merchant did: acknowledged, dispatched.
    pub(crate) const fn shows_acts(self) -> bool {
        matches!(self, Self::OrdersAcknowledged | Self::OrdersDispatched)
    }

    /// What it asks for.
    pub(crate) const fn asks(self) -> Asked {
        match self {
            Self::OrdersPlaced => Asked::Box(LineState::Placed),
            Self::OrdersAcknowledged => Asked::Box(LineState::Acknowledged),
            Self::OrdersDispatched => Asked::Box(LineState::Dispatched),
            Self::OrdersDelivered => Asked::Box(LineState::Delivered),
            Self::OrdersChanged => Asked::Changes,
            Self::Claims => Asked::Claims,
            Self::ClaimsSettled => Asked::SettledClaims,
            Self::Inquiries(kind) => Asked::Inquiries(kind),
        }
    }
}

/// Which sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
}

/// How far windows reach.
#[derive(Debug, Clone)]
pub(crate) struct WindowRules {
    /// How long after its creation a row may still appear in the channel's list.
    pub(crate) overlap: TimeDelta,
    /// Where a channel's list is cheaper the shorter the window, most windows reach back only so far, and the first of each
    /// minute as far as the overlap: an order that shows late is seen within a minute, and a new one costs one call.
    pub(crate) short_look: Option<TimeDelta>,
    /// The end of a window lies this long before now.
    pub(crate) lag: TimeDelta,
    /// How far back the first contact looks.
    pub(crate) first_look_back: TimeDelta,
    /// The longest span of one call.
    pub(crate) chunk: TimeDelta,
    /// Whoever is further behind than this reads so much of the present first and leaves the rest to be read beside it.
    pub(crate) present: TimeDelta,
    /// So much of an unread past is read at once.
    pub(crate) past_chunk: TimeDelta,
    /// How often everything unfinished is read again, however old.
    pub(crate) sweep_every: TimeDelta,
    /// The most that a sweep which is not a deep one looks back for what is open.
    pub(crate) sweep_reach: TimeDelta,
    /// The least that a sweep looks back, and the most that any other window reaches back for an open order.
    pub(crate) sweep_span: TimeDelta,
    /// How often a sweep is a deep one: the net under orders that a channel showed later than any sweep looks.
    pub(crate) deep_sweep_every: TimeDelta,
    /// The least that a deep sweep looks back.
    pub(crate) deep_sweep_span: TimeDelta,
    /// The most that any window looks back once caught up; channels forget older orders.
    pub(crate) oldest: TimeDelta,
    /// Whether every window reaches back to what is open, or only a sweep: what changed stands in a feed's newest rows.
    pub(crate) reach: Reach,
}

/// Which windows reach back to what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Each: lists filter by creation.
    EveryWindow,
    /// Sweeps alone.
    Sweeps,
}

/// Where a stream's collection stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Everything created before it was read once, but for what is unread; absent before the first contact.
    pub(crate) high_water_at: Option<DateTime<Utc>>,
    /// A past that is read beside the present.
    pub(crate) unread: Option<Unread>,
    pub(crate) swept_at: Option<DateTime<Utc>>,
    pub(crate) deep_swept_at: Option<DateTime<Utc>>,
}

/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: DateTime<Utc>,
    /// Excluded; the high-water mark after the window is closed.
    pub(crate) to: DateTime<Utc>,
    /// How far is read: up to now when it reaches the present. What shows beyond `to` is taken, but does not count as
    /// seen, since the newest seconds are still in motion.
    pub(crate) read_to: DateTime<Utc>,
    /// What it leaves out before it, to be read beside the present.
    pub(crate) leaves: Option<Unread>,
    pub(crate) sweep: bool,
    /// A sweep that looks back further than the others.
    pub(crate) deep_sweep: bool,
}

/// A stream with short looks makes a full one so often.
pub(crate) const FULL_LOOK_EVERY: TimeDelta = TimeDelta::minutes(1);

/// While a past is unread, sweeps come so much more seldom: it is read in order first. They do come, since it may be
/// unreadable.
const SWEEPS_WAIT: i32 = 4;

/// The next window of a stream's present. `oldest_open` is the creation time of the oldest order (or claim) that may
/// still change: lists filter by creation, so an old order's step shows only in a window that reaches back to it.
///
/// At the first contact and after a long silence the present is read first, so that a new order does not wait for old
/// ones; what lies before it is left as unread.
pub(crate) fn next_window(
    rules: &WindowRules,
    progress: Progress,
    oldest_open: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Window {
    let end = now - rules.lag;
    let behind_since = match progress.high_water_at {
        None => Some(end - rules.first_look_back),
        Some(high_water) if end - high_water > rules.present => Some(high_water - rules.overlap),
        Some(_) => None,
    };
    if let Some(since) = behind_since {
        // Between whole minutes: a minute that lies in two windows by halves is proven by neither.
        let since = minute_of(since);
        let from = since.max(minute_of(end - rules.present));
        let left = Unread {
            from: since,
            to: from,
        };
        return Window {
            from,
            to: end,
            read_to: now,
            leaves: (left.from < left.to).then_some(left),
            sweep: false,
            deep_sweep: false,
        };
    }
    // A clock that went back leaves the mark where it is.
    let high_water = progress.high_water_at.unwrap_or(end);
    let to = end.max(high_water);
    let from = high_water - rules.overlap;
    let reach = |back: TimeDelta| oldest_open.map_or(from, |open| open.max(to - back));
    let patience = progress.unread.map_or(1, |_| SWEEPS_WAIT);
    let due = |last: Option<DateTime<Utc>>, every: TimeDelta| {
        last.is_none_or(|last| now - last >= every * patience)
    };
    let deep_sweep = due(progress.deep_swept_at, rules.deep_sweep_every);
    let sweep = deep_sweep || due(progress.swept_at, rules.sweep_every);
    let from = match (deep_sweep, sweep) {
        (true, _) => from
            .min(reach(rules.oldest))
            .min(to - rules.deep_sweep_span),
        (false, true) => from
            .min(reach(rules.sweep_reach))
            .min(to - rules.sweep_span),
        (false, false) if rules.reach == Reach::EveryWindow => from.min(reach(rules.sweep_span)),
        (false, false) => from,
    };
    // The first window of a minute is a full one.
    let is_first_of_minute = minute_of(high_water) < minute_of(to);
    let from = match rules.short_look {
        Some(short) if !sweep && !is_first_of_minute => from.max(high_water - short),
        _ => from,
    };
    Window {
        from,
        to,
        read_to: now.max(to),
        leaves: None,
        sweep,
        deep_sweep,
    }
}

/// The minute that `at` lies in.
fn minute_of(at: DateTime<Utc>) -> DateTime<Utc> {
    // Fails only outside the years that an i64 of nanoseconds holds; then the time itself is as good.
    at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at)
}

/// The next part of an unread past, the oldest first.
pub(crate) fn next_past(rules: &WindowRules, unread: Unread) -> Window {
    let to = unread.to.min(unread.from + rules.past_chunk);
    Window {
        from: unread.from,
        to,
        read_to: to,
        leaves: None,
        sweep: true,
        deep_sweep: false,
    }
}

impl Window {
    /// Its parts of about `chunk`, oldest first.
    pub(crate) fn parts(&self, chunk: TimeDelta) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut parts = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let to = (from + chunk).min(self.to);
            parts.push((from, to));
            from = to;
        }
        // The newest seconds ride with the last part rather than cost a call of their own.
        if let Some(last) = parts.last_mut() {
            last.1 = self.read_to;
        }
        parts
    }
}

/// How often a stream is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cadence {
    /// While anything arrives.
    pub(crate) busy: Duration,
    /// The longest pause when nothing does.
    pub(crate) idle: Duration,
    /// How long after the last arrival a stream counts as busy.
    pub(crate) calm_after: TimeDelta,
}

/// The longest pause after failures.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);

impl Cadence {
    /// The pause after a good read, growing by half from one quiet read to the next.
    pub(crate) fn pause(&self, previous: Duration, quiet_for: TimeDelta) -> Duration {
        if quiet_for < self.calm_after {
            return self.busy;
        }
        previous.mul_f64(1.5).clamp(self.busy, self.idle)
    }

    /// The pause after so many failures in a row, doubling each time.
    pub(crate) fn back_off(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.min(16));
        self.busy
            .saturating_mul(doubled)
            .min(LONGEST_BACK_OFF.max(self.busy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> WindowRules {
        WindowRules {
            overlap: TimeDelta::minutes(30),
            short_look: None,
            lag: TimeDelta::seconds(5),
            first_look_back: TimeDelta::hours(48),
            chunk: TimeDelta::hours(24),
            present: TimeDelta::hours(1),
            past_chunk: TimeDelta::hours(24),
            sweep_every: TimeDelta::hours(1),
            sweep_reach: TimeDelta::days(30),
            sweep_span: TimeDelta::hours(24),
            deep_sweep_every: TimeDelta::hours(24),
            deep_sweep_span: TimeDelta::days(7),
            oldest: TimeDelta::days(30),
            reach: Reach::EveryWindow,
        }
    }

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn progress(high_water_at: DateTime<Utc>) -> Progress {
        Progress {
            high_water_at: Some(high_water_at),
            unread: None,
            swept_at: Some(noon()),
            deep_swept_at: Some(noon()),
        }
    }

    #[test]
    fn the_first_contact_reads_the_present_first_and_leaves_the_past_in_parts() {
        let rules = rules();
        let end = noon() - rules.lag;
        let first = next_window(&rules, Progress::default(), None, noon());
        let first_minute = minute_of(end - TimeDelta::hours(1));
        assert_eq!((first.from, first.to), (first_minute, end));
        assert_eq!(first.read_to, noon());
        let mut unread = first.leaves.unwrap();
        assert_eq!(
            (unread.from, unread.to),
            (minute_of(end - TimeDelta::hours(48)), first.from)
        );
        let mut parts = Vec::new();
        while unread.from < unread.to {
            let part = next_past(&rules, unread);
            parts.push((part.to - part.from).num_hours());
            unread.from = part.to;
        }
        assert_eq!(parts, [24, 23]);
    }

    #[test]
    fn a_first_look_that_is_shorter_than_the_present_leaves_nothing() {
        let rules = WindowRules {
            first_look_back: TimeDelta::minutes(20),
            ..rules()
        };
        let window = next_window(&rules, Progress::default(), None, noon());
        assert_eq!(
            window.from,
            minute_of(noon() - rules.lag - TimeDelta::minutes(20))
        );
        assert_eq!(window.leaves, None);
    }

    #[test]
    fn after_a_long_silence_the_present_is_read_first() {
        let rules = rules();
        let silent_since = noon() - TimeDelta::hours(30);
        let window = next_window(&rules, progress(silent_since), None, noon());
        assert_eq!(window.from, minute_of(window.to - rules.present));
        let left = Unread {
            from: minute_of(silent_since - rules.overlap),
            to: window.from,
        };
        assert_eq!(window.leaves, Some(left));
        // A short one is caught up with at once.
        let window = next_window(
            &rules,
            progress(noon() - TimeDelta::minutes(59)),
            None,
            noon(),
        );
        assert_eq!(window.leaves, None);
        assert_eq!(window.from, noon() - TimeDelta::minutes(89));
    }

    #[test]
    fn a_window_overlaps_the_last_one_and_ends_before_now() {
        let window = next_window(
            &rules(),
            progress(noon() - TimeDelta::seconds(7)),
            None,
            noon(),
        );
        assert_eq!(
            window.from,
            noon() - TimeDelta::seconds(7) - TimeDelta::minutes(30)
        );
        assert_eq!(window.to, noon() - TimeDelta::seconds(5));
        assert_eq!(
            window.read_to,
            noon(),
            "the newest seconds are read, but do not count"
        );
        assert!(!window.sweep);
    }

    #[test]
    fn short_looks_are_full_ones_at_the_beginning_of_each_minute() {
        let rules = WindowRules {
            short_look: Some(TimeDelta::minutes(8)),
            ..rules()
        };
        let back = |high_water: DateTime<Utc>, now: DateTime<Utc>| {
            let progress = Progress {
                swept_at: Some(now),
                deep_swept_at: Some(now),
                ..progress(high_water)
            };
            let window = next_window(&rules, progress, None, now);
            assert_eq!(window.to, now - rules.lag);
            (high_water - window.from).num_minutes()
        };
        let minute = minute_of(noon());
        let at = |seconds| minute + TimeDelta::seconds(seconds);
        assert_eq!(back(at(2), at(9)), 8);
        assert_eq!(back(at(58), at(67)), 30, "its end lies in the next minute");
        assert_eq!(back(at(62), at(69)), 8);
        assert_eq!(back(at(-50), at(69)), 30, "after a long pause");
        // A sweep is a sweep.
        let swept = Progress {
            swept_at: None,
            ..progress(at(2))
        };
        let window = next_window(&rules, swept, None, at(9));
        assert_eq!(window.to - window.from, TimeDelta::hours(24));
    }

    #[test]
    fn a_window_reaches_back_to_the_oldest_open_order_of_a_day() {
        let progress = progress(noon() - TimeDelta::seconds(7));
        let hours_ago = |hours| Some(noon() - TimeDelta::hours(hours));
        let rules = WindowRules {
            chunk: TimeDelta::days(30),
            ..rules()
        };
        let window = next_window(&rules, progress, hours_ago(7), noon());
        assert_eq!(window.from, noon() - TimeDelta::hours(7));
        let window = next_window(&rules, progress, hours_ago(70), noon());
        assert_eq!(window.from, window.to - TimeDelta::hours(24));
    }

    #[test]
    fn a_feed_s_window_reaches_back_to_what_is_open_in_sweeps_alone() {
        let rules = WindowRules {
            reach: Reach::Sweeps,
            ..rules()
        };
        let mut progress = progress(noon() - TimeDelta::seconds(7));
        let open = Some(noon() - TimeDelta::hours(70));
        let window = next_window(&rules, progress, open, noon());
        assert_eq!(window.from, noon() - TimeDelta::seconds(7) - rules.overlap);
        progress.swept_at = Some(noon() - TimeDelta::hours(1));
        let window = next_window(&rules, progress, open, noon());
        assert!(window.sweep);
        assert_eq!(window.from, noon() - TimeDelta::hours(70));
    }

    #[test]
    fn a_sweep_reaches_back_to_every_open_order() {
        let mut progress = progress(noon() - TimeDelta::seconds(7));
        progress.swept_at = Some(noon() - TimeDelta::hours(1));
        let window = next_window(
            &rules(),
            progress,
            Some(noon() - TimeDelta::hours(70)),
            noon(),
        );
        assert!(window.sweep);
        assert_eq!(window.from, noon() - TimeDelta::hours(70));
        assert_eq!(window.parts(rules().chunk).len(), 3);
        let window = next_window(&rules(), progress, None, noon());
        assert_eq!(window.from, window.to - TimeDelta::hours(24));
    }

    #[test]
    fn once_a_day_a_sweep_looks_a_week_back() {
        let mut progress = progress(noon() - TimeDelta::seconds(7));
        progress.deep_swept_at = Some(noon() - TimeDelta::hours(24));
        let window = next_window(&rules(), progress, None, noon());
        assert!(window.sweep && window.deep_sweep);
        assert_eq!(window.from, window.to - TimeDelta::days(7));
        // An order that is open for longer is reached all the same.
        let days_ago = |days| Some(noon() - TimeDelta::days(days));
        let window = next_window(&rules(), progress, days_ago(9), noon());
        assert_eq!(window.from, noon() - TimeDelta::days(9));

        progress.deep_swept_at = Some(noon() - TimeDelta::hours(23));
        progress.swept_at = Some(noon() - TimeDelta::hours(1));
        let window = next_window(&rules(), progress, None, noon());
        assert!(window.sweep && !window.deep_sweep);
        assert_eq!(window.from, window.to - TimeDelta::hours(24));
    }

    #[test]
    fn sweeps_let_an_unread_past_go_first_but_not_for_ever() {
        let behind = Progress {
            high_water_at: Some(noon() - TimeDelta::hours(30)),
            ..Progress::default()
        };
        let window = next_window(&rules(), behind, None, noon());
        assert!(!window.sweep && !window.deep_sweep, "the present first");
        let swept_hours_ago = |hours| Progress {
            unread: Some(Unread {
                from: noon() - TimeDelta::hours(20),
                to: noon() - TimeDelta::hours(1),
            }),
            swept_at: Some(noon() - TimeDelta::hours(hours)),
            ..progress(noon() - TimeDelta::seconds(7))
        };
        assert!(!next_window(&rules(), swept_hours_ago(3), None, noon()).sweep);
        assert!(next_window(&rules(), swept_hours_ago(4), None, noon()).sweep);
    }

    #[test]
    fn a_clock_that_went_back_does_not_move_the_mark_back() {
        let high_water = noon() + TimeDelta::minutes(3);
        assert_eq!(
            next_window(&rules(), progress(high_water), None, noon()).to,
            high_water
        );
    }

    #[test]
    fn parts_join_without_gap() {
        let window = Window {
            from: noon() - TimeDelta::hours(50),
            to: noon() - TimeDelta::seconds(5),
            read_to: noon(),
            leaves: None,
            sweep: true,
            deep_sweep: false,
        };
        let parts = window.parts(TimeDelta::hours(24));
        assert_eq!(parts.len(), 3);
        assert_eq!(
            (parts[0].0, parts[0].1, parts[2].1),
            (window.from, parts[1].0, window.read_to)
        );
    }

    #[test]
    fn quiet_streams_slow_down_and_an_arrival_wakes_them() {
        let cadence = Cadence {
            busy: Duration::from_secs(2),
            idle: Duration::from_secs(60),
            calm_after: TimeDelta::minutes(10),
        };
        let quiet = TimeDelta::minutes(11);
        assert_eq!(
            cadence.pause(Duration::from_secs(60), TimeDelta::minutes(1)),
            cadence.busy
        );
        assert_eq!(
            cadence.pause(Duration::from_secs(2), quiet),
            Duration::from_secs(3)
        );
        assert_eq!(cadence.pause(Duration::from_secs(50), quiet), cadence.idle);
        assert_eq!(cadence.back_off(1), Duration::from_secs(4));
        assert_eq!(cadence.back_off(60), Duration::from_secs(300));
    }
}
