//! How completely the channels were read: watermarks, gaps, and the past that is being collected.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::ChannelAccountId;
use moa_proto::moa::order_sync::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time, time_or_epoch};
use super::extract::{Body, Page, Params, PathId, blank_as_default};
use super::problem::{Problem, ProblemDocument};
use super::words::CoverageGapOutcome;
use crate::domain::access::Role;

/// How completely every stream was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct Coverage {
    streams: Vec<StreamCoverage>,
    /// How often the lists of each account that is switched on are read.
    schedules: Vec<AccountSchedule>,
    /// Gaps of the last 7 days, the newest first, at most 200.
    recent_gaps: Vec<CoverageGap>,
    /// When this was computed.
    as_of: DateTime<Utc>,
    /// "" at the end.
    next_page_token: String,
}

/// How often an account's lists are read at the busiest time, inside its share of the channel's quota.
///
/// What would not fit is stretched: the shortest pauses grow first, each up to its idle pause, and claims never.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountSchedule {
    channel_account_id: String,
    /// False: even stretched it takes more than its share, so reads wait for their turn.
    fits: bool,
    streams: Vec<StreamPace>,
    /// What the channel counts together; empty while the channel's costs are unknown.
    buckets: Vec<BucketLoad>,
}

/// How often one list is read.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamPace {
    stream: String,
    /// Between two reads at the busiest time, as wanted.
    wanted_pause_seconds: f64,
    /// As it is.
    pause_seconds: f64,
    /// The longest, when nothing arrives and no parcel is on its way.
    idle_pause_seconds: f64,
    /// Calls a second at the busiest time.
    calls_per_second: f64,
}

/// What a bucket of a channel's quota carries, in calls a second.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketLoad {
    /// "*": all calls of the seller; else an API of the channel.
    bucket: String,
    polls_per_second: f64,
    polls_allowed_per_second: f64,
    sweeps_per_second: f64,
    sweeps_allowed_per_second: f64,
}

/// One stream of an account, e.g. "orders.placed".
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamCoverage {
    channel_account_id: String,
    stream: String,
    /// False: the account is switched off, so nothing is read and nothing is missing.
    active: bool,
    /// Every minute before it was read at least once; null before the first read counts.
    #[schema(required = true)]
    watermark_at: Option<DateTime<Utc>>,
    /// Minutes of the last 24 hours that were not read twice in time, oldest first, at most 100.
    gaps: Vec<UncoveredSpan>,
    /// Minutes in all of them.
    gap_minutes: i32,
    /// Orders of the last 24 hours that only a sweep found, or that showed later than the channel's visibility lag. What
    /// shows within the lag is on time.
    late_arrivals: i32,
    /// How far an ordinary read reaches back behind the last one now.
    overlap_seconds: i64,
    /// What the channel asks for. More is read for a while after late arrivals.
    channel_overlap_seconds: i64,
    /// How long the channel may keep an order out of its lists; a read sooner counts for nothing.
    visibility_lag_seconds: i64,
    #[schema(required = true)]
    last_success_at: Option<DateTime<Utc>>,
    /// null while no read failed.
    #[schema(required = true)]
    last_failure_at: Option<DateTime<Utc>>,
    /// Stable reason of the last failure, also after a success since.
    #[schema(required = true)]
    last_failure_reason: Option<String>,
    /// For people; null when the last read succeeded.
    #[schema(required = true)]
    last_failure_detail: Option<String>,
    consecutive_failures: i32,
    /// Rows that could not be stored.
    parked_rows: i32,
    /// null when nothing is left to be read.
    #[schema(required = true)]
    unread_past: Option<UnreadPast>,
    #[schema(required = true)]
    last_sweep_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    last_deep_sweep_at: Option<DateTime<Utc>>,
}

/// Minutes that were not read twice.
#[derive(Debug, Serialize, ToSchema)]
pub struct UncoveredSpan {
    from: DateTime<Utc>,
    /// Outside.
    to: DateTime<Utc>,
    /// How often each of its minutes was read: 0 or 1.
    readings: i32,
}

/// The past that is collected beside the present, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadPast {
    began_from: DateTime<Utc>,
    /// So far it was read.
    reached_at: DateTime<Utc>,
    until: DateTime<Utc>,
    /// It was read before, and is read again on demand.
    again: bool,
    /// Stable reason why its next part could not be read; null while it moves on.
    #[schema(required = true)]
    reason: Option<String>,
}

/// A gap that was alarmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageGap {
    channel_account_id: String,
    stream: String,
    /// As far as it ever reached.
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    found_at: DateTime<Utc>,
    /// null while it is open.
    #[schema(required = true)]
    closed_at: Option<DateTime<Utc>>,
    /// null while it is open. EXPIRED: its minutes became a day old without being read twice.
    #[schema(required = true)]
    outcome: Option<CoverageGapOutcome>,
}

/// Whose coverage.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CoverageFilter {
    /// Every account when absent.
    #[serde(default)]
    #[param(required = false)]
    channel_account_id: String,
    /// Accounts of a page: 1 to 100; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 100, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// A row that could not be stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedRow {
    id: String,
    channel_account_id: String,
    stream: String,
    /// The channel's id of the row, or the page's hash and the row's place where no id could be read.
    row_key: String,
    /// Field and reason, without the value.
    reason: String,
    parked_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    /// How often it was tried again.
    retries: i32,
    #[schema(required = true)]
    last_retry_at: Option<DateTime<Utc>>,
    /// Why the last retry did not help; null before the first.
    #[schema(required = true)]
    last_retry_reason: Option<String>,
}

/// A page of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedRows {
    parked_rows: Vec<ParkedRow>,
    /// "" at the end.
    next_page_token: String,
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ParkedRowFilter {
    /// Every account when absent.
    #[serde(default)]
    #[param(required = false)]
    channel_account_id: String,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// How much of the past is read again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartBackfill {
    /// 1 to 90.
    #[schema(minimum = 1, maximum = 90)]
    days: i32,
}

/// What was started.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedBackfill {
    /// Streams whose past is read now; 0 before the first contact, which looks back by itself.
    streams: i32,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(get_coverage))
        .routes(routes!(list_parked_rows))
        .routes(routes!(start_backfill))
}

/// How completely the channels were read, stream by stream.
///
/// A minute is safe when it lies in two reads that were sent later than the channel's visibility lag after it.
#[utoipa::path(get, path = "/coverage", tag = "coverage", params(CoverageFilter),
    responses((status = 200, body = Coverage), (status = "4XX", body = ProblemDocument)))]
async fn get_coverage(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<CoverageFilter>,
) -> Result<Json<Coverage>, Problem> {
    let request = pb::ListCoverageRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: filter.channel_account_id,
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let mut client = app.clients.coverage.clone();
    let response = client.list_coverage(request).await?.into_inner();
    Ok(Json(Coverage {
        streams: response.streams.into_iter().map(Into::into).collect(),
        schedules: response.schedules.into_iter().map(Into::into).collect(),
        recent_gaps: response.recent_gaps.into_iter().map(Into::into).collect(),
        as_of: time_or_epoch(response.as_of),
        next_page_token: response.next_page_token,
    }))
}

/// Rows that could not be stored and wait for an upgrade or a person, newest first.
#[utoipa::path(get, path = "/coverage/parked-rows", tag = "coverage", params(ParkedRowFilter),
    responses((status = 200, body = ParkedRows), (status = "4XX", body = ProblemDocument)))]
async fn list_parked_rows(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<ParkedRowFilter>,
) -> Result<Json<ParkedRows>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListParkedRowsRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: filter.channel_account_id,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.coverage.clone();
    let response = client.list_parked_rows(request).await?.into_inner();
    Ok(Json(ParkedRows {
        parked_rows: response.parked_rows.into_iter().map(Into::into).collect(),
        next_page_token: response.next_page_token,
    }))
}

/// Reads an account's past again, beside its present and in order. Owners only.
///
/// `GET /coverage` shows how far it is. Asking again for as much changes nothing while it is under way.
#[utoipa::path(post, path = "/coverage/{id}/backfill", tag = "coverage",
    params(("id" = String, Path, description = "The channel account.")), request_body = StartBackfill,
    responses((status = 202, body = StartedBackfill), (status = "4XX", body = ProblemDocument)))]
async fn start_backfill(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ChannelAccountId>,
    Body(body): Body<StartBackfill>,
) -> Result<(StatusCode, Json<StartedBackfill>), Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::StartBackfillRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
        days: body.days,
    };
    let mut client = app.clients.coverage.clone();
    let streams = client.start_backfill(request).await?.into_inner().streams;
    Ok((StatusCode::ACCEPTED, Json(StartedBackfill { streams })))
}

impl From<pb::AccountSchedule> for AccountSchedule {
    fn from(schedule: pb::AccountSchedule) -> Self {
        let seconds = |milliseconds: i64| milliseconds as f64 / 1000.0;
        let streams = schedule.streams.into_iter().map(|pace| StreamPace {
            stream: pace.stream,
            wanted_pause_seconds: seconds(pace.wanted_pause_milliseconds),
            pause_seconds: seconds(pace.pause_milliseconds),
            idle_pause_seconds: seconds(pace.idle_pause_milliseconds),
            calls_per_second: pace.calls_per_second,
        });
        let buckets = schedule.buckets.into_iter().map(|load| BucketLoad {
            bucket: load.bucket,
            polls_per_second: load.polls_per_second,
            polls_allowed_per_second: load.polls_allowed_per_second,
            sweeps_per_second: load.sweeps_per_second,
            sweeps_allowed_per_second: load.sweeps_allowed_per_second,
        });
        Self {
            channel_account_id: schedule.channel_account_id,
            fits: schedule.fits,
            streams: streams.collect(),
            buckets: buckets.collect(),
        }
    }
}

impl From<pb::StreamCoverage> for StreamCoverage {
    fn from(stream: pb::StreamCoverage) -> Self {
        Self {
            channel_account_id: stream.channel_account_id,
            stream: stream.stream,
            active: stream.active,
            watermark_at: time(stream.watermark_at),
            gaps: stream.gaps.into_iter().map(Into::into).collect(),
            gap_minutes: stream.gap_minutes,
            late_arrivals: stream.late_arrivals,
            overlap_seconds: stream.overlap_seconds,
            channel_overlap_seconds: stream.channel_overlap_seconds,
            visibility_lag_seconds: stream.visibility_lag_seconds,
            last_success_at: time(stream.last_success_at),
            last_failure_at: time(stream.last_failure_at),
            last_failure_reason: filled(stream.last_failure_reason),
            last_failure_detail: filled(stream.last_failure_detail),
            consecutive_failures: stream.consecutive_failures,
            parked_rows: stream.parked_rows,
            unread_past: stream.unread_past.map(Into::into),
            last_sweep_at: time(stream.last_sweep_at),
            last_deep_sweep_at: time(stream.last_deep_sweep_at),
        }
    }
}

impl From<pb::UncoveredSpan> for UncoveredSpan {
    fn from(span: pb::UncoveredSpan) -> Self {
        Self {
            from: time_or_epoch(span.from),
            to: time_or_epoch(span.to),
            readings: span.readings,
        }
    }
}

impl From<pb::UnreadPast> for UnreadPast {
    fn from(past: pb::UnreadPast) -> Self {
        Self {
            began_from: time_or_epoch(past.began_from),
            reached_at: time_or_epoch(past.reached_at),
            until: time_or_epoch(past.until),
            again: past.again,
            reason: filled(past.reason),
        }
    }
}

impl From<pb::CoverageGap> for CoverageGap {
    fn from(gap: pb::CoverageGap) -> Self {
        let closed_at = time(gap.closed_at);
        Self {
            channel_account_id: gap.channel_account_id,
            stream: gap.stream,
            from: time_or_epoch(gap.from),
            to: time_or_epoch(gap.to),
            found_at: time_or_epoch(gap.found_at),
            closed_at,
            outcome: closed_at.map(|_| CoverageGapOutcome::of(gap.outcome)),
        }
    }
}

impl From<pb::ParkedRow> for ParkedRow {
    fn from(row: pb::ParkedRow) -> Self {
        Self {
            id: row.parked_row_id,
            channel_account_id: row.channel_account_id,
            stream: row.stream,
            row_key: row.row_key,
            reason: row.reason,
            parked_at: time_or_epoch(row.parked_at),
            last_seen_at: time_or_epoch(row.last_seen_at),
            retries: row.retries,
            last_retry_at: time(row.last_retry_at),
            last_retry_reason: filled(row.last_retry_reason),
        }
    }
}
