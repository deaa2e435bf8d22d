use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::notification::v1 as pb;
use moa_proto::moa::order_sync::v1::ContactPurpose;
use moa_testkit::eventually;
use sqlx::PgPool;
use tonic::Code;

use crate::stage::{PHONE, Stage, TOKEN};

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_link_is_sent_once_though_its_event_comes_twice(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage.grant(&sold).await;
    let message = stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
    assert_eq!(message.template, "activation_link");
    assert!(message.delivered_at.is_some());
    // A later link proves that the second event was read.
    let other = stage.sell(PHONE);
    stage.grant(&other).await;
    stage
        .message_in(other.order, pb::MessageState::Delivered)
        .await;

    assert_eq!(stage.messages(sold.order).await.len(), 1);
    let sent = stage.world.ledger("message_accepted").await;
    assert_eq!(sent.len(), 2);
    let detail = &sent[0]["detail"];
    assert_eq!(detail["to"], "01075318642");
    assert_eq!(detail["type"], "LMS");
    assert_eq!(
        detail["text"],
        format!(
            "러스트 입문 전자책 구매 감사합니다. 아래 링크에서 활성화해 주세요. \
             http://127.0.0.1:8081/a/{}#{TOKEN}",
            stage.merchant
        )
    );
    assert_eq!(stage.world.verdict("bad_signatures").await, 0);
    assert_eq!(stage.world.verdict("messages_doubled").await, 0);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_contact_is_read_for_messages_and_by_no_person(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage
        .message_in(sold.order, pb::MessageState::Accepted)
        .await;
    let reveals = stage.neighbours.reveals.lock().unwrap();
    assert_eq!(reveals.len(), 1);
    assert_eq!(reveals[0].purpose(), ContactPurpose::Message);
    assert_eq!(reveals[0].operator_id, "");
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_link_waits_for_a_sender_and_costs_no_attempt(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let waiting = stage.effect_in(EffectState::Retryable).await;
    assert_eq!(waiting.reason, "SENDER_MISSING");
    assert_eq!(waiting.attempt_count, 0);
    stage.put(stage.solapi()).await.unwrap();
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
}

/// Seconds until the only waiting effect is looked at again.
async fn pause(stage: &Stage) -> Option<f64> {
    sqlx::query_scalar(
        "SELECT EXTRACT(EPOCH FROM next_attempt_at - now())::float8
         FROM notification.effects
         WHERE state = 'RETRYABLE'",
    )
    .fetch_optional(&stage.pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn the_longer_a_link_waits_the_rarer_are_its_looks_and_a_sender_wakes_it(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage.effect_in(EffectState::Retryable).await;
    // Two days later.
    sqlx::query("UPDATE notification.effects SET created_at = created_at - interval '2 days'")
        .execute(&stage.pool)
        .await
        .unwrap();
    stage.let_time_pass().await;
    eventually(|| async { (pause(&stage).await? > 540.0).then_some(()) }).await;
    // The other kind of sender is not what it waits for.
    stage.put(stage.slack()).await.unwrap();
    assert!(pause(&stage).await.unwrap() > 540.0);
    stage.put(stage.solapi()).await.unwrap();
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_link_waits_while_fulfillment_is_away(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    *stage.neighbours.link_refusal.lock().unwrap() = Some((Code::Unavailable, "DATABASE_AWAY"));
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let waiting = stage.effect_in(EffectState::Retryable).await;
    assert_eq!(waiting.reason, "LINK_UNAVAILABLE");
    *stage.neighbours.link_refusal.lock().unwrap() = None;
    stage.let_time_pass().await;
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn the_link_of_a_revoked_entitlement_is_not_sent(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage.effect_in(EffectState::Retryable).await;
    stage.revoke(&sold).await;
    let failed = stage.message_in(sold.order, pb::MessageState::Failed).await;
    assert_eq!(failed.reason, "ENTITLEMENT_REVOKED");
    stage.effect_in(EffectState::Blocked).await;
    stage.put(stage.solapi()).await.unwrap();
    stage.let_time_pass().await;
    let other = stage.sell(PHONE);
    stage.grant(&other).await;
    stage
        .message_in(other.order, pb::MessageState::Delivered)
        .await;
    assert_eq!(stage.world.texts().await.len(), 1);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_revocation_that_is_learnt_at_the_last_moment_stops_the_link(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    *stage.neighbours.link_refusal.lock().unwrap() =
        Some((Code::FailedPrecondition, "ENTITLEMENT_REVOKED"));
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let blocked = stage.effect_in(EffectState::Blocked).await;
    assert_eq!(blocked.reason, "ENTITLEMENT_REVOKED");
    assert_eq!(stage.world.texts().await.len(), 0);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn an_erased_contact_is_written_to_no_more(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell(PHONE);
    stage
        .neighbours
        .contacts
        .lock()
        .unwrap()
        .get_mut(&sold.order.to_string())
        .unwrap()
        .erased = true;
    stage.grant(&sold).await;
    let blocked = stage.effect_in(EffectState::Blocked).await;
    assert_eq!(blocked.reason, "CONTACT_ERASED");
    let failed = stage.message_in(sold.order, pb::MessageState::Failed).await;
    assert_eq!(failed.reason, "CONTACT_ERASED");
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn the_receiver_is_written_to_when_the_buyer_has_a_landline(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell("02-555-1234");
    stage
        .neighbours
        .contacts
        .lock()
        .unwrap()
        .get_mut(&sold.order.to_string())
        .unwrap()
        .receiver_phone = "+82 10-7531-8642".to_owned();
    stage.grant(&sold).await;
    let sent = eventually(|| async { stage.world.ledger("message_accepted").await.pop() }).await;
    assert_eq!(sent["detail"]["to"], "01075318642");
}
