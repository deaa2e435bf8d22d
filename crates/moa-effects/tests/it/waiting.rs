//! Effects that are put off again and again.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use moa_effects::{EffectKind, EffectState, Verdict};
use serde_json::json;
use sqlx::PgPool;

use crate::outside::Outside;
use crate::stage::{Stage, eventually};

#[sqlx::test]
async fn looks_that_say_the_same_are_evidence_once_and_another_reason_is_evidence_anew(
    pool: PgPool,
) {
    let stage = Stage::new(pool).await;
    let reason = Arc::new(Mutex::new("SENDER_MISSING"));
    let mut outside = Outside::new();
    let said = Arc::clone(&reason);
    outside.on_verify = Box::new(move |effect| {
        Some(Verdict::Later {
            at: effect.claimed_at + TimeDelta::minutes(5),
            reason: (*said.lock().unwrap()).to_owned(),
            detail: String::new(),
        })
    });
    let outside = Arc::new(outside);
    let effect_id = stage.intend_one().await;
    let working = stage.work(&outside);
    // Each look is a claim of its own, and puts the next one off.
    let looked_at = |fence: i64| {
        let stage = &stage;
        eventually("the effect was looked at again", move || async move {
            let effect = stage.get(effect_id).await;
            (effect.state == EffectState::Retryable && effect.fence >= fence).then_some(effect)
        })
    };
    let mut before = looked_at(1).await;
    for _ in 0..3 {
        stage.let_time_pass().await;
        let again = looked_at(before.fence + 1).await;
        assert!(again.updated_at > before.updated_at);
        assert!(again.next_attempt_at > before.next_attempt_at);
        before = again;
    }
    assert_eq!(stage.history(effect_id).await, ["CLAIMED>RETRYABLE"]);

    for other in ["CREDENTIALS_REFUSED", "SENDER_MISSING"] {
        *reason.lock().unwrap() = other;
        stage.let_time_pass().await;
        before = looked_at(before.fence + 1).await;
        assert_eq!(before.reason, other);
    }
    working.stop().await;
    assert_eq!(stage.history(effect_id).await, ["CLAIMED>RETRYABLE"; 3]);
}

#[sqlx::test]
async fn hastened_effects_come_at_once_and_those_that_wait_for_something_else_do_not(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.on_verify = Box::new(|effect| {
        Some(Verdict::Later {
            at: effect.claimed_at + TimeDelta::minutes(5),
            reason: effect.payload.as_str().unwrap().to_owned(),
            detail: String::new(),
        })
    });
    let outside = Arc::new(outside);
    let waiting = |reason: &str, account_id| {
        let mut effect = stage.dispatch();
        effect.payload = json!(reason);
        effect.account_id = account_id;
        effect
    };
    let ours = waiting("SENDER_MISSING", stage.account_id);
    let throttled = waiting("THROTTLED", stage.account_id);
    let foreign = waiting("SENDER_MISSING", stage.ids.uuid());
    stage
        .intend(&[ours.clone(), throttled.clone(), foreign.clone()])
        .await;
    let mut not_before = waiting("SENDER_MISSING", stage.account_id);
    not_before.not_before = Some("2100-01-01T00:00:00Z".parse().unwrap());
    stage.intend(std::slice::from_ref(&not_before)).await;
    let working = stage.work(&outside);
    for effect in [&ours, &throttled, &foreign] {
        stage
            .settles_in(effect.effect_id, EffectState::Retryable)
            .await;
    }

    let mut tx = moa_service::begin(&stage.pool).await.unwrap();
    let hastened = stage
        .ledger
        .hasten(
            &mut tx,
            stage.merchant_id,
            EffectKind::Dispatch,
            stage.account_id,
            &["SENDER_MISSING"],
        )
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stage.ledger.wake();
    assert_eq!(hastened, 1);
    eventually("the hastened effect is looked at again", || async {
        (stage.get(ours.effect_id).await.fence == 2).then_some(())
    })
    .await;
    working.stop().await;
    for effect in [&throttled, &foreign] {
        assert_eq!(stage.get(effect.effect_id).await.fence, 1);
    }
    assert_eq!(
        stage.state(not_before.effect_id).await,
        EffectState::Pending
    );
}
