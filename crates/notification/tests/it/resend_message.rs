use moa_id::MessageId;
use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::notification::v1 as pb;
use moa_service::reason_of;
use moa_testkit::eventually;
use serde_json::Value;
use sqlx::PgPool;
use tonic::Code;

use crate::stage::{Granted, PHONE, Stage};

/// Stands for a phone that is off.
const PHONE_OFF: &str = "010-0000-3010";

async fn failed_link(stage: &Stage) -> (Granted, pb::Message) {
    let sold = stage.sell(PHONE_OFF);
    stage.grant(&sold).await;
    let failed = stage.message_in(sold.order, pb::MessageState::Failed).await;
    (sold, failed)
}

fn assert_not_resendable(refused: &tonic::Status) {
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        reason_of(refused).as_deref(),
        Some("MESSAGE_NOT_RESENDABLE")
    );
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_failed_link_is_sent_once_more_to_the_contact_as_it_is_now(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let (sold, failed) = failed_link(&stage).await;
    stage.mend_phone(&sold, PHONE);
    let again = stage.resend(&failed.message_id, "r-1").await.unwrap();
    assert_eq!(again.state(), pb::MessageState::Pending);
    assert_ne!(again.message_id, failed.message_id);
    let delivered = stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
    assert_eq!(delivered.message_id, again.message_id);

    let messages = stage.messages(sold.order).await;
    assert_eq!(messages.len(), 2);
    let first = messages.iter().find(|m| m.message_id == failed.message_id);
    assert_eq!(first.unwrap().state(), pb::MessageState::Failed);
    let sent = stage.world.ledger("message_accepted").await;
    let to: Vec<&Value> = sent.iter().map(|entry| &entry["detail"]["to"]).collect();
    assert_eq!(to, ["01000003010", "01075318642"]);
    assert_eq!(stage.world.verdict("messages_doubled").await, 0);
    // Who wished it stands beside the intent.
    let (key, resent): (String, Value) = sqlx::query_as(
        "SELECT e.dedupe_key, e.payload -> 'resent'
         FROM notification.effects e
         WHERE e.payload ? 'resent'",
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!(key, format!("activation_link:{}:2", sold.entitlement));
    assert_eq!(
        resent,
        serde_json::json!({ "of": failed.message_id, "request_id": "r-1", "operator": "operator-7" })
    );
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn the_same_request_is_one_message_and_another_waits_until_that_one_failed(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let (sold, failed) = failed_link(&stage).await;
    let (one, other) = tokio::join!(
        stage.resend(&failed.message_id, "r-1"),
        stage.resend(&failed.message_id, "r-1")
    );
    let second = one.unwrap().message_id;
    assert_eq!(other.unwrap().message_id, second);
    // The phone is off still: now two failed, and either may be sent once more, but not both.
    eventually(|| async {
        let messages = stage.messages(sold.order).await;
        let failed = messages
            .iter()
            .filter(|m| m.state() == pb::MessageState::Failed);
        (failed.count() == 2).then_some(())
    })
    .await;
    stage.mend_phone(&sold, PHONE);
    let (one, other) = tokio::join!(
        stage.resend(&failed.message_id, "r-2"),
        stage.resend(&second, "r-3")
    );
    let refused = match (one, other) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("one of two: {both:?}"),
    };
    assert_not_resendable(&refused);
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
    assert_eq!(stage.messages(sold.order).await.len(), 3);
    assert_eq!(stage.world.texts().await.len(), 3);
    // Still the same request, long after.
    let repeated = stage.resend(&failed.message_id, "r-1").await.unwrap();
    assert_eq!(repeated.message_id, second);
    let refused = stage.resend(&failed.message_id, "r-4").await.unwrap_err();
    assert_not_resendable(&refused);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn what_has_not_failed_or_is_no_link_or_is_redriven_is_not_sent_once_more(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let delivered = stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
    let refused = stage
        .resend(&delivered.message_id, "r-1")
        .await
        .unwrap_err();
    assert_not_resendable(&refused);

    let nobody: MessageId = stage.ids.next();
    let missing = stage.resend(&nobody.to_string(), "r-1").await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    assert_eq!(reason_of(&missing).as_deref(), Some("MESSAGE_NOT_FOUND"));

    // A landline: blocked by the look, then tried anew by the ledger, while fulfillment is away.
    let landline = stage.sell("02-555-1234");
    stage.grant(&landline).await;
    let failed = stage
        .message_in(landline.order, pb::MessageState::Failed)
        .await;
    stage.mend_phone(&landline, PHONE);
    *stage.neighbours.link_refusal.lock().unwrap() = Some((Code::Unavailable, "DATABASE_AWAY"));
    let blocked = stage.effect_in(EffectState::Blocked).await;
    stage.redrive(&blocked).await;
    let refused = stage.resend(&failed.message_id, "r-1").await.unwrap_err();
    assert_not_resendable(&refused);
}
