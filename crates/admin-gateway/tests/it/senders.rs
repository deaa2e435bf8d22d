use std::pin::Pin;
use std::sync::{Arc, Mutex};

use admin_gateway::domain::access::Role;
use moa_proto::moa::notification::v1 as pb;
use moa_proto::moa::notification::v1::notification_service_server::NotificationService;
use moa_service::invalid_field;
use pb::put_sender_request::Credentials;
use prost_types::Timestamp;
use serde_json::{Value, json};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use crate::players::{Played, not_played};
use crate::stage::{Stage, problem};

const PATH: &str = "/api/v1/senders";
const SECRET: &str = "s3cret-of-theirs";

/// Keeps what it was given last, one sender of each kind.
#[derive(Clone, Default)]
pub struct Notification {
    puts: Arc<Played<pb::PutSenderRequest>>,
    senders: Arc<Mutex<Vec<pb::Sender>>>,
    digest_off: Arc<Mutex<bool>>,
}

impl Notification {
    fn digest(&self) -> Option<pb::InquiryDigest> {
        Some(pb::InquiryDigest {
            enabled: !*self.digest_off.lock().unwrap(),
            told_at: None,
        })
    }
}

#[tonic::async_trait]
impl NotificationService for Notification {
    async fn put_sender(
        &self,
        request: Request<pb::PutSenderRequest>,
    ) -> Result<Response<pb::PutSenderResponse>, Status> {
        let request = request.into_inner();
        let kind = match request.credentials {
            Some(Credentials::Solapi(_)) => pb::SenderKind::Solapi,
            _ => pb::SenderKind::Slack,
        };
        let sender = pb::Sender {
            kind: kind.into(),
            base_url: request.base_url.clone(),
            updated_at: Some(Timestamp::default()),
        };
        self.puts.ask(request)?;
        let mut senders = self.senders.lock().unwrap();
        senders.retain(|known| known.kind != sender.kind);
        senders.push(sender.clone());
        Ok(Response::new(pb::PutSenderResponse {
            sender: Some(sender),
        }))
    }

    async fn list_senders(
        &self,
        _: Request<pb::ListSendersRequest>,
    ) -> Result<Response<pb::ListSendersResponse>, Status> {
        let senders = self.senders.lock().unwrap().clone();
        Ok(Response::new(pb::ListSendersResponse { senders }))
    }

    async fn get_inquiry_digest(
        &self,
        _: Request<pb::GetInquiryDigestRequest>,
    ) -> Result<Response<pb::GetInquiryDigestResponse>, Status> {
        let digest = self.digest();
        Ok(Response::new(pb::GetInquiryDigestResponse { digest }))
    }

    async fn set_inquiry_digest(
        &self,
        request: Request<pb::SetInquiryDigestRequest>,
    ) -> Result<Response<pb::SetInquiryDigestResponse>, Status> {
        *self.digest_off.lock().unwrap() = !request.into_inner().enabled;
        let digest = self.digest();
        Ok(Response::new(pb::SetInquiryDigestResponse { digest }))
    }

    not_played! { pb:
        list_messages(ListMessagesRequest) -> ListMessagesResponse,
        resend_message(ResendMessageRequest) -> ResendMessageResponse,
    }
}

fn solapi() -> Value {
    json!({ "api_key": "NCSKEY", "api_secret": SECRET, "from": "0212345678", "base_url": "http://127.0.0.1:9101" })
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_operator_switches_the_digest_of_open_questions_and_a_viewer_does_not(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let path = "/api/v1/inquiry-digest";
    let operator = stage.colleague(Role::Operator).await;
    let on = json!({ "enabled": true, "told_at": null });
    assert_eq!(operator.read(path).await, on);
    let off = operator.put(path, &json!({ "enabled": false })).await;
    assert_eq!(off.status(), 200);
    assert_eq!(operator.read(path).await["enabled"], false);
    let viewer = stage.colleague(Role::Viewer).await;
    let refused = viewer.put(path, &json!({ "enabled": true })).await;
    problem(refused, 403, "ROLE_REQUIRED").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_owner_stores_senders_and_their_secrets_never_come_out(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    assert_eq!(owner.read(PATH).await, json!({ "senders": [] }));
    let slack = json!({ "webhook_url": format!("https://hooks.slack.com/services/{SECRET}") });
    for (kind, body) in [("solapi", solapi()), ("slack", slack)] {
        let response = owner.put(&format!("{PATH}/{kind}"), &body).await;
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        assert!(!text.contains(SECRET), "{text}");
        let sender: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(sender["kind"], kind.to_uppercase());
        assert_eq!(sender["updated_at"], "1970-01-01T00:00:00Z");
    }
    let list = owner.read(PATH).await;
    assert_eq!(list["senders"][0]["kind"], "SOLAPI");
    assert_eq!(list["senders"][0]["base_url"], "http://127.0.0.1:9101");
    assert_eq!(list["senders"][1]["kind"], "SLACK");

    let asked = stage.notification.puts.asked();
    assert_eq!(asked[0].merchant_id, owner.merchant.to_string());
    let Some(Credentials::Solapi(given)) = &asked[0].credentials else {
        panic!("no SOLAPI credentials");
    };
    assert_eq!(
        (given.api_key.as_str(), given.api_secret.as_str()),
        ("NCSKEY", SECRET)
    );
    assert_eq!(given.from, "0212345678");
    let actions: Vec<String> = sqlx::query_scalar(
        "SELECT action FROM admin_gateway.audit_log
         WHERE action <> 'LOG_IN' AND status = 200 ORDER BY audit_id",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    assert_eq!(
        actions,
        ["PUT /api/v1/senders/solapi", "PUT /api/v1/senders/slack"]
    );
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_wrong_field_is_named_as_the_body_names_it(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let wrong = invalid_field("solapi.from", "must be a registered sender number");
    stage.notification.puts.refuse(wrong);
    let response = owner.put("/api/v1/senders/solapi", &solapi()).await;
    let refused = problem(response, 400, "INVALID_ARGUMENT").await;
    assert_eq!(refused["fields"][0]["field"], "from");
    assert_eq!(refused["detail"], "from must be a registered sender number");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn whoever_is_no_owner_may_look_but_not_change(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let operator = stage.colleague(Role::Operator).await;
    operator.read(PATH).await;
    let response = operator.put("/api/v1/senders/solapi", &solapi()).await;
    problem(response, 403, "ROLE_REQUIRED").await;
    assert!(stage.notification.puts.asked().is_empty());
}
