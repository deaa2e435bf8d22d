//! What the evidence comes to, for people and for alarms.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, gauge};
use moa_id::{ChannelAccountId, MerchantId};
use uuid::Uuid;

use super::App;
use crate::Error;
use crate::domain::account::Account;
use crate::domain::coverage::{
    Coverage, CoverageRules, Gap, GapStep, History, Reading, compare_gaps, coverage,
};
use crate::domain::schedule::Schedule;
use crate::domain::stream::Stream;
use crate::store::coverage::{self as evidence, CoveredAccount, StreamCursor};
use crate::store::coverage_gaps::{self, RecordedGap};

/// Alarms look back so far.
pub(crate) const WATCHED: TimeDelta = TimeDelta::hours(24);
/// All claims are watched so long after a parcel was sent off.
const WATCHED_PARCEL: TimeDelta = TimeDelta::minutes(10);
/// Gaps of so many days are shown after they closed.
const REMEMBERED: TimeDelta = TimeDelta::days(7);
/// Recorded gaps of one answer, at most.
const MAX_RECORDED: i64 = 200;

/// One stream's coverage.
#[derive(Debug, Clone)]
pub(crate) struct StreamCoverage {
    pub(crate) account: CoveredAccount,
    pub(crate) stream: String,
    pub(crate) coverage: Coverage,
    pub(crate) late_arrivals: i64,
    /// Absent before the first read, good or bad.
    pub(crate) cursor: Option<StreamCursor>,
    /// How far its windows reach back now.
    pub(crate) overlap: TimeDelta,
}

/// How often the streams of an account are read, and whether that fits its quota.
#[derive(Debug, Clone)]
pub(crate) struct AccountSchedule {
    pub(crate) account: Account,
    pub(crate) schedule: Schedule,
    /// The longest pause of each stream, in the schedule's order: when nothing arrives, and no parcel is on its way.
    pub(crate) idle: Vec<Duration>,
}

/// A page of coverage.
pub(crate) struct CoveragePage {
    pub(crate) streams: Vec<StreamCoverage>,
    /// Of every account of the page that is switched on.
    pub(crate) schedules: Vec<AccountSchedule>,
    /// Gaps of the last days, the newest first.
    pub(crate) gaps: Vec<RecordedGap>,
    /// The account to go on after; absent on the last page.
    pub(crate) next: Option<Uuid>,
    pub(crate) as_of: DateTime<Utc>,
}

impl App {
    /// How completely the streams of a merchant's accounts were read.
    pub(crate) async fn list_coverage(
        &self,
        merchant_id: MerchantId,
        only: Option<ChannelAccountId>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<CoveragePage, Error> {
        let now = self.clock.now();
        let mut conn = self.pool.acquire().await?;
        let accounts = evidence::accounts(&mut conn, merchant_id, only, after, limit).await?;
        let ids: Vec<Uuid> = accounts.iter().map(|a| a.channel_account_id).collect();
        let is_full = i64::try_from(ids.len()).unwrap_or(i64::MAX) >= limit;
        let next = ids.last().copied().filter(|_| is_full && only.is_none());
        let kept = now - self.config.keep;
        let mut found =
            evidence::evidence(&mut conn, merchant_id, &ids, kept, now - WATCHED).await?;
        let mut cursors = evidence::cursors(&mut conn, merchant_id, &ids).await?;
        let overlaps = crate::store::overlaps::of_accounts(&mut conn, merchant_id, &ids).await?;
        let gaps =
            coverage_gaps::list(&mut conn, merchant_id, &ids, now - REMEMBERED, MAX_RECORDED)
                .await?;
        let active: Vec<Uuid> = accounts
            .iter()
            .filter(|account| account.active)
            .map(|account| account.channel_account_id)
            .collect();
        let schedules = crate::store::accounts::of_merchant(&mut conn, merchant_id, &active)
            .await?
            .into_iter()
            .map(|account| self.account_schedule(account))
            .collect();
        let mut streams = Vec::new();
        for account in accounts {
            let id = account.channel_account_id;
            let base = self.config.overlap.unwrap_or(account.overlap);
            let overlap = base
                + overlaps
                    .get(&id)
                    .map_or(TimeDelta::zero(), |o| o.extra(now));
            for stream in Stream::ALL {
                let key = (id, stream.as_str().to_owned());
                let seen = found.remove(&key).unwrap_or_default();
                let cursor = cursors.remove(&key);
                if cursor.is_none() && seen.readings.is_empty() {
                    continue;
                }
                let rules = self.config.coverage_rules(stream, account.visibility_lag);
                let mut coverage = coverage(&history(seen.readings, cursor.as_ref()), &rules, now);
                if !account.active {
                    // Nothing is promised of an account that is switched off.
                    coverage.gaps.clear();
                }
                streams.push(StreamCoverage {
                    account: account.clone(),
                    stream: key.1,
                    coverage,
                    late_arrivals: seen.late_arrivals,
                    cursor,
                    overlap,
                });
            }
        }
        Ok(CoveragePage {
            streams,
            schedules,
            gaps,
            next,
            as_of: now,
        })
    }

    fn account_schedule(&self, account: Account) -> AccountSchedule {
        let schedule = self.config.schedule(&account);
        let idle = schedule.streams.iter().map(|planned| {
            let idle = self.config.cadence(planned.stream).idle;
            idle.max(planned.pause)
        });
        AccountSchedule {
            idle: idle.collect(),
            schedule,
            account,
        }
    }

    /// Whether a parcel of the account was sent off in the last ten minutes: its claims are read more often then.
    pub(crate) async fn sent_off_lately(&self, account: &Account) -> Result<bool, Error> {
        let mut conn = self.pool.acquire().await?;
        let at = crate::store::accounts::sent_off_at(&mut conn, account).await?;
        let since = self.clock.now() - WATCHED_PARCEL;
        Ok(at.is_some_and(|at| at > since))
    }

    /// Looks for gaps of the last day in every active account; each is told once, and once when it closed.
    #[tracing::instrument(name = "order_sync.check_coverage", skip_all)]
    pub async fn check_coverage(&self) -> Result<CoverageCheck, Error> {
        let accounts = crate::store::accounts::list_active(&self.pool).await?;
        let mut check = CoverageCheck::default();
        let mut missing: HashMap<(String, &'static str), i64> = HashMap::new();
        for account in &accounts {
            for (stream, gaps) in self.gaps_of(account).await? {
                self.note_gaps(account, stream, &gaps, &mut check).await?;
                let minutes: i64 = gaps.iter().map(Gap::minutes).sum();
                let key = (account.channel.clone(), stream.as_str());
                *missing.entry(key).or_default() += minutes;
            }
        }
        for ((channel, stream), minutes) in missing {
            gauge!("moa_order_sync_coverage_gap_minutes", "channel" => channel, "stream" => stream)
                .set(minutes as f64);
        }
        check.accounts = accounts.len();
        Ok(check)
    }

    /// The gaps of the last day in each stream of an account.
    async fn gaps_of(&self, account: &Account) -> Result<Vec<(Stream, Vec<Gap>)>, Error> {
        let now = self.clock.now();
        let (merchant_id, id) = (account.merchant_id, account.channel_account_id.as_uuid());
        let mut conn = self.pool.acquire().await?;
        // A little more than what is watched: where the evidence begins decides what is due.
        let since = now - WATCHED - TimeDelta::hours(2);
        let mut found = evidence::evidence(&mut conn, merchant_id, &[id], since, now).await?;
        let cursors = evidence::cursors(&mut conn, merchant_id, &[id]).await?;
        let streams = account.streams().into_iter().map(|stream| {
            let key = (id, stream.as_str().to_owned());
            let seen = found.remove(&key).unwrap_or_default();
            let rules = CoverageRules {
                kept: now - since,
                ..self.config.coverage_rules(stream, account.visibility_lag)
            };
            let history = history(seen.readings, cursors.get(&key));
            (stream, coverage(&history, &rules, now).gaps)
        });
        Ok(streams.collect())
    }

    /// Compares one stream's gaps with those that are known, and tells of what is new.
    async fn note_gaps(
        &self,
        account: &Account,
        stream: Stream,
        gaps: &[Gap],
        check: &mut CoverageCheck,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let (merchant_id, id) = (account.merchant_id, account.channel_account_id.as_uuid());
        let name = stream.as_str();
        let mut conn = self.pool.acquire().await?;
        let known = coverage_gaps::open(&mut conn, merchant_id, id, name).await?;
        for step in compare_gaps(&known, gaps, now - WATCHED) {
            match step {
                GapStep::Found(gap) => {
                    let gap_id = self.ids.uuid();
                    let place = (id, name);
                    if coverage_gaps::insert(&mut conn, merchant_id, place, gap_id, &gap, now)
                        .await?
                    {
                        check.found += 1;
                        tell_gap(account, name, &gap);
                    }
                }
                GapStep::Grown { id, from, to } => {
                    coverage_gaps::grow(&mut conn, merchant_id, id, (from, to)).await?;
                }
                GapStep::Closed(gap) => {
                    if coverage_gaps::close(&mut conn, merchant_id, gap, "COVERED", now).await? {
                        check.closed += 1;
                        tracing::info!(
                            channel_account.id = %account.channel_account_id,
                            stream = name,
                            "a gap in {name} of {} is closed",
                            account.channel
                        );
                    }
                }
                GapStep::Expired(gap) => {
                    if coverage_gaps::close(&mut conn, merchant_id, gap, "EXPIRED", now).await? {
                        check.expired += 1;
                        tracing::error!(
                            channel_account.id = %account.channel_account_id,
                            stream = name,
                            "a gap in {name} of {} became a day old without being read twice",
                            account.channel
                        );
                    }
                }
            }
        }
        Ok(())
    }
}

/// What is known of a stream.
fn history(readings: Vec<Reading>, cursor: Option<&StreamCursor>) -> History {
    History {
        readings,
        first_read_at: cursor.and_then(|cursor| cursor.first_read_at),
        unread: cursor.and_then(StreamCursor::never_read),
    }
}

/// What a look for gaps came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoverageCheck {
    /// Accounts that were looked at.
    pub accounts: usize,
    /// Gaps that nobody knew of.
    pub found: usize,
    /// Gaps whose minutes were read twice by now.
    pub closed: usize,
    /// Gaps that became too old to be watched.
    pub expired: usize,
}

fn tell_gap(account: &Account, stream: &'static str, gap: &Gap) {
    counter!("moa_order_sync_coverage_gaps_total", "channel" => account.channel.clone(), "stream" => stream)
        .increment(1);
    tracing::error!(
        channel_account.id = %account.channel_account_id,
        stream,
        gap.from = %gap.from,
        gap.to = %gap.to,
        "{} minute(s) of {stream} of {} were read {} time(s) instead of twice, from {} to {}",
        gap.minutes(),
        account.channel,
        gap.readings,
        gap.from,
        gap.to
    );
}
