//! How often each stream of an account is read, what that costs, and that it fits the account's share of the quota.
//!
//! The plan is for the busiest time there is: orders arrive, and a parcel was sent off a moment ago. What would cost more
//! than the polls' share of a quota is stretched: the shortest pauses grow first, each up to the longest that its stream
//! allows. What may keep a parcel back is never stretched.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use super::stream::Stream;
use super::window::{FULL_LOOK_EVERY, WindowRules};

/// Halvings in the search for the shortest pause that fits: to far less than a millisecond.
const HALVINGS: u32 = 32;

/// What an account may ask of its channel, and what its lists cost. Empty when channel-proxy does not say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CallQuota {
    /// Calls a second, in each bucket.
    pub per_second: i32,
    /// Percent of them for reads of what is new.
    pub poll_percent: i32,
    /// Percent of them for sweeps.
    pub sweep_percent: i32,
    /// What each list costs; a list may cost in several buckets.
    pub costs: Vec<ReadCost>,
}

/// What one read of a list costs in one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadCost {
    /// The list.
    pub stream: Stream,
    /// "*", or the channel's API.
    pub bucket: String,
    /// Calls of one read, or of each slice of it.
    pub calls: i32,
    /// Windows of up to `sliced_up_to` are cut into slices of so many seconds; 0: none is.
    pub slice_seconds: i64,
    /// See `slice_seconds`.
    pub sliced_up_to_seconds: i64,
}

/// How often a stream is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) stream: Stream,
    /// The pause at the busiest time.
    pub(crate) shortest: Duration,
    /// The longest that it may be stretched to.
    pub(crate) longest: Duration,
}

/// How often a stream is read, and what that costs at the busiest time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StreamSchedule {
    pub(crate) stream: Stream,
    /// As it was asked for.
    pub(crate) wanted: Duration,
    /// As it is.
    pub(crate) pause: Duration,
    /// In all buckets together.
    pub(crate) calls_per_second: f64,
}

/// What a bucket carries at the busiest time, in calls a second.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BucketLoad {
    pub(crate) bucket: String,
    pub(crate) polls: f64,
    pub(crate) polls_allowed: f64,
    pub(crate) sweeps: f64,
    pub(crate) sweeps_allowed: f64,
}

impl BucketLoad {
    /// Whether both classes stay inside their shares.
    pub(crate) fn fits(&self) -> bool {
        self.polls <= self.polls_allowed && self.sweeps <= self.sweeps_allowed
    }
}

/// The plan of an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) streams: Vec<StreamSchedule>,
    /// Empty when nothing is known of the quota.
    pub(crate) buckets: Vec<BucketLoad>,
}

impl Schedule {
    /// Whether all of it is inside the account's share.
    pub(crate) fn fits(&self) -> bool {
        self.buckets.iter().all(BucketLoad::fits)
    }

    /// The pause of a stream; none of one that the account does not have.
    pub(crate) fn pause(&self, stream: Stream) -> Option<Duration> {
        let found = self.streams.iter().find(|one| one.stream == stream);
        found.map(|one| one.pause)
    }
}

/// Plans the streams of an account inside its quota. `rules` says how far the windows of a stream reach.
pub(crate) fn schedule(
    paces: &[Pace],
    quota: &CallQuota,
    rules: impl Fn(Stream) -> WindowRules,
) -> Schedule {
    let rules: Vec<WindowRules> = paces.iter().map(|pace| rules(pace.stream)).collect();
    let streams: Vec<(&Pace, &WindowRules)> = paces.iter().zip(&rules).collect();
    let at_least = |floor: Duration| plan(&streams, quota, floor);
    let wanted = at_least(Duration::ZERO);
    let polls_fit = |plan: &Schedule| {
        plan.buckets
            .iter()
            .all(|bucket| bucket.polls <= bucket.polls_allowed)
    };
    if polls_fit(&wanted) {
        return wanted;
    }
    let longest = paces.iter().map(|pace| pace.longest).max();
    let mut above = longest.unwrap_or_default();
    let slowest = at_least(above);
    if !polls_fit(&slowest) {
        return slowest;
    }
    let (mut below, mut best) = (Duration::ZERO, slowest);
    for _ in 0..HALVINGS {
        let middle = (below + above) / 2;
        let plan = at_least(middle);
        if polls_fit(&plan) {
            (above, best) = (middle, plan);
        } else {
            below = middle;
        }
    }
    best
}

/// The plan in which no stretchable pause is shorter than `floor`.
fn plan(streams: &[(&Pace, &WindowRules)], quota: &CallQuota, floor: Duration) -> Schedule {
    let mut buckets: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut planned = Vec::with_capacity(streams.len());
    for (pace, rules) in streams {
        let pause = pace.shortest.max(floor.min(pace.longest));
        let mut all = 0.0;
        let costs = quota.costs.iter().filter(|cost| cost.stream == pace.stream);
        for cost in costs {
            let polls = polls_per_second(cost, rules, pause);
            let (of_polls, of_sweeps) = buckets.entry(&cost.bucket).or_default();
            *of_polls += polls;
            *of_sweeps += sweeps_per_second(cost, rules);
            all += polls;
        }
        planned.push(StreamSchedule {
            stream: pace.stream,
            wanted: pace.shortest,
            pause,
            calls_per_second: all,
        });
    }
    let share = |percent: i32| f64::from(quota.per_second) * f64::from(percent) / 100.0;
    let buckets = buckets
        .into_iter()
        .map(|(bucket, (polls, sweeps))| BucketLoad {
            bucket: bucket.to_owned(),
            polls,
            polls_allowed: share(quota.poll_percent),
            sweeps,
            sweeps_allowed: share(quota.sweep_percent),
        });
    Schedule {
        streams: planned,
        buckets: buckets.collect(),
    }
}

/// What reading a stream so often costs. Of a stream with short looks, one read a minute is a full one.
fn polls_per_second(cost: &ReadCost, rules: &WindowRules, pause: Duration) -> f64 {
    let pause_seconds = pause.as_secs_f64().max(0.001);
    let reads = 1.0 / pause_seconds;
    let since_last = TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX / 4) + rules.lag;
    let full = cost.of(rules.overlap + since_last);
    let Some(short) = rules.short_look else {
        return reads * full;
    };
    let full_reads = reads.min(1.0 / FULL_LOOK_EVERY.as_seconds_f64());
    full_reads * full + (reads - full_reads) * cost.of(short + since_last)
}

fn sweeps_per_second(cost: &ReadCost, rules: &WindowRules) -> f64 {
    let every = rules.sweep_every.as_seconds_f64().max(1.0);
    // Sweeps are never cut.
    f64::from(cost.calls) / every
}

impl ReadCost {
    /// Calls of a read of a window of this length.
    fn of(&self, window: TimeDelta) -> f64 {
        let seconds = window.num_seconds().max(0);
        if self.slice_seconds <= 0 || seconds > self.sliced_up_to_seconds {
            return f64::from(self.calls);
        }
        // Whole minutes: a window may begin and end inside one.
        let minutes = seconds.div_euclid(60) + i64::from(seconds.rem_euclid(60) > 0) + 1;
        let slices = (minutes * 60 + self.slice_seconds - 1).div_euclid(self.slice_seconds);
        f64::from(self.calls) * slices as f64
    }
}
