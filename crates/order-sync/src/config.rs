//! The settings of order-sync.

use std::time::Duration;

use chrono::TimeDelta;
use moa_service::EnvReader;

use crate::domain::account::{Account, Discovery};
use crate::domain::coverage::CoverageRules;
use crate::domain::schedule::{Pace, Schedule, schedule};
use crate::domain::stream::Stream;
use crate::domain::window::{Cadence, Reach, WindowRules};

/// How often and how far order-sync looks.
#[derive(Debug, Clone)]
pub struct Config {
    /// Pause between two reads of new orders while anything arrives (`MOA_ORDER_SYNC_POLL_MIN`, seconds, default 2).
    /// Each read costs a call of the channel's quota.
    pub poll_min: Duration,
    /// The longest pause when nothing arrives (`MOA_ORDER_SYNC_POLL_MAX`, seconds, default 60). The first order after a
    /// quiet time is seen that much later at worst.
    pub poll_max: Duration,
    /// How long after the last arrival reads stay frequent (`MOA_ORDER_SYNC_CALM_AFTER`, seconds, default 600).
    pub calm_after: TimeDelta,
    /// Pause between two reads of acknowledged orders and of claims that may keep a parcel back; of all claims while a
    /// parcel was sent off in the last ten minutes (`MOA_ORDER_SYNC_REVISIT`, seconds, default 30). A cancel is seen that
    /// much later at worst, whatever the quota.
    pub revisit: Duration,
    /// Pause between two reads of what changes slowly (dispatched and delivered orders, settled claims) while anything
    /// changes (`MOA_ORDER_SYNC_REST_MIN`, seconds, default 300).
    pub rest_min: Duration,
    /// The longest pause between them (`MOA_ORDER_SYNC_REST_MAX`, seconds, default 900). A delivery is seen that much
    /// later at worst.
    pub rest_max: Duration,
    /// Pause between two reads of what buyers ask (`MOA_ORDER_SYNC_INQUIRIES`, seconds, default 300). A question is seen
    /// that much later at worst; each read costs a call for each kind of question.
    pub inquiries: Duration,
    /// How many transactions store pages at once, of all accounts (`MOA_ORDER_SYNC_CONCURRENT_POLLS`, default 3: with
    /// more, two cores were a quarter slower, since they wait for each other's pages of the same indexes). Each holds a
    /// connection of the pool. A read of many pages queues again for each, so that it stops nobody else; one of new
    /// orders takes up to three while nobody waits for them.
    pub concurrent_polls: usize,
    /// How long raw pages and poll windows are kept (`MOA_ORDER_SYNC_KEEP_DAYS`, default 7).
    pub keep: TimeDelta,
    /// Life of the lease on an account (`MOA_ORDER_SYNC_LEASE`, seconds, default 30). After a crash, collection stands
    /// still that long.
    pub lease_ttl: Duration,
    /// How far back a window reaches behind the last one, in place of what the channel asks for
    /// (`MOA_ORDER_SYNC_OVERLAP`, seconds, default 0: 30 minutes at Coupang, 10 at SmartStore). A channel shows an order
    /// up to that much later; a shorter overlap leaves late orders to the sweep.
    pub overlap: Option<TimeDelta>,
    /// How far most reads of new orders reach back where the channel's list is cheaper the shorter the window
    /// (`MOA_ORDER_SYNC_SHORT_LOOK`, seconds, default 480: with the pause no more than one call at Coupang shows). The first
    /// read of each minute reaches the whole overlap. 0: every read does, and costs Coupang's quota four times as much.
    pub short_look: Option<TimeDelta>,
    /// How far windows reach, apart from what differs by account.
    pub(crate) windows: Box<WindowRules>,
}

impl Config {
    /// Reads `MOA_ORDER_SYNC_*`; mistakes are left with the reader.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        let poll_min = seconds(env, "MOA_ORDER_SYNC_POLL_MIN", 2.0, 0.01, 3600.0);
        let poll_max = seconds(env, "MOA_ORDER_SYNC_POLL_MAX", 60.0, 0.01, 3600.0);
        if poll_max < poll_min {
            env.problem(
                "MOA_ORDER_SYNC_POLL_MAX",
                "must not be shorter than MOA_ORDER_SYNC_POLL_MIN",
            );
        }
        let rest_min = seconds(env, "MOA_ORDER_SYNC_REST_MIN", 300.0, 0.01, 3600.0);
        let rest_max = seconds(env, "MOA_ORDER_SYNC_REST_MAX", 900.0, 0.01, 3600.0);
        if rest_max < rest_min {
            env.problem(
                "MOA_ORDER_SYNC_REST_MAX",
                "must not be shorter than MOA_ORDER_SYNC_REST_MIN",
            );
        }
        let mut span = |name: &str, default: f64, least: f64, most: f64| {
            let span = seconds(env, name, default, least, most);
            TimeDelta::from_std(span).unwrap_or(TimeDelta::zero())
        };
        const HOUR: f64 = 3600.0;
        const DAY: f64 = 24.0 * HOUR;
        let overlap = Some(span("MOA_ORDER_SYNC_OVERLAP", 0.0, 0.0, DAY));
        let short_look = Some(span("MOA_ORDER_SYNC_SHORT_LOOK", 480.0, 0.0, DAY));
        let calm_after = span("MOA_ORDER_SYNC_CALM_AFTER", 600.0, 0.0, DAY);
        let windows = Box::new(WindowRules {
            // Each account's own, or what was set.
            overlap: TimeDelta::zero(),
            short_look: None,
            // Windows end this long before now (`MOA_ORDER_SYNC_LAG`, seconds): the newest second is still in motion.
            lag: span("MOA_ORDER_SYNC_LAG", 5.0, 0.0, 600.0),
            // What the first contact collects (`MOA_ORDER_SYNC_LOOK_BACK`, seconds). An open order may be weeks old; the
            // channels' lists go back 30 days.
            first_look_back: span("MOA_ORDER_SYNC_LOOK_BACK", 30.0 * DAY, 0.0, 30.0 * DAY),
            // The longest span of one read (`MOA_ORDER_SYNC_CHUNK`, seconds). channel-proxy cuts it into the calls that
            // the channel takes.
            chunk: span("MOA_ORDER_SYNC_CHUNK", 30.0 * DAY, 60.0, 30.0 * DAY),
            present: TimeDelta::hours(1),
            past_chunk: TimeDelta::hours(24),
            // How often everything unfinished is read again (`MOA_ORDER_SYNC_SWEEP_EVERY`, seconds).
            sweep_every: span("MOA_ORDER_SYNC_SWEEP_EVERY", HOUR, 60.0, DAY),
            sweep_reach: TimeDelta::days(30),
            sweep_span: TimeDelta::hours(24),
            deep_sweep_every: TimeDelta::hours(24),
            deep_sweep_span: TimeDelta::days(7),
            oldest: TimeDelta::days(30),
            reach: Reach::EveryWindow,
        });
        Self {
            poll_min,
            poll_max,
            calm_after,
            revisit: seconds(env, "MOA_ORDER_SYNC_REVISIT", 30.0, 0.01, HOUR),
            rest_min,
            rest_max,
            inquiries: seconds(env, "MOA_ORDER_SYNC_INQUIRIES", 300.0, 0.01, HOUR),
            concurrent_polls: env.number_in("MOA_ORDER_SYNC_CONCURRENT_POLLS", 3, 1..=256),
            keep: TimeDelta::days(env.number_in("MOA_ORDER_SYNC_KEEP_DAYS", 7, 2..=30)),
            lease_ttl: seconds(env, "MOA_ORDER_SYNC_LEASE", 30.0, 3.0, 600.0),
            overlap: overlap.filter(|overlap| !overlap.is_zero()),
            short_look: short_look.filter(|look| !look.is_zero()),
            windows,
        }
    }

    /// How far the windows of a stream reach.
    pub(crate) fn windows_of(&self, account: &Account, stream: Stream) -> WindowRules {
        if matches!(stream, Stream::Inquiries(_)) {
            return WindowRules {
                overlap: self.overlap.unwrap_or(account.overlap),
                // A call shows at least a week, so reaching back to an open question costs nothing.
                sweep_span: TimeDelta::days(7),
                deep_sweep_span: TimeDelta::days(14),
                present: TimeDelta::days(7),
                reach: Reach::EveryWindow,
                ..(*self.windows).clone()
            };
        }
        WindowRules {
            overlap: self.overlap.unwrap_or(account.overlap),
            // A feed's newest rows cost the same however far a window reaches.
            short_look: self.short_look.filter(|_| stream == Stream::OrdersPlaced),
            // An order that arrived is read for a week after it was placed, and by the nightly sweep after that.
            sweep_reach: match stream {
                Stream::OrdersDelivered => self.windows.deep_sweep_span,
                _ => self.windows.sweep_reach,
            },
            reach: match account.discovery {
                Discovery::BoxesByState => Reach::EveryWindow,
                Discovery::ChangesFeed => Reach::Sweeps,
            },
            ..(*self.windows).clone()
        }
    }

    /// How often the streams of an account are read, inside its quota.
    pub(crate) fn schedule(&self, account: &Account) -> Schedule {
        let paces = account.streams().into_iter().map(|stream| {
            let cadence = self.cadence(stream);
            // While a parcel is on its way, all claims come as often as those that keep one back; they never wait.
            let (shortest, longest) = match stream.shows_claims() {
                true => (self.revisit, self.revisit),
                false => (cadence.busy, cadence.idle),
            };
            Pace {
                stream,
                shortest,
                longest,
            }
        });
        let paces: Vec<Pace> = paces.collect();
        schedule(&paces, &account.quota, |stream| {
            self.windows_of(account, stream)
        })
    }

    /// What counts as evidence of a stream's coverage, and from when on a minute without enough of it is an alarm: an
    /// ordinary read and its repeat may each be a longest pause away, and a busy channel may take a minute to answer.
    pub(crate) fn coverage_rules(&self, stream: Stream, lag: TimeDelta) -> CoverageRules {
        let pause = TimeDelta::from_std(self.cadence(stream).idle).unwrap_or(TimeDelta::MAX / 4);
        CoverageRules {
            lag,
            grace: pause * 2 + TimeDelta::minutes(2),
            second_look: self.windows.sweep_every,
            watched: TimeDelta::hours(24),
            kept: self.keep,
        }
    }

    /// How often a stream is to be read, apart from what an account's quota allows.
    pub(crate) fn cadence(&self, stream: Stream) -> Cadence {
        let (busy, idle) = match stream {
            Stream::OrdersPlaced | Stream::OrdersChanged => (self.poll_min, self.poll_max),
            Stream::OrdersAcknowledged | Stream::Claims => (self.revisit, self.revisit),
            Stream::OrdersDispatched | Stream::OrdersDelivered | Stream::ClaimsSettled => {
                (self.rest_min, self.rest_max)
            }
            Stream::Inquiries(_) => (self.inquiries, self.inquiries),
        };
        Cadence {
            busy,
            idle: idle.max(busy),
            calm_after: self.calm_after,
        }
    }
}

/// A span in seconds, fractions allowed.
fn seconds(env: &mut EnvReader<'_>, name: &str, default: f64, least: f64, most: f64) -> Duration {
    Duration::from_secs_f64(env.number_in(name, default, least..=most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use moa_service::Env;

    #[test]
    fn the_defaults_are_those_that_the_documents_name() {
        let env = Env::default();
        let mut reader = env.reader();
        let config = Config::read(&mut reader);
        reader.finish().unwrap();
        assert_eq!(config.poll_min, Duration::from_secs(2));
        assert_eq!(config.poll_max, Duration::from_secs(60));
        assert_eq!(config.overlap, None, "each channel's own");
        assert_eq!(config.windows.lag, TimeDelta::seconds(5));
        assert_eq!(config.windows.first_look_back, TimeDelta::days(30));
        assert_eq!(config.windows.chunk, TimeDelta::days(30));
        assert_eq!(config.keep, TimeDelta::days(7));
    }

    #[test]
    fn every_mistake_is_named() {
        let env = Env::from_map([
            ("MOA_ORDER_SYNC_POLL_MIN", "10"),
            ("MOA_ORDER_SYNC_POLL_MAX", "5"),
            ("MOA_ORDER_SYNC_LAG", "soon"),
            ("MOA_ORDER_SYNC_KEEP_DAYS", "0"),
        ]);
        let mut reader = env.reader();
        Config::read(&mut reader);
        let text = reader.finish().unwrap_err().to_string();
        for name in ["POLL_MAX", "LAG", "KEEP_DAYS"] {
            assert!(text.contains(name), "{text}");
        }
    }
}
