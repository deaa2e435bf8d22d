//! Changing a channel account, and how its calls fare.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::ChannelAccountId;
use moa_proto::moa::channel_proxy::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::channel_accounts::{CallRefusal, ChannelAccount, whole};
use super::channel_keys::{Channel, ChannelCredentials, Given, credentials};
use super::convert::{filled, time, time_or_epoch};
use super::extract::{Body, PathId};
use super::problem::{Problem, ProblemDocument};
use super::words::{BreakerState, CallClass, EgressVerdict, LeaseHolder};
use crate::app::App;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// What shall change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeChannelAccount {
    /// The version the change rests on; absent means any.
    #[serde(default)]
    #[schema(required = false)]
    version: Option<i64>,
    /// 1 to 80 characters.
    #[serde(default)]
    #[schema(required = false)]
    name: Option<String>,
    /// Absolute http(s) address without a path; "" means the channel's production address. Another one than now needs
    /// `channel` and `credentials` in the same request.
    #[serde(default)]
    #[schema(required = false)]
    base_url: Option<String>,
    /// Of `credentials`.
    #[serde(default)]
    #[schema(required = false)]
    channel: Option<Channel>,
    /// Of the same seller, entered anew: keys that were entered for one address are sent to no other. All others of the
    /// account are destroyed. Only with another `base_url`.
    #[serde(default)]
    #[schema(required = false, value_type = ChannelCredentials)]
    credentials: Option<Given>,
    /// 0 means the channel's documented default.
    #[serde(default)]
    #[schema(required = false)]
    quota_per_second: Option<i32>,
    /// The day the key in use was issued, e.g. "2026-11-27"; "" forgets it.
    #[serde(default)]
    #[schema(required = false)]
    key_issued_on: Option<String>,
}

/// How the calls of an account fare.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelAccountHealth {
    channel_account_id: String,
    read_at: DateTime<Utc>,
    /// Which process calls for the seller. Quota, closures and breakers are known only of the one that answered.
    holder: LeaseHolder,
    #[schema(required = true)]
    held_until: Option<DateTime<Utc>>,
    /// What the channel counts together.
    buckets: Vec<QuotaBucket>,
    /// What stops calls now.
    closures: Vec<QuotaClosure>,
    /// APIs that were called lately.
    breakers: Vec<ApiBreaker>,
    #[schema(required = true)]
    last_refusal: Option<CallRefusal>,
    /// null when nobody said when the key was issued, or the channel's keys do not end.
    #[schema(required = true)]
    key_expires_at: Option<DateTime<Utc>>,
    /// Days a key of this channel lives; 0 when keys do not end.
    key_life_days: i32,
    egress: EgressCheck,
}

/// Slots of one bucket.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaBucket {
    /// "*" when the channel counts all calls of a seller together.
    name: String,
    capacity_per_second: i32,
    used: i32,
    left: i32,
    classes: Vec<ClassUse>,
}

/// What one class of calls uses.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassUse {
    call_class: CallClass,
    share_percent: i32,
    /// Callers in the queue.
    waiting: i32,
    /// Calls of the last 60 s.
    last_minute: i32,
}

/// Calls are stopped for a while.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaClosure {
    /// "" when it concerns the whole account.
    bucket: String,
    /// Stable reason, e.g. CHANNEL_BANNED.
    cause: String,
    #[schema(required = true)]
    until: Option<DateTime<Utc>>,
}

/// Whether calls to one API go.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiBreaker {
    api: String,
    state: BreakerState,
    #[schema(required = true)]
    until: Option<DateTime<Utc>>,
    recent_calls: i32,
    recent_faults: i32,
}

/// From which address the channel sees us, learned from its refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct EgressCheck {
    verdict: EgressVerdict,
    /// What this installation is configured to leave from.
    #[schema(required = true)]
    configured_address: Option<String>,
    /// What the channel said; null while it said nothing, or since it takes our calls again.
    #[schema(required = true)]
    reported_address: Option<String>,
    #[schema(required = true)]
    reported_at: Option<DateTime<Utc>>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(change_channel_account))
        .routes(routes!(get_channel_account_health))
}

/// Changes an account. Owners only.
///
/// Takes effect with the next call. Refuses with CHANNEL_ACCOUNT_CHANGED when somebody changed it since `version`.
#[utoipa::path(patch, path = "/channel-accounts/{id}", tag = "channel accounts", params(("id" = String, Path)),
    request_body = ChangeChannelAccount,
    responses((status = 200, body = ChannelAccount), (status = "4XX", body = ProblemDocument)))]
async fn change_channel_account(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ChannelAccountId>,
    Body(body): Body<ChangeChannelAccount>,
) -> Result<Json<ChannelAccount>, Problem> {
    acting.needs(Role::Owner)?;
    let entered = match (body.channel, body.credentials) {
        (Some(channel), Some(given)) => Some(credentials(channel, given)?),
        (None, None) => None,
        (Some(_), None) => {
            return Err(Problem::field(
                "credentials",
                "are missing beside the channel",
            ));
        }
        (None, Some(_)) => {
            return Err(Problem::field(
                "channel",
                "is missing: it says whose credentials these are",
            ));
        }
    };
    let request = pb::UpdateChannelAccountRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
        expected_version: body.version.unwrap_or_default(),
        name: body.name,
        base_url: body.base_url,
        quota_per_second: body.quota_per_second,
        key_issued_on: body.key_issued_on,
        credentials: entered,
    };
    let mut client = app.clients.channel_upkeep.clone();
    let response = client.update_channel_account(request).await?.into_inner();
    whole(&app, acting.merchant_id(), response.channel_account).await
}

/// How the calls of an account fare: quota, pauses, breakers, key, address.
#[utoipa::path(get, path = "/channel-accounts/{id}/health", tag = "channel accounts", params(("id" = String, Path)),
    responses((status = 200, body = ChannelAccountHealth), (status = "4XX", body = ProblemDocument)))]
async fn get_channel_account_health(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ChannelAccountId>,
) -> Result<Json<ChannelAccountHealth>, Problem> {
    let health = health_of(&app, who.merchant_id(), id).await?;
    Ok(Json(health.into()))
}

async fn health_of(
    app: &App,
    merchant_id: String,
    id: ChannelAccountId,
) -> Result<pb::ChannelAccountHealth, Problem> {
    let request = pb::GetChannelAccountHealthRequest {
        merchant_id,
        channel_account_id: id.to_string(),
    };
    let mut client = app.clients.channel_upkeep.clone();
    let response = client.get_channel_account_health(request).await?;
    let health = response.into_inner().health;
    Ok(health.ok_or_else(|| missing("health"))?)
}

impl From<pb::ChannelAccountHealth> for ChannelAccountHealth {
    fn from(health: pb::ChannelAccountHealth) -> Self {
        let egress = health.egress.unwrap_or_default();
        Self {
            channel_account_id: health.channel_account_id,
            read_at: time_or_epoch(health.read_at),
            holder: LeaseHolder::of(health.holder),
            held_until: time(health.held_until),
            buckets: health.buckets.into_iter().map(QuotaBucket::from).collect(),
            closures: health
                .closures
                .into_iter()
                .map(|closure| QuotaClosure {
                    bucket: closure.bucket,
                    cause: closure.cause,
                    until: time(closure.until),
                })
                .collect(),
            breakers: health
                .breakers
                .into_iter()
                .map(|breaker| ApiBreaker {
                    api: breaker.api,
                    state: BreakerState::of(breaker.state),
                    until: time(breaker.until),
                    recent_calls: breaker.recent_calls,
                    recent_faults: breaker.recent_faults,
                })
                .collect(),
            last_refusal: health.last_refusal.map(CallRefusal::from),
            key_expires_at: time(health.key_expires_at),
            key_life_days: health.key_life_days,
            egress: EgressCheck {
                verdict: EgressVerdict::of(egress.verdict),
                configured_address: filled(egress.configured_address),
                reported_address: filled(egress.reported_address),
                reported_at: time(egress.reported_at),
            },
        }
    }
}

impl From<pb::QuotaBucket> for QuotaBucket {
    fn from(bucket: pb::QuotaBucket) -> Self {
        let classes = bucket.classes.into_iter().map(|class| ClassUse {
            call_class: CallClass::of(class.call_class),
            share_percent: class.share_percent,
            waiting: class.waiting,
            last_minute: class.last_minute,
        });
        Self {
            name: bucket.name,
            capacity_per_second: bucket.capacity_per_second,
            used: bucket.used,
            left: bucket.left,
            classes: classes.collect(),
        }
    }
}
