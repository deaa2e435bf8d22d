//! A worker killed in the middle of things. Leases end by SQL, never by waiting.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use moa_effects::{Effect, EffectState, NewEffect, NoProbe, Probe, SendOutcome};
use moa_id::EffectId;
use serde_json::json;
use sqlx::PgPool;

use crate::outside::{Outside, Step, clean, unclear};
use crate::stage::{Stage, eventually};

#[sqlx::test]
async fn killed_while_looking_it_goes_back_and_is_sent_once(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new().catching(Step::Verify));
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    outside.has_caught().await;
    assert_eq!(stage.state(effect_id).await, EffectState::Claimed);
    working.kill().await;
    outside.let_go();

    stage.lose_leases().await;
    let working = stage.work(&outside);
    let effect = stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 1);
    assert_eq!(effect.fence, 3, "claim, loss and claim each raised it");
    assert_eq!(stage.history(effect_id).await[0], "CLAIMED>PENDING");
}

#[sqlx::test]
async fn a_lease_that_still_runs_is_not_taken_away(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new().catching(Step::Verify));
    let working = stage.work(&outside);
    let held = stage.intend_one().await;
    outside.has_caught().await;
    working.kill().await;
    outside.let_go();

    let working = stage.work(&outside);
    let next = stage.intend_one().await;
    stage.settles_in(next, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(stage.state(held).await, EffectState::Claimed);
}

#[sqlx::test]
async fn a_look_keeps_its_short_lease_as_long_as_its_worker_lives(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new().catching(Step::Verify));
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    outside.has_caught().await;
    let first = lease_of(&stage).await;
    let renewed = eventually("the lease is renewed", || async {
        let now = lease_of(&stage).await;
        (now > first).then_some(now)
    })
    .await;
    assert!(
        renewed - first < TimeDelta::seconds(10),
        "a crash is noticed within seconds, however long a look may take"
    );
    outside.let_go();
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 1);
}

#[sqlx::test]
async fn lost_leases_of_several_merchants_are_told_merchant_by_merchant(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new());
    let other = NewEffect {
        merchant_id: stage.ids.next(),
        ..stage.dispatch()
    };
    let effects = [stage.dispatch(), other];
    stage.intend(&effects).await;
    stage
        .sql(
            "UPDATE house.effects
             SET state = 'SENDING', fence = 1, attempt_count = 1, holder = gen_random_uuid(),
                 lease_expires_at = now() - interval '1 second', send_deadline_at = now()",
        )
        .await;

    let working = stage.work(&outside);
    for effect in &effects {
        eventually("the loss is told", || async {
            let told = outside.told(effect.effect_id);
            (told == [EffectState::Unknown]).then_some(())
        })
        .await;
    }
    working.stop().await;
}

#[sqlx::test]
async fn killed_while_sending_it_is_unknown_quarantined_and_never_sent_blindly(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new().catching(Step::Send));
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    outside.has_caught().await;
    assert_eq!(stage.state(effect_id).await, EffectState::Sending);
    working.kill().await;
    outside.let_go();

    stage.lose_leases().await;
    let working = stage.work(&outside);
    let unknown = stage.settles_in(effect_id, EffectState::Unknown).await;
    assert_eq!(unknown.reason, "LEASE_LOST");
    let quarantine = unknown.next_attempt_at - unknown.updated_at;
    assert!(
        quarantine > TimeDelta::seconds(120),
        "{quarantine} after it was found, the send's deadline included"
    );
    assert_eq!(outside.told(effect_id), [EffectState::Unknown]);

    stage.let_time_pass().await;
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 1);
    assert_eq!(
        stage.history(effect_id).await,
        [
            "CLAIMED>VERIFIED",
            "VERIFIED>SENDING",
            "SENDING>UNKNOWN",
            "UNKNOWN>CONFIRMED"
        ]
    );
}

#[sqlx::test]
async fn killed_while_settling_nothing_is_half_written(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let outside = Arc::new(Outside::new().catching(Step::Settled));
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    outside.has_caught().await;
    working.kill().await;
    outside.let_go();
    assert_eq!(stage.state(effect_id).await, EffectState::Sending);

    stage.lose_leases().await;
    let working = stage.work(&outside);
    stage.settles_in(effect_id, EffectState::Unknown).await;
    stage.let_time_pass().await;
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 1);
    assert_eq!(
        outside.told(effect_id),
        [EffectState::Unknown, EffectState::Confirmed]
    );
}

#[sqlx::test]
async fn killed_while_probing_it_is_probed_again(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new().catching(Step::Probe);
    outside.on_send = Box::new(|_| Some(unclear()));
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    stage.settles_in(effect_id, EffectState::Unknown).await;
    stage.let_time_pass().await;
    outside.has_caught().await;
    working.kill().await;
    outside.let_go();

    stage.lose_leases().await;
    let working = stage.work(&outside);
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 1);
}

#[sqlx::test]
async fn a_worker_that_comes_back_after_its_lease_is_stale(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let slow = Arc::new(Outside::new().catching(Step::Send));
    let sleeping = stage.work(&slow);
    let effect_id = stage.intend_one().await;
    slow.has_caught().await;
    stage.lose_leases().await;

    let other = stage.work(&Arc::new(Outside::new()));
    stage.settles_in(effect_id, EffectState::Unknown).await;
    other.stop().await;
    slow.let_go();
    sleeping.stop().await;
    let effect = stage.get(effect_id).await;
    assert_eq!(
        effect.state,
        EffectState::Unknown,
        "its answer came too late to count: a probe decides"
    );
    // It may have been the one whose sweep found the lost lease; its answer told nobody anything.
    let told = slow.told(effect_id);
    assert!(
        told.iter().all(|state| *state == EffectState::Unknown),
        "{told:?}"
    );
}

#[sqlx::test]
async fn a_stale_answer_does_not_settle_the_next_workers_send(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut slow = Outside::new().catching(Step::Send);
    slow.on_send = Box::new(|_| {
        Some(SendOutcome::RefusedFinal {
            reason: "TOO_LATE".to_owned(),
            detail: String::new(),
            evidence: json!({}),
        })
    });
    // Only its send sleeps: the lane is full for it, but it may well be the one that probes.
    slow.on_probe = Box::new(|_| clean());
    let slow = Arc::new(slow);
    let sleeping = stage.work(&slow);
    let effect_id = stage.intend_one().await;
    slow.has_caught().await;
    stage.lose_leases().await;

    let mut other = Outside::new().catching(Step::Send);
    other.on_probe = Box::new(|_| clean());
    let other = Arc::new(other);
    let working = stage.work(&other);
    stage.settles_in(effect_id, EffectState::Unknown).await;
    stage.let_time_pass().await;
    first_probe(&stage, effect_id).await;
    stage.let_time_pass().await;
    other.has_caught().await;

    slow.let_go();
    sleeping.stop().await;
    assert_eq!(
        stage.state(effect_id).await,
        EffectState::Sending,
        "SENDING again, but under another fence"
    );
    other.let_go();
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
}

#[sqlx::test]
async fn after_two_clean_probes_and_not_after_one_it_is_sent_again(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.on_send = Box::new(|effect| match effect.attempt_count {
        1 => Some(unclear()),
        _ => Some(SendOutcome::Confirmed {
            evidence: json!({}),
        }),
    });
    outside.on_probe = Box::new(|_| clean());
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    stage.settles_in(effect_id, EffectState::Unknown).await;

    stage.let_time_pass().await;
    let probed = first_probe(&stage, effect_id).await;
    assert_eq!(probed.state, EffectState::Unknown);
    let spacing = probed.next_attempt_at - probed.updated_at;
    assert!(spacing > TimeDelta::minutes(29), "{spacing}");
    assert_eq!(outside.times_sent(effect_id), 1);

    stage.let_time_pass().await;
    stage.settles_in(effect_id, EffectState::Confirmed).await;
    working.stop().await;
    assert_eq!(outside.times_sent(effect_id), 2);
    let fences = outside.fences().remove(&effect_id).unwrap();
    assert!(fences[0] < fences[1], "{fences:?}");
}

#[sqlx::test]
async fn a_kind_that_cannot_be_asked_about_goes_to_a_person(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut outside = Outside::new();
    outside.on_send = Box::new(|_| Some(unclear()));
    outside.on_probe = Box::new(|_| Probe::NoProbe(NoProbe::AskPerson));
    let outside = Arc::new(outside);
    let working = stage.work(&outside);
    let effect_id = stage.intend_one().await;
    stage.settles_in(effect_id, EffectState::Unknown).await;
    stage.let_time_pass().await;
    let conflict = stage.settles_in(effect_id, EffectState::Conflict).await;
    working.stop().await;
    assert_eq!(conflict.reason, "OUTCOME_UNKNOWN");
    assert_eq!(
        outside.told(effect_id),
        [EffectState::Unknown, EffectState::Conflict]
    );
}

async fn lease_of(stage: &Stage) -> DateTime<Utc> {
    sqlx::query_scalar("SELECT lease_expires_at FROM house.effects")
        .fetch_one(&stage.pool)
        .await
        .unwrap()
}

async fn first_probe(stage: &Stage, effect_id: EffectId) -> Effect {
    eventually("the first probe is written down", || async {
        let effect = stage.get(effect_id).await;
        (effect.reason == "PROBED_CLEAN").then_some(effect)
    })
    .await
}
