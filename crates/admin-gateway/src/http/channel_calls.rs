//! What was said to channels, and what they said that we do not know.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::convert::{filled, time_or_epoch};
use super::extract::{Page, Params, blank_as_default, blank_as_none};
use super::problem::{Problem, ProblemDocument};
use super::words::DriftKind;

/// One call to a channel: no bodies, nothing of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelCall {
    id: String,
    channel_account_id: String,
    channel: String,
    /// Our stable name, e.g. "coupang.ordersheets.list".
    api: String,
    called_at: DateTime<Utc>,
    /// null when there was no answer.
    #[schema(required = true)]
    http_status: Option<i32>,
    duration_ms: i64,
    /// The request of ours that it was made for.
    request_id: String,
    /// W3C trace id; null when no trace is recorded.
    #[schema(required = true)]
    trace_id: Option<String>,
    /// The channel's own name of the call; null when it gave none.
    #[schema(required = true)]
    channel_trace_id: Option<String>,
    bytes_out: i64,
    bytes_in: i64,
    /// Stable reason, e.g. CHANNEL_TIMED_OUT; null when it went well.
    #[schema(required = true)]
    failure: Option<String>,
    /// The channel's ids that it was about.
    about_ids: Vec<String>,
}

/// A page of calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelCalls {
    calls: Vec<ChannelCall>,
    /// "" at the end.
    next_page_token: String,
}

/// Which calls.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallFilter {
    #[serde(default)]
    #[param(required = false)]
    channel_account_id: String,
    /// The channel's ids of orders, parcels, claims or products, separated by commas: calls about one of them.
    #[serde(default)]
    #[param(required = false)]
    about_id: String,
    /// Our name of the call, e.g. "coupang.ordersheets.list".
    #[serde(default)]
    #[param(required = false)]
    api: String,
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    failures_only: bool,
    /// Inside; as far back as calls are kept (30 days) when absent.
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    from: Option<DateTime<Utc>>,
    /// Outside; now when absent.
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    to: Option<DateTime<Utc>>,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// Something a channel says that this version does not know.
#[derive(Debug, Serialize, ToSchema)]
pub struct DriftFinding {
    id: String,
    channel: String,
    api: String,
    kind: DriftKind,
    /// Where, e.g. "data[].orderItems[].giftFlag".
    path: String,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    /// How often in the pages that were looked at.
    count: i64,
    /// The object around it with every value blanked to its type; null when there is none.
    #[schema(value_type = Object, required = true)]
    sample: serde_json::Value,
}

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub struct DriftFindings {
    findings: Vec<DriftFinding>,
    /// "" at the end.
    next_page_token: String,
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DriftFilter {
    /// Channel code; every channel when absent.
    #[serde(default)]
    #[param(required = false)]
    channel: String,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_channel_calls))
        .routes(routes!(list_channel_drift))
}

/// Calls to channels, newest first.
///
/// Kept for 30 days; the newest appear within a second.
#[utoipa::path(get, path = "/channel-calls", tag = "channel accounts", params(CallFilter),
    responses((status = 200, body = ChannelCalls), (status = "4XX", body = ProblemDocument)))]
async fn list_channel_calls(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<CallFilter>,
) -> Result<Json<ChannelCalls>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListCallsRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: filter.channel_account_id,
        about_ids: words_of(&filter.about_id),
        api: filter.api.trim().to_owned(),
        failures_only: filter.failures_only,
        from: filter.from.map(timestamp),
        to: filter.to.map(timestamp),
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.channel_calls.clone();
    let response = client.list_calls(request).await?.into_inner();
    Ok(Json(ChannelCalls {
        calls: response.calls.into_iter().map(ChannelCall::from).collect(),
        next_page_token: response.next_page_token,
    }))
}

/// What channels say that this version does not know, last seen first.
///
/// Nothing is dropped because of it: raw pages keep every field, and an unknown state is stored as it came.
#[utoipa::path(get, path = "/channel-drift", tag = "channel accounts", params(DriftFilter),
    responses((status = 200, body = DriftFindings), (status = "4XX", body = ProblemDocument)))]
async fn list_channel_drift(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<DriftFilter>,
) -> Result<Json<DriftFindings>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListDriftRequest {
        merchant_id: who.merchant_id(),
        channel: filter.channel,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.channel_drift.clone();
    let response = client.list_drift(request).await?.into_inner();
    Ok(Json(DriftFindings {
        findings: response.findings.into_iter().map(Into::into).collect(),
        next_page_token: response.next_page_token,
    }))
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(',').map(str::trim);
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

impl From<pb::ChannelCall> for ChannelCall {
    fn from(call: pb::ChannelCall) -> Self {
        Self {
            id: call.call_id,
            channel_account_id: call.channel_account_id,
            channel: call.channel,
            api: call.api,
            called_at: time_or_epoch(call.called_at),
            http_status: (call.http_status != 0).then_some(call.http_status),
            duration_ms: call.duration_ms,
            request_id: call.request_id,
            trace_id: filled(call.trace_id),
            channel_trace_id: filled(call.channel_trace_id),
            bytes_out: call.bytes_out,
            bytes_in: call.bytes_in,
            failure: filled(call.failure),
            about_ids: call.about_ids,
        }
    }
}

impl From<pb::DriftFinding> for DriftFinding {
    fn from(finding: pb::DriftFinding) -> Self {
        Self {
            id: finding.drift_finding_id,
            channel: finding.channel,
            api: finding.api,
            kind: DriftKind::of(finding.kind),
            path: finding.path,
            first_seen_at: time_or_epoch(finding.first_seen_at),
            last_seen_at: time_or_epoch(finding.last_seen_at),
            count: finding.count,
            sample: serde_json::from_str(&finding.sample_json).unwrap_or_default(),
        }
    }
}
