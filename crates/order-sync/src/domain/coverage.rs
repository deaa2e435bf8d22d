//! Which minutes of a stream were read, how often, and what that proves.
//!
//! A closed window is evidence for a minute only if it holds the whole minute and was read later than the minute's end
//! plus the channel's visibility lag: read sooner, an order of that minute may not have shown yet.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// So many readings make a minute safe: one may have met a list that was torn or late.
const ENOUGH: u32 = 2;
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// A closed window of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) from: DateTime<Utc>,
    /// Outside.
    pub(crate) to: DateTime<Utc>,
    /// When the first of its reads was sent.
    pub(crate) read_at: DateTime<Utc>,
}

/// A span that is still to be read, the oldest part first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Moves on with each part that was read.
    pub(crate) from: DateTime<Utc>,
    /// Outside.
    pub(crate) to: DateTime<Utc>,
}

/// What is known of a stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) readings: Vec<Reading>,
    /// When the first window of all was closed.
    pub(crate) first_read_at: Option<DateTime<Utc>>,
    pub(crate) unread: Option<Unread>,
}

/// What counts when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CoverageRules {
    /// How long an order may stay out of the channel's list.
    pub(crate) lag: TimeDelta,
    /// How long after the lag two ordinary reads may take.
    pub(crate) grace: TimeDelta,
    /// Within this time of the first contact the past is read a second time, by a sweep.
    pub(crate) second_look: TimeDelta,
    /// Alarms look back so far.
    pub(crate) watched: TimeDelta,
    /// Windows are kept so long; before that nothing can be said.
    pub(crate) kept: TimeDelta,
}

/// Minutes with too little evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) from: DateTime<Utc>,
    /// Outside.
    pub(crate) to: DateTime<Utc>,
    /// How often each of its minutes was read at least: 0 or 1.
    pub(crate) readings: u32,
}

/// What the evidence comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Every minute before it was read at least once; absent before the first reading counts.
    pub(crate) watermark: Option<DateTime<Utc>>,
    /// Minutes that are due and were not read twice, oldest first.
    pub(crate) gaps: Vec<Gap>,
}

/// Neighbouring minutes that were read equally often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    readings: u32,
}

impl Reading {
    /// The whole minutes for which it is evidence.
    fn proves(&self, lag: TimeDelta) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let from = minute_after(self.from);
        let to = minute_before(self.to.min(self.read_at - lag));
        (from < to).then_some((from, to))
    }
}

/// What is proven at `now`.
pub(crate) fn coverage(history: &History, rules: &CoverageRules, now: DateTime<Utc>) -> Coverage {
    let proofs: Vec<_> = history
        .readings
        .iter()
        .filter_map(|reading| reading.proves(rules.lag))
        .collect();
    let first_proof = proofs.iter().map(|(from, _)| *from).min();
    let unread_from = history.unread.map(|unread| minute_before(unread.from));
    let Some(began) = first_proof.into_iter().chain(unread_from).min() else {
        return Coverage::default();
    };
    let start = began.max(minute_after(now - rules.kept));
    let stretches = stretches(&proofs, start, minute_before(now));
    let watermark = match stretches.iter().find(|stretch| stretch.readings == 0) {
        Some(open) => open.from,
        None => stretches.last().map_or(start, |last| last.to),
    };
    let watermark = unread_from.map_or(watermark, |unread| watermark.min(unread));
    let due = minute_before(now - rules.lag - rules.grace);
    let watched = minute_after(now - rules.watched).max(duty_begins(history, rules, began, now));
    Coverage {
        watermark: Some(watermark),
        gaps: gaps(&stretches, watched, due),
    }
}

/// From when on a minute must have been read twice. What lies before the first contact has until the first sweep after
/// it was collected at all; it is shown as unread meanwhile, not as lost.
fn duty_begins(
    history: &History,
    rules: &CoverageRules,
    began: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let Some(first_read_at) = history.first_read_at else {
        return now;
    };
    let first_past = history
        .unread
        .is_some_and(|unread| unread.to <= first_read_at);
    if first_past || now < first_read_at + rules.second_look + rules.grace {
        return minute_after(first_read_at).max(began);
    }
    began
}

/// How often each minute of `[start, end)` was read.
fn stretches(
    proofs: &[(DateTime<Utc>, DateTime<Utc>)],
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Vec<Stretch> {
    let mut edges: Vec<(DateTime<Utc>, bool)> = Vec::with_capacity(2 * proofs.len());
    for (from, to) in proofs {
        let (from, to) = ((*from).max(start), (*to).min(end));
        if from < to {
            edges.push((from, true));
            edges.push((to, false));
        }
    }
    edges.sort_unstable();
    let mut all: Vec<Stretch> = Vec::new();
    let mut add = |from: DateTime<Utc>, to: DateTime<Utc>, readings: u32| {
        let readings = readings.min(ENOUGH);
        match all.last_mut() {
            _ if from >= to => {}
            Some(last) if last.readings == readings => last.to = to,
            _ => all.push(Stretch { from, to, readings }),
        }
    };
    let (mut at, mut readings) = (start, 0_u32);
    for (edge, begins) in edges {
        add(at, edge, readings);
        at = edge;
        readings = match begins {
            true => readings + 1,
            false => readings.saturating_sub(1),
        };
    }
    add(at, end, readings);
    all
}

fn gaps(stretches: &[Stretch], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Gap> {
    let thin = stretches.iter().filter(|stretch| stretch.readings < ENOUGH);
    let inside = thin.map(|stretch| Gap {
        from: stretch.from.max(from),
        to: stretch.to.min(to),
        readings: stretch.readings,
    });
    inside.filter(|gap| gap.from < gap.to).collect()
}

/// The minute that `at` lies in.
pub(crate) fn minute_before(at: DateTime<Utc>) -> DateTime<Utc> {
    // Fails only outside the years that an i64 of nanoseconds holds; then the time itself is as good.
    at.duration_trunc(MINUTE).unwrap_or(at)
}

/// The first minute that does not begin before `at`.
fn minute_after(at: DateTime<Utc>) -> DateTime<Utc> {
    let before = minute_before(at);
    if before == at { at } else { before + MINUTE }
}

impl Gap {
    /// How many minutes it has.
    pub(crate) fn minutes(&self) -> i64 {
        (self.to - self.from).num_minutes()
    }
}

/// A gap that was found before and is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownGap<Id> {
    pub(crate) id: Id,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

/// What is to be written about gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GapStep<Id> {
    /// Nobody knew of it.
    Found(Gap),
    /// It reaches further than was known.
    Grown {
        id: Id,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    },
    /// Its minutes were read twice by now.
    Closed(Id),
    /// Its minutes are too old to be watched, and were never read twice.
    Expired(Id),
}

/// Compares open gaps with those that are there now. A gap that is known in part is the same gap, however it shrinks or
/// grows, so that one outage is told once.
pub(crate) fn compare_gaps<Id: Copy>(
    known: &[KnownGap<Id>],
    found: &[Gap],
    watched_from: DateTime<Utc>,
) -> Vec<GapStep<Id>> {
    let mut steps = Vec::new();
    for open in known {
        let touching = found.iter().filter(|gap| touches(open, gap));
        let hull = touching.fold(None, |hull, gap| match hull {
            None => Some((gap.from, gap.to)),
            Some((from, to)) => Some((gap.from.min(from), gap.to.max(to))),
        });
        match hull {
            None if open.to <= watched_from => steps.push(GapStep::Expired(open.id)),
            None => steps.push(GapStep::Closed(open.id)),
            Some((from, to)) if from < open.from || to > open.to => steps.push(GapStep::Grown {
                id: open.id,
                from: from.min(open.from),
                to: to.max(open.to),
            }),
            Some(_) => {}
        }
    }
    let mut news: Vec<Gap> = Vec::new();
    for gap in found {
        if known.iter().any(|open| touches(open, gap)) {
            continue;
        }
        match news.last_mut() {
            // Minutes read never and minutes read once, side by side, are one story.
            Some(last) if last.to == gap.from => {
                last.to = gap.to;
                last.readings = last.readings.min(gap.readings);
            }
            _ => news.push(*gap),
        }
    }
    steps.extend(news.into_iter().map(GapStep::Found));
    steps
}

fn touches<Id>(open: &KnownGap<Id>, gap: &Gap) -> bool {
    gap.from <= open.to && gap.to >= open.from
}
