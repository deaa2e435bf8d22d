//! Something was learnt that speaks against an effect: at each point of its life.

use std::sync::Arc;

use moa_effects::{BlockSelector, EffectKind, EffectState};
use sqlx::PgPool;

use crate::outside::{Outside, Step, clean, refused_later, unclear};
use crate::stage::Stage;

#[sqlx::test]
async fn what_has_not_begun_is_blocked_and_never_sent(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let (stopped, other) = (stage.intend_one().await, stage.intend_one().await);
    assert_eq!(stage.stop(stopped).await, [stopped]);
    assert_eq!(
        stage.stop(stopped).await,
        [],
        "a second time changes nothing"
    );

    let outside = Arc::new(Outside::new());
    let working = stage.work(&outside);
    stage.settles_in(other, EffectState::Confirmed).await;
    working.stop().await;
    let effect = stage.get(stopped).await;
    assert_eq!(
        (effect.state, effect.reason.as_str()),
        (EffectState::Blocked, "ORDER_CANCELLED")
    );
    assert_eq!(outside.times_sent(stopped), 0);
}

#[sqlx::test]
async fn what_is_being_looked_at_is_blocked_and_the_rest_of_its_batch_goes(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effects = [stage.dispatch(), stage.dispatch()];
    stage.intend(&effects).await;
    let outside = Arc::new(Outside::new().catching(Step::Verify));
    let working = stage.work(&outside);
    outside.has_caught().await;
    let [stopped, goes] = effects.map(|effect| effect.effect_id);
    assert_eq!(stage.stop(stopped).await, [stopped]);
    outside.let_go();
    stage.settles_in(goes, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(stage.state(stopped).await, EffectState::Blocked);
    assert_eq!(outside.batches(), [vec![goes]]);
}

#[sqlx::test]
async fn what_is_out_and_succeeds_must_be_taken_back(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new().catching(Step::Send));
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    outside.has_caught().await;
    assert_eq!(
        stage.stop(effect_id).await,
        [],
        "it cannot be blocked any more"
    );
    assert_eq!(stage.state(effect_id).await, EffectState::Sending);
    outside.let_go();
    let effect = stage.settles_in(effect_id, EffectState::Repair).await;
    working.stop().await;
    assert_eq!(effect.reason, "ORDER_CANCELLED");
    assert_eq!(
        outside.told(effect_id),
        [EffectState::Confirmed, EffectState::Repair]
    );
    assert_eq!(
        stage.history(effect_id).await,
        [
            "CLAIMED>VERIFIED",
            "VERIFIED>SENDING",
            "SENDING>SENDING",
            "SENDING>CONFIRMED",
            "CONFIRMED>REPAIR"
        ]
    );
}

#[sqlx::test]
async fn what_is_out_and_refused_for_now_does_not_go_again(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new().catching(Step::Send);
    outside.on_send = Box::new(|_| Some(refused_later()));
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    outside.has_caught().await;
    stage.stop(effect_id).await;
    outside.let_go();
    let effect = stage.settles_in(effect_id, EffectState::Blocked).await;
    working.stop().await;
    assert_eq!(effect.reason, "ORDER_CANCELLED");
    assert_eq!(outside.times_sent(effect_id), 1);
}

#[sqlx::test]
async fn an_unknown_outcome_that_proves_clean_does_not_go_again(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.on_send = Box::new(|_| Some(unclear()));
    outside.on_probe = Box::new(|_| clean());
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    stage.settles_in(effect_id, EffectState::Unknown).await;
    stage.stop(effect_id).await;
    stage.let_time_pass().await;
    crate::stage::eventually("the first probe is written down", || async {
        (stage.get(effect_id).await.reason == "PROBED_CLEAN").then_some(())
    })
    .await;
    stage.let_time_pass().await;
    let effect = stage.settles_in(effect_id, EffectState::Blocked).await;
    working.stop().await;
    assert_eq!(effect.reason, "ORDER_CANCELLED");
    assert_eq!(outside.times_sent(effect_id), 1);
}

#[sqlx::test]
async fn what_happened_can_be_marked_for_repair(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effect = stage.dispatch();
    stage.intend(std::slice::from_ref(&effect)).await;
    let working = stage.work(&Arc::new(Outside::new()));
    stage
        .settles_in(effect.effect_id, EffectState::Confirmed)
        .await;
    working.stop().await;
    assert_eq!(
        stage.stop(effect.effect_id).await,
        [],
        "blocking leaves the past alone"
    );

    let mark = async |kind| {
        let mut tx = moa_service::begin(&stage.pool).await.unwrap();
        let selector = BlockSelector::OrderKind(effect.order_id.unwrap(), kind);
        let marked = stage
            .ledger
            .mark_repair(&mut tx, stage.merchant_id, selector, "CANCELLED_LATE", "")
            .await;
        tx.commit().await.unwrap();
        marked.unwrap()
    };
    assert_eq!(mark(EffectKind::Message).await, []);
    assert_eq!(mark(EffectKind::Dispatch).await, [effect.effect_id]);
    assert_eq!(mark(EffectKind::Dispatch).await, []);
    assert_eq!(stage.get(effect.effect_id).await.reason, "CANCELLED_LATE");
}

#[sqlx::test]
async fn an_order_or_a_subject_stops_its_own_effects_only(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effects = [stage.dispatch(), stage.dispatch(), stage.dispatch()];
    stage.intend(&effects).await;
    let block = async |selector| {
        let mut tx = moa_service::begin(&stage.pool).await.unwrap();
        let blocked = stage
            .ledger
            .block_pending(&mut tx, stage.merchant_id, selector, "HELD", "")
            .await;
        tx.commit().await.unwrap();
        blocked.unwrap()
    };
    assert_eq!(
        block(BlockSelector::Order(effects[0].order_id.unwrap())).await,
        [effects[0].effect_id]
    );
    assert_eq!(
        block(BlockSelector::Subject(effects[1].subject_id)).await,
        [effects[1].effect_id]
    );
    assert_eq!(
        stage.state(effects[2].effect_id).await,
        EffectState::Pending
    );
}
