//! An operator starts an effect anew.

use std::sync::Arc;

use moa_effects::{EffectState, RedriveRefused};
use moa_id::EffectId;
use serde_json::json;
use sqlx::PgPool;

use crate::outside::{Outside, blocked};
use crate::stage::Stage;

async fn redrive(
    stage: &Stage,
    effect_id: EffectId,
) -> Result<moa_effects::Effect, RedriveRefused> {
    let mut tx = moa_service::begin(&stage.pool).await.unwrap();
    let redriven = stage
        .ledger
        .redrive(
            &mut tx,
            stage.merchant_id,
            effect_id,
            "owner@example.com",
            "the customer wants it after all",
        )
        .await;
    tx.commit().await.unwrap();
    stage.ledger.wake();
    redriven
}

#[sqlx::test]
async fn a_blocked_effect_is_looked_at_and_sent_anew_and_who_asked_is_on_record(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effect_id = stage.intend_one().await;
    stage.stop(effect_id).await;
    let redriven = redrive(&stage, effect_id).await.unwrap();
    assert_eq!(redriven.state, EffectState::Pending);

    let outside = Arc::new(Outside::new());
    let working = stage.work(&outside);
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    let mut conn = stage.pool.acquire().await.unwrap();
    let attempts = stage
        .ledger
        .attempts(&mut conn, stage.merchant_id, effect_id)
        .await
        .unwrap();
    let asked = attempts
        .iter()
        .find(|attempt| attempt.reason == "REDRIVEN")
        .unwrap();
    assert_eq!(
        (asked.from_state, asked.to_state),
        (EffectState::Blocked, EffectState::Pending)
    );
    assert_eq!(
        asked.evidence,
        json!({ "operator": "owner@example.com", "reason": "the customer wants it after all" })
    );
}

#[sqlx::test]
async fn a_redrive_does_not_skip_the_look(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effect_id = stage.intend_one().await;
    stage.stop(effect_id).await;
    redrive(&stage, effect_id).await.unwrap();
    let mut outside = Outside::new();
    outside.on_verify = Box::new(|_| Some(blocked()));
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    stage.settles_in(effect_id, EffectState::Blocked).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 0);
}

#[sqlx::test]
async fn what_is_under_way_or_done_is_not_redriven(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effect_id = stage.intend_one().await;
    let refused = redrive(&stage, effect_id).await.unwrap_err();
    assert!(matches!(
        refused,
        RedriveRefused::NotRedrivable {
            state: EffectState::Pending,
            ..
        }
    ));

    let working = stage.work(&Arc::new(Outside::new()));
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    let refused = redrive(&stage, effect_id).await.unwrap_err();
    assert!(matches!(
        refused,
        RedriveRefused::NotRedrivable {
            state: EffectState::Confirmed,
            ..
        }
    ));

    let nobody = redrive(&stage, stage.ids.next()).await.unwrap_err();
    assert!(matches!(nobody, RedriveRefused::NotFound(_)));
}
