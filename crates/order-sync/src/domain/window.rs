//! Which span of time to read next, and when.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::coverage::Unread;

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
    pub(crate) look: Look,
}

/// How far a window looks back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Where that is cheaper: see [`WindowRules::short_look`].
    Short,
    /// As far as orders may show late.
    Full,
    /// As far as anything is unfinished.
    Sweep,
    /// A sweep that looks back further than the others.
    DeepSweep,
}

impl Look {
    pub(crate) const fn is_sweep(self) -> bool {
        matches!(self, Self::Sweep | Self::DeepSweep)
    }

    /// The numbers of its parts, more than any window has. Looks that begin elsewhere have numbers of their own: a page is
    /// held against the one that stood at its place in the last such look.
    pub(crate) const fn parts(self) -> Range<i32> {
        const PARTS: i32 = 1_000_000;
        let first = match self {
            Self::Short => 0,
            Self::Full => PARTS,
            Self::Sweep => 2 * PARTS,
            Self::DeepSweep => 3 * PARTS,
        };
        first..first + PARTS
    }
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
            look: Look::Full,
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
    // The first window of a minute is a full one.
    let is_first_of_minute = minute_of(high_water) < minute_of(to);
    let look = match rules.short_look {
        _ if deep_sweep => Look::DeepSweep,
        _ if due(progress.swept_at, rules.sweep_every) => Look::Sweep,
        Some(_) if !is_first_of_minute => Look::Short,
        _ => Look::Full,
    };
    let full = match rules.reach {
        Reach::EveryWindow => from.min(reach(rules.sweep_span)),
        Reach::Sweeps => from,
    };
    let from = match look {
        Look::DeepSweep => from
            .min(reach(rules.oldest))
            .min(to - rules.deep_sweep_span),
        Look::Sweep => from
            .min(reach(rules.sweep_reach))
            .min(to - rules.sweep_span),
        Look::Full => full,
        Look::Short => full.max(high_water - rules.short_look.unwrap_or_default()),
    };
    Window {
        from,
        to,
        read_to: now.max(to),
        leaves: None,
        look,
    }
}

/// The minute that `at` lies in.
pub(super) fn minute_of(at: DateTime<Utc>) -> DateTime<Utc> {
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
        look: Look::Sweep,
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
