use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::notification::v1 as pb;
use moa_testkit::eventually;
use sqlx::PgPool;

use crate::stage::{PHONE, Stage};

const SEND: &str = "send-many";

/// Lets time pass until the effect is confirmed.
async fn probe_until_confirmed(stage: &Stage) {
    eventually(|| async {
        stage.let_time_pass().await;
        let effects = stage.effects().await;
        effects
            .into_iter()
            .find(|effect| effect.state() == EffectState::Confirmed)
    })
    .await;
}

async fn lost_after_it_was_done(pool: PgPool, fault: &str) {
    let stage = Stage::with_senders(pool).await;
    stage.world.spoil("solapi", fault, SEND, 1).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let unknown = stage.effect_in(EffectState::Unknown).await;
    assert!(!unknown.reason.is_empty());
    // The quarantine holds: nobody asks, and nothing is sent, before its time.
    assert_eq!(stage.world.texts().await.len(), 1);
    probe_until_confirmed(&stage).await;
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
    assert_eq!(stage.world.texts().await.len(), 1);
    assert_eq!(stage.world.verdict("messages_doubled").await, 0);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_send_whose_answer_is_lost_is_looked_up_and_not_repeated(pool: PgPool) {
    lost_after_it_was_done(pool, "reset_after").await;
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_send_whose_answer_breaks_off_is_looked_up_and_not_repeated(pool: PgPool) {
    lost_after_it_was_done(pool, "torn_body").await;
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_send_that_left_no_trace_is_repeated_after_two_looks(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.world.spoil("solapi", "error_500", SEND, 1).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage.effect_in(EffectState::Unknown).await;
    probe_until_confirmed(&stage).await;
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
    assert_eq!(stage.world.texts().await.len(), 1);
    let attempts = stage.effects().await[0].attempt_count;
    assert_eq!(attempts, 2);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_look_that_fails_says_nothing(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.world.spoil("solapi", "reset_after", SEND, 1).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage.effect_in(EffectState::Unknown).await;
    stage
        .world
        .spoil("solapi", "garbage_body", "/list", 2)
        .await;
    eventually(|| async {
        stage.let_time_pass().await;
        let effects = stage.effects().await;
        effects
            .into_iter()
            .find(|effect| effect.reason == "ANSWER_UNREADABLE")
    })
    .await;
    probe_until_confirmed(&stage).await;
    assert_eq!(stage.world.texts().await.len(), 1);
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_lost_answer_of_an_account_that_was_replaced_is_put_before_a_person(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage.world.spoil("solapi", "reset_after", SEND, 1).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage.effect_in(EffectState::Unknown).await;
    stage.put(stage.other_solapi()).await.unwrap();
    stage.let_time_pass().await;
    let conflict = stage.effect_in(EffectState::Conflict).await;
    assert_eq!(conflict.reason, "SENDER_CHANGED");
    let message = stage.messages(sold.order).await.remove(0);
    assert_eq!(
        (message.state(), &*message.reason),
        (pb::MessageState::Pending, "SENDER_CHANGED")
    );
    assert_eq!(stage.world.texts().await.len(), 1);
}
