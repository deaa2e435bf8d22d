//! A worker carries effects out and writes down what came of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use moa_effects::{EffectState, RetrySchedule, SendOutcome, Verdict};
use serde_json::json;
use sqlx::PgPool;

use crate::outside::{Outside, Step, blocked, held, refused_later, unclear};
use crate::stage::{Stage, eventually};

#[sqlx::test]
async fn an_intent_is_verified_sent_and_told_once(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new());
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;

    let effect = stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(effect.attempt_count, 1);
    assert_eq!(effect.reason, "");
    assert_eq!(effect.evidence, json!({ "status": 200 }));
    assert_eq!(outside.times_sent(effect_id), 1);
    assert_eq!(outside.told(effect_id), [EffectState::Confirmed]);
    assert_eq!(
        stage.history(effect_id).await,
        ["CLAIMED>VERIFIED", "VERIFIED>SENDING", "SENDING>CONFIRMED"]
    );
}

#[sqlx::test]
async fn the_send_sees_the_evidence_of_its_look_and_sending_is_committed_before(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new().catching(Step::Send);
    outside.on_send = Box::new(|effect| {
        assert_eq!(effect.evidence, json!({ "permit": "p-1" }));
        assert!(effect.send_deadline_at.is_some());
        Some(SendOutcome::Confirmed {
            evidence: json!({}),
        })
    });
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;

    outside.has_caught().await;
    assert_eq!(stage.state(effect_id).await, EffectState::Sending);
    outside.let_go();
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
}

#[sqlx::test]
async fn a_batch_holds_one_account_and_no_more_than_the_channel_takes(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut effects: Vec<_> = (0..7).map(|_| stage.dispatch()).collect();
    let other_account = stage.ids.uuid();
    for effect in effects.iter_mut().skip(4) {
        effect.account_id = other_account;
    }
    stage.intend(&effects).await;
    let mut outside = Outside::new();
    outside.batch_size = 3;
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    for effect in &effects {
        stage
            .settles_in(effect.effect_id, EffectState::Confirmed)
            .await;
    }
    working.stop().await;

    let mut sizes: Vec<usize> = outside.batches().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 3, 3]);
    for batch in outside.batches() {
        let accounts: Vec<_> = effects
            .iter()
            .filter(|e| batch.contains(&e.effect_id))
            .map(|e| e.account_id)
            .collect();
        assert!(
            accounts.windows(2).all(|pair| pair[0] == pair[1]),
            "{accounts:?}"
        );
    }
}

#[sqlx::test]
async fn one_batch_can_end_in_every_way(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let names = [
        "blocked",
        "held",
        "done",
        "confirmed",
        "refused",
        "later",
        "unclear",
        "stopped",
    ];
    let effects: Vec<_> = names
        .iter()
        .map(|name| {
            let mut effect = stage.dispatch();
            effect.payload = json!(name);
            effect
        })
        .collect();
    stage.intend(&effects).await;
    let mut outside = Outside::new();
    outside.on_verify = Box::new(|effect| {
        Some(match effect.payload.as_str().unwrap() {
            "blocked" => blocked(),
            "held" => held(),
            "done" => Verdict::AlreadyDone {
                evidence: json!({}),
            },
            _ => Verdict::Verified {
                evidence: json!({}),
            },
        })
    });
    outside.on_send = Box::new(|effect| {
        let (reason, detail, evidence) = ("BAD_NUMBER".to_owned(), String::new(), json!({}));
        Some(match effect.payload.as_str().unwrap() {
            "confirmed" => SendOutcome::Confirmed { evidence },
            "refused" => SendOutcome::RefusedFinal {
                reason,
                detail,
                evidence,
            },
            "stopped" => SendOutcome::Blocked {
                reason,
                detail,
                evidence,
            },
            "later" => refused_later(),
            _ => unclear(),
        })
    });
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let ends = [
        EffectState::Blocked,
        EffectState::Retryable,
        EffectState::Confirmed,
        EffectState::Confirmed,
        EffectState::Rejected,
        EffectState::Retryable,
        EffectState::Unknown,
        EffectState::Blocked,
    ];
    for (effect, end) in effects.iter().zip(ends) {
        let settled = stage.settles_in(effect.effect_id, end).await;
        let told = if end == EffectState::Retryable {
            vec![]
        } else {
            vec![end]
        };
        assert_eq!(outside.told(effect.effect_id), told, "{}", settled.payload);
    }
    working.stop().await;
    assert_eq!(outside.batches().len(), 1, "what may go goes together");
    assert_eq!(outside.batches()[0].len(), 5);

    let later = stage.get(effects[5].effect_id).await;
    let pause = later.next_attempt_at - later.updated_at;
    assert!(
        pause > TimeDelta::milliseconds(3500) && pause < TimeDelta::milliseconds(6100),
        "{pause}"
    );
    assert_eq!(
        stage.get(effects[1].effect_id).await.attempt_count,
        0,
        "a look is no attempt"
    );
    let unknown = stage.get(effects[6].effect_id).await;
    assert!(unknown.next_attempt_at - unknown.updated_at > TimeDelta::seconds(120));
}

#[sqlx::test]
async fn a_panic_or_a_missing_answer_of_a_send_is_an_unknown_outcome(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let (short, panics) = (stage.dispatch(), stage.dispatch());
    let mut other_lane = panics.clone();
    other_lane.account_id = stage.ids.uuid();
    other_lane.payload = json!("panic");
    stage.intend(&[short.clone(), other_lane]).await;
    let mut outside = Outside::new();
    outside.on_send = Box::new(|effect| {
        assert_ne!(effect.payload, json!("panic"), "this one is meant to fail");
        None
    });
    let working = stage.work(&Arc::new(outside));
    assert_eq!(
        stage
            .settles_in(short.effect_id, EffectState::Unknown)
            .await
            .reason,
        "NO_OUTCOME"
    );
    assert_eq!(
        stage
            .settles_in(panics.effect_id, EffectState::Unknown)
            .await
            .reason,
        "SEND_FAILED"
    );
    working.stop().await;
}

#[sqlx::test]
async fn a_missing_verdict_is_looked_at_again_and_nothing_is_sent(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.on_verify = Box::new(|_| None);
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    assert_eq!(
        stage
            .settles_in(effect_id, EffectState::Retryable)
            .await
            .reason,
        "NO_VERDICT"
    );
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 0);
}

#[sqlx::test]
async fn a_send_that_gets_no_answer_in_time_is_an_unknown_outcome(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new().catching(Step::Send);
    outside.send_timeout = Duration::from_secs(2);
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    assert_eq!(
        stage
            .settles_in(effect_id, EffectState::Unknown)
            .await
            .reason,
        "SEND_TIMED_OUT"
    );
    working.stop().await;
}

#[sqlx::test]
async fn a_send_whose_time_is_over_before_it_begins_does_not_begin(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.send_timeout = Duration::ZERO;
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    assert_eq!(
        stage
            .settles_in(effect_id, EffectState::Retryable)
            .await
            .reason,
        "NOT_SENT"
    );
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 0);
}

#[sqlx::test]
async fn an_effect_out_of_attempts_is_dead_and_a_person_is_told(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.retry = RetrySchedule::new([Duration::from_secs(600)]);
    outside.on_send = Box::new(|_| Some(refused_later()));
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    stage.settles_in(effect_id, EffectState::Retryable).await;
    stage.let_time_pass().await;
    let dead = stage.settles_in(effect_id, EffectState::Dead).await;
    working.stop().await;
    assert_eq!(
        (dead.attempt_count, dead.reason.as_str()),
        (2, "RATE_LIMITED")
    );
    assert_eq!(outside.told(effect_id), [EffectState::Dead]);
}

#[sqlx::test]
async fn past_its_end_an_effect_is_tried_once_and_then_dead(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.on_send = Box::new(|_| Some(refused_later()));
    let outside = Arc::new(outside);
    let mut effect = stage.dispatch();
    effect.give_up_at = Some("2020-01-01T00:00:00Z".parse().unwrap());
    stage.intend(std::slice::from_ref(&effect)).await;
    let working = stage.work(&outside);
    stage.settles_in(effect.effect_id, EffectState::Dead).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect.effect_id), 1);
}

#[sqlx::test]
async fn an_effect_waits_for_its_time(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new());
    let mut later = stage.dispatch();
    later.not_before = Some("2100-01-01T00:00:00Z".parse().unwrap());
    let now = stage.dispatch();
    stage.intend(&[later.clone(), now.clone()]).await;
    let working = stage.work(&outside);
    stage
        .settles_in(now.effect_id, EffectState::Confirmed)
        .await;
    assert_eq!(stage.state(later.effect_id).await, EffectState::Pending);
    stage.let_time_pass().await;
    stage
        .settles_in(later.effect_id, EffectState::Confirmed)
        .await;
    working.stop().await;
}

#[sqlx::test]
async fn an_effect_whose_facts_cannot_be_written_holds_up_only_itself(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let (good, mut bad) = (stage.dispatch(), stage.dispatch());
    bad.payload = json!("bad");
    stage.intend(&[bad.clone(), good.clone()]).await;
    let mut outside = Outside::new();
    outside.on_settled = Box::new(|effect| match effect.payload.as_str() {
        Some("bad") => Err("the shipment is gone".into()),
        _ => Ok(()),
    });
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    stage
        .settles_in(good.effect_id, EffectState::Confirmed)
        .await;
    working.stop().await;
    assert_eq!(stage.state(bad.effect_id).await, EffectState::Sending);
    assert_eq!(outside.batches().len(), 1);
}

#[sqlx::test]
async fn a_worker_asked_to_stop_finishes_what_is_under_way(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new().catching(Step::Send));
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    outside.has_caught().await;
    let stopping = tokio::spawn(working.stop());
    let late = stage.intend_one().await;
    outside.let_go();
    stopping.await.unwrap();
    assert_eq!(stage.state(effect_id).await, EffectState::Confirmed);
    assert_eq!(outside.times_sent(effect_id), 1);
    assert_eq!(stage.state(late).await, EffectState::Pending);
}

#[sqlx::test]
async fn work_is_found_without_a_wake_up(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new());
    let working = stage.work(&outside);
    let effect = stage.dispatch();
    let mut tx = moa_service::begin(&stage.pool).await.unwrap();
    stage
        .ledger
        .intend(&mut tx, std::slice::from_ref(&effect))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    eventually("it is confirmed", || async {
        (stage.state(effect.effect_id).await == EffectState::Confirmed).then_some(())
    })
    .await;
    working.stop().await;
}
