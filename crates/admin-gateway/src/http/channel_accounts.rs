//! The merchant's log-ins at the channels, and how collection from them goes.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::ChannelAccountId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::order_sync::v1::{CollectionStream, ListCollectionRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::channel_keys::{Channel, ChannelCredentials, Given, credentials};
use super::convert::{filled, time, time_or_epoch};
use super::extract::{Body, PathId};
use super::problem::{Problem, ProblemDocument};
use super::words::ChannelAccountState;
use crate::app::App;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// Accounts of one merchant; more would be a mistake.
const MAX_ACCOUNTS: i32 = 500;

/// One log-in at one channel. Credentials go in and never come out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelAccount {
    id: String,
    channel: String,
    name: String,
    base_url: String,
    state: ChannelAccountState,
    /// The channel's own name of the seller.
    channel_seller_id: String,
    quota_per_second: i32,
    created_at: DateTime<Utc>,
    /// Raised by every change.
    version: i64,
    /// null while never tested.
    #[schema(required = true)]
    last_test: Option<ChannelAccountTest>,
    /// null while no call was refused.
    #[schema(required = true)]
    last_refusal: Option<CallRefusal>,
    /// The channel refused the credentials twice in a row, so nothing is called for this account, also after a restart:
    /// test it with success (`POST …/test`), or put other credentials to use.
    credentials_paused: bool,
    /// The day the key in use was issued; null when nobody said.
    #[schema(required = true)]
    key_issued_on: Option<String>,
    /// null when nobody said, or the channel's keys do not end.
    #[schema(required = true)]
    key_expires_at: Option<DateTime<Utc>>,
    /// How collection goes, stream by stream; empty until the first poll.
    streams: Vec<Stream>,
}

/// What a test said.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelAccountTest {
    #[schema(required = true)]
    tested_at: Option<DateTime<Utc>>,
    ok: bool,
    /// null when ok.
    #[schema(required = true)]
    reason: Option<String>,
    #[schema(required = true)]
    detail: Option<String>,
}

/// The last call the channel refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallRefusal {
    #[schema(required = true)]
    at: Option<DateTime<Utc>>,
    reason: String,
    detail: String,
}

/// One stream of collection, e.g. "orders.placed".
#[derive(Debug, Serialize, ToSchema)]
pub struct Stream {
    stream: String,
    /// Everything before this has been collected.
    #[schema(required = true)]
    high_water_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    last_success_at: Option<DateTime<Utc>>,
    /// Why the last poll failed; null when it succeeded.
    #[schema(required = true)]
    last_reason: Option<String>,
    #[schema(required = true)]
    last_detail: Option<String>,
    consecutive_failures: i32,
    /// Rows that could not be stored and wait for a person.
    parked_rows: i32,
}

/// Every account.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelAccounts {
    channel_accounts: Vec<ChannelAccount>,
}

/// A log-in to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterChannelAccount {
    channel: Channel,
    /// What the merchant calls it; 1 to 80 characters.
    name: String,
    /// Absolute http(s) address; absent means the channel's production address.
    #[serde(default)]
    #[schema(required = false)]
    base_url: Option<String>,
    #[schema(value_type = ChannelCredentials)]
    credentials: Given,
    /// Absent or 0: the channel's documented default.
    #[serde(default)]
    #[schema(required = false)]
    quota_per_second: Option<i32>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_channel_accounts, register_channel_account))
        .routes(routes!(get_channel_account))
        .routes(routes!(test_channel_account))
        .routes(routes!(activate_channel_account))
        .routes(routes!(deactivate_channel_account))
}

/// Every channel account.
#[utoipa::path(get, path = "/channel-accounts", tag = "channel accounts",
    responses((status = 200, body = ChannelAccounts), (status = "4XX", body = ProblemDocument)))]
async fn list_channel_accounts(
    State(app): State<Gate>,
    who: SignedIn,
) -> Result<Json<ChannelAccounts>, Problem> {
    let request = pb::ListChannelAccountsRequest {
        merchant_id: who.merchant_id(),
        page_size: MAX_ACCOUNTS,
        page_token: String::new(),
    };
    let mut client = app.clients.channel_proxy.clone();
    let response = client.list_channel_accounts(request).await?.into_inner();
    let mut accounts: Vec<_> = response
        .channel_accounts
        .into_iter()
        .map(ChannelAccount::from)
        .collect();
    add_streams(&app, who.merchant_id(), &mut accounts).await?;
    Ok(Json(ChannelAccounts {
        channel_accounts: accounts,
    }))
}

/// Registers a log-in at a channel. Owners only.
///
/// Refuses with CHANNEL_ACCOUNT_EXISTS when the same seller is registered already.
#[utoipa::path(post, path = "/channel-accounts", tag = "channel accounts", request_body = RegisterChannelAccount,
    responses((status = 201, body = ChannelAccount), (status = "4XX", body = ProblemDocument)))]
async fn register_channel_account(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<RegisterChannelAccount>,
) -> Result<(StatusCode, Json<ChannelAccount>), Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::RegisterChannelAccountRequest {
        merchant_id: acting.merchant_id(),
        request_id: acting.request_id(),
        name: body.name,
        base_url: body.base_url.unwrap_or_default(),
        credentials: Some(credentials(body.channel, body.credentials)?),
        quota_per_second: body.quota_per_second.unwrap_or_default(),
    };
    let mut client = app.clients.channel_proxy.clone();
    let response = client.register_channel_account(request).await?.into_inner();
    let account = response.channel_account;
    let account = account.ok_or_else(|| missing("channel account"))?;
    Ok((StatusCode::CREATED, Json(account.into())))
}

/// One channel account.
#[utoipa::path(get, path = "/channel-accounts/{id}", tag = "channel accounts", params(("id" = String, Path)),
    responses((status = 200, body = ChannelAccount), (status = "4XX", body = ProblemDocument)))]
async fn get_channel_account(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ChannelAccountId>,
) -> Result<Json<ChannelAccount>, Problem> {
    let request = pb::GetChannelAccountRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: id.to_string(),
    };
    let mut client = app.clients.channel_proxy.clone();
    let response = client.get_channel_account(request).await?.into_inner();
    whole(&app, who.merchant_id(), response.channel_account).await
}

/// Tries the stored credentials with a harmless read. Owners only.
///
/// A refusal by the channel is an answer (`ok` is false), not an error.
#[utoipa::path(post, path = "/channel-accounts/{id}/test", tag = "channel accounts", params(("id" = String, Path)),
    responses((status = 200, body = ChannelAccountTest), (status = "4XX", body = ProblemDocument)))]
async fn test_channel_account(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ChannelAccountId>,
) -> Result<Json<ChannelAccountTest>, Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::TestChannelAccountRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
    };
    let mut client = app.clients.channel_proxy.clone();
    let response = client.test_channel_account(request).await?.into_inner();
    let test = response.test.ok_or_else(|| missing("test"))?;
    Ok(Json(test.into()))
}

/// Starts polling and writing. Owners only.
#[utoipa::path(post, path = "/channel-accounts/{id}/activate", tag = "channel accounts", params(("id" = String, Path)),
    responses((status = 200, body = ChannelAccount), (status = "4XX", body = ProblemDocument)))]
async fn activate_channel_account(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ChannelAccountId>,
) -> Result<Json<ChannelAccount>, Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::ActivateChannelAccountRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
    };
    let mut client = app.clients.channel_proxy.clone();
    let response = client.activate_channel_account(request).await?.into_inner();
    whole(&app, acting.merchant_id(), response.channel_account).await
}

/// Stops polling and writing; stored orders stay. Owners only.
#[utoipa::path(post, path = "/channel-accounts/{id}/deactivate", tag = "channel accounts", params(("id" = String, Path)),
    responses((status = 200, body = ChannelAccount), (status = "4XX", body = ProblemDocument)))]
async fn deactivate_channel_account(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ChannelAccountId>,
) -> Result<Json<ChannelAccount>, Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::DeactivateChannelAccountRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
    };
    let mut client = app.clients.channel_proxy.clone();
    let response = client.deactivate_channel_account(request).await?;
    let account = response.into_inner().channel_account;
    whole(&app, acting.merchant_id(), account).await
}

/// An account with what order-sync knows of it.
pub async fn whole(
    app: &App,
    merchant_id: String,
    account: Option<pb::ChannelAccount>,
) -> Result<Json<ChannelAccount>, Problem> {
    let account = account.ok_or_else(|| missing("channel account"))?;
    let mut accounts = [ChannelAccount::from(account)];
    add_streams(app, merchant_id, &mut accounts).await?;
    let [account] = accounts;
    Ok(Json(account))
}

/// Adds what order-sync knows of each account.
async fn add_streams(
    app: &App,
    merchant_id: String,
    accounts: &mut [ChannelAccount],
) -> Result<(), Problem> {
    let mut client = app.clients.order_sync.clone();
    let request = ListCollectionRequest { merchant_id };
    let response = client.list_collection(request).await?.into_inner();
    for stream in response.streams {
        let account = accounts
            .iter_mut()
            .find(|account| account.id == stream.channel_account_id);
        if let Some(account) = account {
            account.streams.push(stream.into());
        }
    }
    Ok(())
}

impl From<pb::ChannelAccount> for ChannelAccount {
    fn from(account: pb::ChannelAccount) -> Self {
        Self {
            id: account.channel_account_id,
            channel: account.channel,
            name: account.name,
            base_url: account.base_url,
            state: ChannelAccountState::of(account.state),
            channel_seller_id: account.channel_seller_id,
            quota_per_second: account.quota_per_second,
            created_at: time_or_epoch(account.created_at),
            version: account.version,
            last_test: account.last_test.map(ChannelAccountTest::from),
            last_refusal: account.last_refusal.map(CallRefusal::from),
            credentials_paused: account.credentials_paused,
            key_issued_on: filled(account.key_issued_on),
            key_expires_at: time(account.key_expires_at),
            streams: Vec::new(),
        }
    }
}

impl From<pb::CallRefusal> for CallRefusal {
    fn from(refusal: pb::CallRefusal) -> Self {
        Self {
            at: time(refusal.at),
            reason: refusal.reason,
            detail: refusal.detail,
        }
    }
}

impl From<pb::ChannelAccountTest> for ChannelAccountTest {
    fn from(test: pb::ChannelAccountTest) -> Self {
        Self {
            tested_at: time(test.tested_at),
            ok: test.ok,
            reason: filled(test.reason),
            detail: filled(test.detail),
        }
    }
}

impl From<CollectionStream> for Stream {
    fn from(stream: CollectionStream) -> Self {
        Self {
            stream: stream.stream,
            high_water_at: time(stream.high_water_at),
            last_success_at: time(stream.last_success_at),
            last_reason: filled(stream.last_reason),
            last_detail: filled(stream.last_detail),
            consecutive_failures: stream.consecutive_failures,
            parked_rows: stream.parked_rows,
        }
    }
}
