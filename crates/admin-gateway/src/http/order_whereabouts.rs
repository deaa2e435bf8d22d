//! Why an order is not here: order-sync's traces of it, beside the calls that were made to the channel.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::channel_calls::ChannelCall;
use super::convert::{filled, time, time_or_epoch};
use super::coverage::ParkedRow;
use super::extract::{Params, PathText, blank_as_none};
use super::problem::{Problem, ProblemDocument};
use super::words::{OrderState, OrderWhereabouts};
use crate::app::App;

/// Calls of one answer, at most.
const MAX_CALLS: i32 = 20;
/// A call is written down with the time it was sent, a window with the times around it.
const AROUND: TimeDelta = TimeDelta::seconds(2);

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocatedOrder {
    whereabouts: OrderWhereabouts,
    /// null unless it is here.
    #[schema(required = true)]
    order_id: Option<String>,
    #[schema(required = true)]
    order_state: Option<OrderState>,
    #[schema(required = true)]
    stored_at: Option<DateTime<Utc>>,
    /// Why it could not be stored.
    parked_rows: Vec<ParkedRow>,
    /// Raw pages that name it, newest first, at most 20.
    pages: Vec<SeenPage>,
    /// Claims that wait for it.
    waiting_claims: Vec<WaitingClaim>,
    /// How its minute was read in each list; empty when its time is not known.
    streams: Vec<MinuteCoverage>,
    /// Calls to the channel that were about it, newest first, at most 20.
    calls_about: Vec<ChannelCall>,
    /// Calls of the last read that counts for its minute; what to name when the channel is asked.
    calls_of_last_read: Vec<ChannelCall>,
}

/// A raw page that names the order.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenPage {
    id: String,
    stream: String,
    read_at: DateTime<Utc>,
    /// null while its rows are not stored.
    #[schema(required = true)]
    stored_at: Option<DateTime<Utc>>,
}

/// A claim that came before its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingClaim {
    channel_claim_id: String,
    requested_at: DateTime<Utc>,
}

/// How the order's minute was read in one list.
#[derive(Debug, Serialize, ToSchema)]
pub struct MinuteCoverage {
    stream: String,
    /// Reads that count for it.
    readings: i32,
    /// Reads that held it but came too soon to count.
    early_readings: i32,
    /// null when none counts.
    #[schema(required = true)]
    last_read_at: Option<DateTime<Utc>>,
    /// From then on a read counts.
    counts_from: DateTime<Utc>,
    /// Stable reason of the last failure; null when the last read succeeded.
    #[schema(required = true)]
    failure_reason: Option<String>,
    /// Whether it lies in a past that is still to be collected.
    unread: bool,
}

/// Which account, and when the order was placed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichOrder {
    channel_account_id: String,
    /// As the channel's own screen shows it; without it nothing is said about coverage.
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    ordered_at: Option<DateTime<Utc>>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(locate_order))
}

/// Why an order is not here, or that it is.
///
/// `whereabouts` is the short answer; the rest is its evidence.
#[utoipa::path(get, path = "/coverage/orders/{channel_order_id}", tag = "coverage",
    params(("channel_order_id" = String, Path, description = "The channel's id of the order."), WhichOrder),
    responses((status = 200, body = LocatedOrder), (status = "4XX", body = ProblemDocument)))]
async fn locate_order(
    State(app): State<Gate>,
    who: SignedIn,
    PathText(channel_order_id): PathText,
    Params(which): Params<WhichOrder>,
) -> Result<Json<LocatedOrder>, Problem> {
    let request = pb::LocateOrderRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: which.channel_account_id.clone(),
        channel_order_id: channel_order_id.clone(),
        ordered_at: which.ordered_at.map(timestamp),
    };
    let mut client = app.clients.coverage.clone();
    let located = client.locate_order(request).await?.into_inner();
    let calls = channel::ListCallsRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: which.channel_account_id,
        page_size: MAX_CALLS,
        ..Default::default()
    };
    let calls_about = match is_call_id(channel_order_id.trim()) {
        false => Vec::new(),
        true => {
            let about = channel::ListCallsRequest {
                about_ids: vec![channel_order_id.trim().to_owned()],
                ..calls.clone()
            };
            list_calls(&app, about).await?
        }
    };
    let calls_of_last_read = match last_read(&located) {
        None => Vec::new(),
        Some((sent, closed)) => {
            let of_read = channel::ListCallsRequest {
                from: Some(timestamp(sent - AROUND)),
                to: Some(timestamp(closed + AROUND)),
                ..calls
            };
            list_calls(&app, of_read).await?
        }
    };
    Ok(Json(LocatedOrder {
        whereabouts: OrderWhereabouts::of(located.whereabouts),
        order_state: filled(located.order_id.clone()).map(|_| OrderState::of(located.order_state)),
        order_id: filled(located.order_id),
        stored_at: time(located.stored_at),
        parked_rows: located.parked_rows.into_iter().map(Into::into).collect(),
        pages: located.pages.into_iter().map(Into::into).collect(),
        waiting_claims: located.waiting_claims.into_iter().map(Into::into).collect(),
        streams: located.streams.into_iter().map(Into::into).collect(),
        calls_about,
        calls_of_last_read,
    }))
}

/// Whether the log of calls can hold this id; it refuses others.
fn is_call_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=64).contains(&id.len()) && id.chars().all(plain)
}

/// When the last read that counts was sent and closed, of whichever list.
fn last_read(located: &pb::LocateOrderResponse) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let streams = located.streams.iter();
    let reads = streams.filter_map(|stream| {
        let sent = time(stream.last_read_at)?;
        Some((sent, time(stream.last_closed_at)?))
    });
    reads.max()
}

async fn list_calls(
    app: &App,
    request: channel::ListCallsRequest,
) -> Result<Vec<ChannelCall>, Problem> {
    let mut client = app.clients.channel_calls.clone();
    let response = client.list_calls(request).await?.into_inner();
    Ok(response.calls.into_iter().map(ChannelCall::from).collect())
}

impl From<pb::SeenPage> for SeenPage {
    fn from(page: pb::SeenPage) -> Self {
        Self {
            id: page.raw_page_id,
            stream: page.stream,
            read_at: time_or_epoch(page.read_at),
            stored_at: time(page.stored_at),
        }
    }
}

impl From<pb::Claim> for WaitingClaim {
    fn from(claim: pb::Claim) -> Self {
        Self {
            channel_claim_id: claim.channel_claim_id,
            requested_at: time_or_epoch(claim.requested_at),
        }
    }
}

impl From<pb::MinuteCoverage> for MinuteCoverage {
    fn from(minute: pb::MinuteCoverage) -> Self {
        Self {
            stream: minute.stream,
            readings: minute.readings,
            early_readings: minute.early_readings,
            last_read_at: time(minute.last_read_at),
            counts_from: time_or_epoch(minute.counts_from),
            failure_reason: filled(minute.failure_reason),
            unread: minute.unread,
        }
    }
}
