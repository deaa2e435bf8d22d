//! By which accounts messages go out: SMS to customers, Slack to the merchant's own people.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_proto::moa::notification::v1 as pb;
use pb::put_sender_request::Credentials;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{time, time_or_epoch};
use super::extract::Body;
use super::problem::{Problem, ProblemDocument};
use super::words::SenderKind;
use crate::app::App;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// One account at one provider. Credentials go in and never come out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sender {
    kind: SenderKind,
    /// Where messages are sent to; of a Slack webhook its origin only.
    base_url: String,
    updated_at: DateTime<Utc>,
}

/// Every sender; one of each kind at most.
#[derive(Debug, Serialize, ToSchema)]
pub struct Senders {
    senders: Vec<Sender>,
}

/// An account at SOLAPI.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutSolapiSender {
    api_key: String,
    #[schema(write_only)]
    api_secret: String,
    /// The sender number registered at SOLAPI; hyphens and spaces are dropped.
    from: String,
    /// Absolute http(s) address; absent means SOLAPI's own.
    #[serde(default)]
    #[schema(required = false)]
    base_url: Option<String>,
}

/// A Slack incoming webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutSlackSender {
    /// The address is the secret.
    #[schema(write_only)]
    webhook_url: String,
}

/// Whether the merchant's own people are told of open questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct InquiryDigest {
    /// Every ten minutes they are looked at, and told by Slack when one came, was answered, or became urgent or
    /// late, and else once an hour: how many, how urgent, at which channel, until when. Nothing is told while nothing is
    /// open. It takes a Slack sender.
    enabled: bool,
    /// null while nothing was told.
    #[schema(required = true)]
    told_at: Option<DateTime<Utc>>,
}

/// Switches the digest of open questions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetInquiryDigest {
    enabled: bool,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_senders))
        .routes(routes!(put_solapi_sender))
        .routes(routes!(put_slack_sender))
        .routes(routes!(get_inquiry_digest, set_inquiry_digest))
}

/// Every sender.
#[utoipa::path(get, path = "/senders", tag = "senders",
    responses((status = 200, body = Senders), (status = "4XX", body = ProblemDocument)))]
async fn list_senders(State(app): State<Gate>, who: SignedIn) -> Result<Json<Senders>, Problem> {
    let request = pb::ListSendersRequest {
        merchant_id: who.merchant_id(),
    };
    let mut client = app.clients.notification.clone();
    let response = client.list_senders(request).await?.into_inner();
    Ok(Json(Senders {
        senders: response.senders.into_iter().map(Sender::from).collect(),
    }))
}

/// Stores or replaces the SOLAPI account that SMS go out by. Owners only.
#[utoipa::path(put, path = "/senders/solapi", tag = "senders", request_body = PutSolapiSender,
    responses((status = 200, body = Sender), (status = "4XX", body = ProblemDocument)))]
async fn put_solapi_sender(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<PutSolapiSender>,
) -> Result<Json<Sender>, Problem> {
    let credentials = Credentials::Solapi(pb::SolapiCredentials {
        api_key: body.api_key,
        api_secret: body.api_secret,
        from: body.from,
    });
    let base_url = body.base_url.unwrap_or_default();
    put(&app, &acting, base_url, credentials)
        .await
        .map_err(|problem| problem.fields_below("solapi."))
}

/// Stores or replaces the Slack webhook that the merchant's own people are told by. Owners only.
#[utoipa::path(put, path = "/senders/slack", tag = "senders", request_body = PutSlackSender,
    responses((status = 200, body = Sender), (status = "4XX", body = ProblemDocument)))]
async fn put_slack_sender(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<PutSlackSender>,
) -> Result<Json<Sender>, Problem> {
    let credentials = Credentials::Slack(pb::SlackCredentials {
        webhook_url: body.webhook_url,
    });
    put(&app, &acting, String::new(), credentials)
        .await
        .map_err(|problem| problem.fields_below("slack."))
}

/// Whether the merchant's own people are told of open questions by Slack.
#[utoipa::path(get, path = "/inquiry-digest", tag = "senders",
    responses((status = 200, body = InquiryDigest), (status = "4XX", body = ProblemDocument)))]
async fn get_inquiry_digest(
    State(app): State<Gate>,
    who: SignedIn,
) -> Result<Json<InquiryDigest>, Problem> {
    let request = pb::GetInquiryDigestRequest {
        merchant_id: who.merchant_id(),
    };
    let mut client = app.clients.notification.clone();
    let digest = client
        .get_inquiry_digest(request)
        .await?
        .into_inner()
        .digest;
    Ok(Json(digest.ok_or_else(|| missing("digest"))?.into()))
}

/// Switches whether they are told.
#[utoipa::path(put, path = "/inquiry-digest", tag = "senders", request_body = SetInquiryDigest,
    responses((status = 200, body = InquiryDigest), (status = "4XX", body = ProblemDocument)))]
async fn set_inquiry_digest(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<SetInquiryDigest>,
) -> Result<Json<InquiryDigest>, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::SetInquiryDigestRequest {
        merchant_id: acting.merchant_id(),
        enabled: body.enabled,
    };
    let mut client = app.clients.notification.clone();
    let digest = client
        .set_inquiry_digest(request)
        .await?
        .into_inner()
        .digest;
    Ok(Json(digest.ok_or_else(|| missing("digest"))?.into()))
}

impl From<pb::InquiryDigest> for InquiryDigest {
    fn from(digest: pb::InquiryDigest) -> Self {
        Self {
            enabled: digest.enabled,
            told_at: time(digest.told_at),
        }
    }
}

async fn put(
    app: &App,
    acting: &Acting,
    base_url: String,
    credentials: Credentials,
) -> Result<Json<Sender>, Problem> {
    acting.needs(Role::Owner)?;
    let request = pb::PutSenderRequest {
        merchant_id: acting.merchant_id(),
        base_url,
        credentials: Some(credentials),
    };
    let mut client = app.clients.notification.clone();
    let response = client.put_sender(request).await?.into_inner();
    let sender = response.sender.ok_or_else(|| missing("sender"))?;
    Ok(Json(sender.into()))
}

impl From<pb::Sender> for Sender {
    fn from(sender: pb::Sender) -> Self {
        Self {
            kind: SenderKind::of(sender.kind),
            base_url: sender.base_url,
            updated_at: time_or_epoch(sender.updated_at),
        }
    }
}
