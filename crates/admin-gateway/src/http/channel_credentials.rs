//! Keys of a channel account, old and new side by side. Secrets go in and never come out.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::{ChannelAccountId, CredentialsId};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::parse_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::channel_accounts::{ChannelAccount, ChannelAccountTest, whole};
use super::channel_keys::{Channel, ChannelCredentials, Given, credentials};
use super::convert::{filled, time, time_or_epoch};
use super::extract::{Body, PathId};
use super::problem::{Problem, ProblemDocument};
use super::words::CredentialSetState;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// A set of keys beside those in use.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialSet {
    id: String,
    state: CredentialSetState,
    /// null when nobody said.
    #[schema(required = true)]
    key_issued_on: Option<String>,
    #[schema(required = true)]
    key_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// When the state was reached.
    changed_at: DateTime<Utc>,
    /// null while never tested.
    #[schema(required = true)]
    last_test: Option<ChannelAccountTest>,
}

/// Every set, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialSets {
    credential_sets: Vec<CredentialSet>,
}

/// New keys of the account's seller.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCredentials {
    channel: Channel,
    #[schema(value_type = ChannelCredentials)]
    credentials: Given,
    /// The day they were issued, e.g. "2026-11-27"; absent when unknown.
    #[serde(default)]
    #[schema(required = false)]
    key_issued_on: Option<String>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_credentials, add_credentials))
        .routes(routes!(test_credentials))
        .routes(routes!(promote_credentials))
        .routes(routes!(retire_credentials))
}

/// Sets of keys that are not in use, the newest first.
#[utoipa::path(get, path = "/channel-accounts/{id}/credentials", tag = "channel accounts",
    params(("id" = String, Path)),
    responses((status = 200, body = CredentialSets), (status = "4XX", body = ProblemDocument)))]
async fn list_credentials(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ChannelAccountId>,
) -> Result<Json<CredentialSets>, Problem> {
    let request = pb::ListCredentialsRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: id.to_string(),
    };
    let mut client = app.clients.channel_upkeep.clone();
    let response = client.list_credentials(request).await?.into_inner();
    let sets = response.credential_sets.into_iter();
    Ok(Json(CredentialSets {
        credential_sets: sets.map(CredentialSet::from).collect(),
    }))
}

/// Keeps new keys beside those in use. Owners only.
///
/// They must be of the same seller. Refuses with CREDENTIALS_TOO_MANY when five sets wait already.
#[utoipa::path(post, path = "/channel-accounts/{id}/credentials", tag = "channel accounts",
    params(("id" = String, Path)), request_body = AddCredentials,
    responses((status = 201, body = CredentialSet), (status = "4XX", body = ProblemDocument)))]
async fn add_credentials(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ChannelAccountId>,
    Body(body): Body<AddCredentials>,
) -> Result<(StatusCode, Json<CredentialSet>), Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::AddCredentialsRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
        request_id: acting.request_id(),
        credentials: Some(credentials(body.channel, body.credentials)?),
        key_issued_on: body.key_issued_on.unwrap_or_default(),
    };
    let mut client = app.clients.channel_upkeep.clone();
    let response = client.add_credentials(request).await?.into_inner();
    Ok((StatusCode::CREATED, set(response.credential_set)?))
}

/// Tries a set with a harmless read. Owners only.
///
/// A refusal by the channel is an answer (`last_test.ok` is false), not an error; calls with the keys in use go on.
#[utoipa::path(post, path = "/channel-accounts/{id}/credentials/{credentials_id}/test", tag = "channel accounts",
    params(("id" = String, Path), ("credentials_id" = String, Path)),
    responses((status = 200, body = CredentialSet), (status = "4XX", body = ProblemDocument)))]
async fn test_credentials(
    State(app): State<Gate>,
    acting: Acting,
    Path(path): Path<(String, String)>,
) -> Result<Json<CredentialSet>, Problem> {
    acting.needs(Role::Owner)?;
    let (id, credentials_id) = ids(&path)?;
    let request = pb::TestCredentialsRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
        credentials_id: credentials_id.to_string(),
    };
    let mut client = app.clients.channel_upkeep.clone();
    let response = client.test_credentials(request).await?.into_inner();
    set(response.credential_set)
}

/// Puts a set to use; the set in use until now stays beside it. Owners only.
///
/// Refuses with CREDENTIALS_NOT_TESTED until a test of a new set went well.
#[utoipa::path(post, path = "/channel-accounts/{id}/credentials/{credentials_id}/promote", tag = "channel accounts",
    params(("id" = String, Path), ("credentials_id" = String, Path)),
    responses((status = 200, body = ChannelAccount), (status = "4XX", body = ProblemDocument)))]
async fn promote_credentials(
    State(app): State<Gate>,
    acting: Acting,
    Path(path): Path<(String, String)>,
) -> Result<Json<ChannelAccount>, Problem> {
    acting.needs(Role::Owner)?;
    let (id, credentials_id) = ids(&path)?;
    let request = pb::PromoteCredentialsRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
        credentials_id: credentials_id.to_string(),
    };
    let mut client = app.clients.channel_upkeep.clone();
    let response = client.promote_credentials(request).await?.into_inner();
    whole(&app, acting.merchant_id(), response.channel_account).await
}

/// Destroys a set that is not in use, for good. Owners only.
#[utoipa::path(post, path = "/channel-accounts/{id}/credentials/{credentials_id}/retire", tag = "channel accounts",
    params(("id" = String, Path), ("credentials_id" = String, Path)),
    responses((status = 200, body = CredentialSet), (status = "4XX", body = ProblemDocument)))]
async fn retire_credentials(
    State(app): State<Gate>,
    acting: Acting,
    Path(path): Path<(String, String)>,
) -> Result<Json<CredentialSet>, Problem> {
    acting.needs(Role::Owner)?;
    let (id, credentials_id) = ids(&path)?;
    let request = pb::RetireCredentialsRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: id.to_string(),
        credentials_id: credentials_id.to_string(),
    };
    let mut client = app.clients.channel_upkeep.clone();
    let response = client.retire_credentials(request).await?.into_inner();
    set(response.credential_set)
}

fn ids(
    (id, credentials_id): &(String, String),
) -> Result<(ChannelAccountId, CredentialsId), Problem> {
    Ok((
        parse_id("id", id)?,
        parse_id("credentials_id", credentials_id)?,
    ))
}

fn set(set: Option<pb::CredentialSet>) -> Result<Json<CredentialSet>, Problem> {
    let set = set.ok_or_else(|| missing("credential set"))?;
    Ok(Json(set.into()))
}

impl From<pb::CredentialSet> for CredentialSet {
    fn from(set: pb::CredentialSet) -> Self {
        Self {
            id: set.credentials_id,
            state: CredentialSetState::of(set.state),
            key_issued_on: filled(set.key_issued_on),
            key_expires_at: time(set.key_expires_at),
            created_at: time_or_epoch(set.created_at),
            changed_at: time_or_epoch(set.changed_at),
            last_test: set.last_test.map(ChannelAccountTest::from),
        }
    }
}
