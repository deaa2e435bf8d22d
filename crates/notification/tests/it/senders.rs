use moa_proto::moa::notification::v1 as pb;
use moa_proto::moa::notification::v1::notification_service_client::NotificationServiceClient;
use moa_service::status::fields_of;
use moa_service::{ServiceName, reason_of};
use pb::put_sender_request::Credentials;
use sqlx::PgPool;

use crate::stage::Stage;

async fn list(stage: &Stage) -> Vec<pb::Sender> {
    let request = pb::ListSendersRequest {
        merchant_id: stage.merchant.to_string(),
    };
    stage
        .client()
        .await
        .list_senders(request)
        .await
        .unwrap()
        .into_inner()
        .senders
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_sender_is_replaced_and_its_old_key_destroyed(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let moved = pb::PutSenderRequest {
        base_url: String::new(),
        ..stage.solapi()
    };
    let put = stage.put(moved).await.unwrap();
    assert_eq!(put.base_url, "https://api.solapi.com");
    let senders = list(&stage).await;
    let kinds: Vec<pb::SenderKind> = senders.iter().map(pb::Sender::kind).collect();
    assert_eq!(kinds, [pb::SenderKind::Slack, pb::SenderKind::Solapi]);
    assert_eq!(senders[1], put);
    let keys: (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE destroyed_at IS NULL), count(*) FILTER (WHERE destroyed_at IS NOT NULL)
         FROM notification.data_keys",
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!(keys, (2, 1));
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_webhook_is_shown_without_its_secret(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let shown = &list(&stage).await[0];
    assert!(shown.base_url.starts_with("http://127.0.0.1:"));
    assert!(!shown.base_url.contains("services"));
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_field_that_is_wrong_is_named(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut file = stage.solapi();
    file.base_url = "file:///etc/passwd".to_owned();
    let mut letters = stage.solapi();
    if let Some(Credentials::Solapi(solapi)) = &mut letters.credentials {
        solapi.from = "전화".to_owned();
    }
    let mut base = stage.slack();
    base.base_url = "https://slack.example".to_owned();
    let mut none = stage.slack();
    none.credentials = None;
    for (request, field) in [
        (file, "base_url"),
        (letters, "solapi.from"),
        (base, "base_url"),
        (none, "credentials"),
    ] {
        let refused = stage.put(request).await.unwrap_err();
        assert_eq!(fields_of(&refused)[0].0, field);
    }
    assert_eq!(list(&stage).await, []);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn only_the_admins_edge_and_the_demo_may_register_senders(pool: PgPool) {
    let stage = Stage::new(pool).await;
    for caller in [
        ServiceName::StoreGateway,
        ServiceName::Fulfillment,
        ServiceName::Cli,
    ] {
        let mut client = NotificationServiceClient::new(stage.channel(caller).await);
        let refused = client.put_sender(stage.solapi()).await.unwrap_err();
        assert_eq!(
            reason_of(&refused).as_deref(),
            Some("CALL_NOT_ALLOWED"),
            "{caller}"
        );
    }
    let mut demo = NotificationServiceClient::new(stage.channel(ServiceName::Demo).await);
    demo.put_sender(stage.solapi()).await.unwrap();
}
