//! Coverage as messages.

use std::time::Duration;

use moa_proto::moa::order_sync::v1 as pb;
use moa_service::timestamp;

use crate::app::coverage::{AccountSchedule, StreamCoverage};
use crate::app::locate_order::{LocatedOrder, StreamMinute};
use crate::domain::coverage::Gap;
use crate::domain::whereabouts::Whereabouts;
use crate::store::coverage::UnreadPast;
use crate::store::coverage_gaps::RecordedGap;
use crate::store::parked_rows::WaitingRow;

/// Gaps of one stream in an answer, at most; their minutes are counted all the same.
const MAX_GAPS: usize = 100;

impl From<StreamCoverage> for pb::StreamCoverage {
    fn from(stream: StreamCoverage) -> Self {
        let gaps = &stream.coverage.gaps;
        let gap_minutes: i64 = gaps.iter().map(Gap::minutes).sum();
        let cursor = stream.cursor;
        let at = |pick: fn(&crate::store::coverage::StreamCursor) -> Option<_>| {
            cursor.as_ref().and_then(pick).map(timestamp)
        };
        Self {
            channel_account_id: stream.account.channel_account_id.to_string(),
            stream: stream.stream,
            active: stream.account.active,
            watermark_at: stream.coverage.watermark.map(timestamp),
            gaps: gaps.iter().take(MAX_GAPS).map(Into::into).collect(),
            gap_minutes: i32::try_from(gap_minutes).unwrap_or(i32::MAX),
            late_arrivals: i32::try_from(stream.late_arrivals).unwrap_or(i32::MAX),
            overlap_seconds: stream.overlap.num_seconds(),
            channel_overlap_seconds: stream.account.overlap.num_seconds(),
            visibility_lag_seconds: stream.account.visibility_lag.num_seconds(),
            last_success_at: at(|cursor| cursor.last_success_at),
            last_failure_at: at(|cursor| cursor.last_failure_at),
            last_sweep_at: at(|cursor| cursor.swept_at),
            last_deep_sweep_at: at(|cursor| cursor.deep_swept_at),
            last_failure_reason: cursor
                .as_ref()
                .map(|cursor| cursor.last_failure_reason.clone())
                .unwrap_or_default(),
            last_failure_detail: cursor
                .as_ref()
                .map(|cursor| cursor.last_detail.clone())
                .unwrap_or_default(),
            consecutive_failures: cursor.as_ref().map_or(0, |c| c.consecutive_failures),
            parked_rows: cursor
                .as_ref()
                .map_or(0, |c| i32::try_from(c.parked_rows).unwrap_or(i32::MAX)),
            unread_past: cursor.and_then(|cursor| cursor.unread).map(Into::into),
        }
    }
}

impl From<AccountSchedule> for pb::AccountSchedule {
    fn from(planned: AccountSchedule) -> Self {
        let milliseconds = |pause: Duration| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let schedule = planned.schedule;
        let fits = schedule.fits();
        let streams = schedule.streams.into_iter().zip(planned.idle);
        let streams = streams.map(|(stream, idle)| pb::StreamPace {
            stream: stream.stream.as_str().to_owned(),
            wanted_pause_milliseconds: milliseconds(stream.wanted),
            pause_milliseconds: milliseconds(stream.pause),
            idle_pause_milliseconds: milliseconds(idle),
            calls_per_second: stream.calls_per_second,
        });
        let buckets = schedule.buckets.into_iter().map(|load| pb::BucketLoad {
            bucket: load.bucket,
            polls_per_second: load.polls,
            polls_allowed_per_second: load.polls_allowed,
            sweeps_per_second: load.sweeps,
            sweeps_allowed_per_second: load.sweeps_allowed,
        });
        Self {
            channel_account_id: planned.account.channel_account_id.to_string(),
            fits,
            streams: streams.collect(),
            buckets: buckets.collect(),
        }
    }
}

impl From<&Gap> for pb::UncoveredSpan {
    fn from(gap: &Gap) -> Self {
        Self {
            from: Some(timestamp(gap.from)),
            to: Some(timestamp(gap.to)),
            readings: i32::try_from(gap.readings).unwrap_or(i32::MAX),
        }
    }
}

impl From<UnreadPast> for pb::UnreadPast {
    fn from(past: UnreadPast) -> Self {
        Self {
            began_from: Some(timestamp(past.began_from)),
            reached_at: Some(timestamp(past.left.from)),
            until: Some(timestamp(past.left.to)),
            reason: past.reason,
            again: past.again,
        }
    }
}

impl From<RecordedGap> for pb::CoverageGap {
    fn from(gap: RecordedGap) -> Self {
        let outcome = match gap.outcome.as_deref() {
            Some("COVERED") => pb::CoverageGapOutcome::Covered,
            Some(_) => pb::CoverageGapOutcome::Expired,
            None => pb::CoverageGapOutcome::Unspecified,
        };
        Self {
            channel_account_id: gap.channel_account_id.to_string(),
            stream: gap.stream,
            from: Some(timestamp(gap.from_at)),
            to: Some(timestamp(gap.to_at)),
            found_at: Some(timestamp(gap.found_at)),
            closed_at: gap.closed_at.map(timestamp),
            outcome: outcome.into(),
        }
    }
}

impl From<WaitingRow> for pb::ParkedRow {
    fn from(row: WaitingRow) -> Self {
        Self {
            parked_row_id: row.parked_row_id.to_string(),
            channel_account_id: row.channel_account_id.to_string(),
            stream: row.stream,
            row_key: row.row_key,
            reason: row.reason,
            parked_at: Some(timestamp(row.parked_at)),
            last_seen_at: Some(timestamp(row.last_seen_at)),
            retries: row.retries,
            last_retry_at: row.last_retry_at.map(timestamp),
            last_retry_reason: row.last_retry_reason,
        }
    }
}

impl From<LocatedOrder> for pb::LocateOrderResponse {
    fn from(located: LocatedOrder) -> Self {
        let whereabouts = match located.whereabouts {
            Whereabouts::Here => pb::OrderWhereabouts::Here,
            Whereabouts::Parked => pb::OrderWhereabouts::Parked,
            Whereabouts::SeenNotStored => pb::OrderWhereabouts::SeenNotStored,
            Whereabouts::NotReadYet => pb::OrderWhereabouts::NotReadYet,
            Whereabouts::NeverShown => pb::OrderWhereabouts::NeverShown,
            Whereabouts::TimeNeeded => pb::OrderWhereabouts::TimeNeeded,
            Whereabouts::EvidenceGone => pb::OrderWhereabouts::EvidenceGone,
        };
        let order = located.order.as_ref();
        let state = order.map_or(pb::OrderState::Unspecified, |order| order.state.into());
        let pages = located.pages.into_iter().map(|page| pb::SeenPage {
            raw_page_id: page.raw_page_id.to_string(),
            stream: page.stream,
            read_at: Some(timestamp(page.read_at)),
            stored_at: page.parsed_at.map(timestamp),
        });
        Self {
            whereabouts: whereabouts.into(),
            order_id: order.map_or(String::new(), |order| order.order_id.to_string()),
            order_state: state.into(),
            stored_at: order.map(|order| timestamp(order.created_at)),
            parked_rows: located.parked_rows.into_iter().map(Into::into).collect(),
            pages: pages.collect(),
            waiting_claims: located.waiting_claims.iter().map(Into::into).collect(),
            streams: located.minutes.iter().map(Into::into).collect(),
        }
    }
}

impl From<&StreamMinute> for pb::MinuteCoverage {
    fn from(minute: &StreamMinute) -> Self {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            stream: minute.stream.as_str().to_owned(),
            readings: count(minute.readings.counted),
            early_readings: count(minute.readings.early),
            last_read_at: minute.readings.last_read_at.map(timestamp),
            last_closed_at: minute.readings.last_closed_at.map(timestamp),
            counts_from: Some(timestamp(minute.counts_from)),
            failure_reason: minute.failure_reason.clone(),
            unread: minute.is_unread,
        }
    }
}
