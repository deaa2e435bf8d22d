//! How long personal data is kept, and its erasure before that time.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::OrderId;
use moa_proto::moa::order_sync::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::channel_keys::Channel;
use super::convert::time_or_epoch;
use super::extract::{Body, PathId, present};
use super::problem::{Problem, ProblemDocument};
use super::words::ErasureReason;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// How long contacts, questions and what was answered are kept after an order came to rest.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retention {
    /// For channels that have no time of their own.
    days: i32,
    channels: Vec<ChannelRetention>,
    /// Contacts that were erased in the last 30 days.
    erased_contacts: i64,
    /// Contacts that are kept now.
    kept_contacts: i64,
}

/// A channel's own time.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelRetention {
    channel: String,
    days: i32,
    updated_at: DateTime<Utc>,
}

/// A time that is to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRetention {
    /// A channel's code; absent or "" for all that have no time of their own.
    #[serde(default)]
    #[schema(required = false)]
    channel: String,
    /// 1 to 3650; null takes a channel's own time back.
    #[serde(deserialize_with = "present")]
    #[schema(minimum = 1, maximum = 3650, required = true)]
    days: Option<i32>,
}

/// Why a contact goes before its time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseContact {
    reason: ErasureReason,
    /// Also while the order is open: without its contact nothing can be sent to the buyer any more.
    #[serde(default)]
    #[schema(required = false)]
    even_if_open: bool,
}

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasedContact {
    erased_at: DateTime<Utc>,
    /// Questions that went with it.
    inquiries: i32,
    /// Pages of the channel that went with it.
    raw_pages: i32,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(get_retention, set_retention))
        .routes(routes!(erase_contact))
}

/// How long personal data is kept.
#[utoipa::path(get, path = "/retention", tag = "retention",
    responses((status = 200, body = Retention), (status = "4XX", body = ProblemDocument)))]
async fn get_retention(State(app): State<Gate>, who: SignedIn) -> Result<Json<Retention>, Problem> {
    let request = pb::GetRetentionRequest {
        merchant_id: who.merchant_id(),
    };
    let mut client = app.clients.retention.clone();
    let response = client.get_retention(request).await?.into_inner();
    whole(response.retention)
}

/// Sets how long personal data is kept, for every channel or for one.
///
/// The job `erase-contacts` goes by it every day. A shorter time erases more, and what is erased does not come back.
#[utoipa::path(put, path = "/retention", tag = "retention", request_body = SetRetention,
    responses((status = 200, body = Retention), (status = "4XX", body = ProblemDocument)))]
async fn set_retention(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<SetRetention>,
) -> Result<Json<Retention>, Problem> {
    acting.needs(Role::Owner)?;
    match body.days {
        Some(days) if !(1..=3650).contains(&days) => {
            let text = "must be 1 to 3650; null takes a channel's own time back";
            return Err(Problem::field("days", text));
        }
        None if body.channel.is_empty() => {
            let text =
                "must be 1 to 3650: null takes a channel's own time back, and no channel is named";
            return Err(Problem::field("days", text));
        }
        _ => {}
    }
    // A mistyped channel would keep nothing shorter, and nobody would notice.
    if !body.channel.is_empty() && !Channel::is_code(&body.channel) {
        let text = "must be coupang or smartstore; absent for all that have no time of their own";
        return Err(Problem::field("channel", text));
    }
    let request = pb::SetRetentionRequest {
        merchant_id: acting.merchant_id(),
        channel: body.channel,
        days: body.days.unwrap_or(0),
        operator_id: acting.operator_id(),
    };
    let mut client = app.clients.retention.clone();
    let response = client.set_retention(request).await?.into_inner();
    whole(response.retention)
}

/// Erases an order's contact now, with its questions, its answers and the channel's pages that show it.
///
/// It cannot be taken back. Refuses with ORDER_NOT_FOUND, and with ORDER_STILL_OPEN while the order was not delivered,
/// cancelled or returned or has an open claim, unless `even_if_open`. Erasing it again does nothing.
#[utoipa::path(post, path = "/orders/{id}/contact/erase", tag = "retention", params(("id" = String, Path)),
    request_body = EraseContact,
    responses((status = 200, body = ErasedContact), (status = "4XX", body = ProblemDocument)))]
async fn erase_contact(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<OrderId>,
    Body(body): Body<EraseContact>,
) -> Result<Json<ErasedContact>, Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::EraseContactRequest {
        merchant_id: acting.merchant_id(),
        order_id: id.to_string(),
        operator_id: acting.operator_id(),
        reason: body.reason.number(),
        even_if_open: body.even_if_open,
    };
    let mut client = app.clients.retention.clone();
    let response = client.erase_contact(request).await?.into_inner();
    Ok(Json(ErasedContact {
        erased_at: time_or_epoch(response.erased_at),
        inquiries: response.inquiries,
        raw_pages: response.raw_pages,
    }))
}

fn whole(retention: Option<pb::Retention>) -> Result<Json<Retention>, Problem> {
    let retention = retention.ok_or_else(|| missing("retention"))?;
    let channels = retention.channels.into_iter();
    Ok(Json(Retention {
        days: retention.days,
        channels: channels
            .map(|own| ChannelRetention {
                channel: own.channel,
                days: own.days,
                updated_at: time_or_epoch(own.updated_at),
            })
            .collect(),
        erased_contacts: retention.erased_contacts,
        kept_contacts: retention.kept_contacts,
    }))
}
