//! Effects that are put off again and again.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use moa_effects::{EffectState, Verdict};
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
