use chrono::TimeDelta;
use moa_proto::moa::effects::v1::{Effect, EffectKind, EffectState};
use moa_service::timestamp;
use moa_testkit::a_friday;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::players::Ledger;
use crate::stage::{Session, Stage, problem};

fn id(minute: i64) -> String {
    format!("01920000-0000-7000-8000-{minute:012}")
}

fn add(ledger: &Ledger, minutes: &[i64]) {
    let effects = minutes.iter().map(|minute| Effect {
        effect_id: id(*minute),
        kind: EffectKind::Dispatch.into(),
        state: if *minute % 2 == 0 {
            EffectState::Confirmed
        } else {
            EffectState::Dead
        }
        .into(),
        created_at: Some(timestamp(a_friday() + TimeDelta::minutes(*minute))),
        ..Default::default()
    });
    ledger.effects.lock().unwrap().extend(effects);
}

async fn read_all(session: &Session<'_>, query: &str, meanwhile: impl Fn()) -> Vec<String> {
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("/api/v1/effects?{query}&page_token={token}");
        let page = session.read(&path).await;
        let effects = page["effects"].as_array().unwrap();
        seen.extend(
            effects
                .iter()
                .map(|effect| effect["id"].as_str().unwrap().to_owned()),
        );
        token = page["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            return seen;
        }
        assert!(!effects.is_empty(), "a page that goes on holds something");
        meanwhile();
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn the_ledgers_read_as_one_newest_first(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    add(&stage.fulfillment_ledger, &[1, 2, 3, 10, 11, 12, 13, 14]);
    add(&stage.notification_ledger, &[4, 5, 6, 7, 8, 9, 15]);
    let all: Vec<String> = (1..=15).rev().map(id).collect();
    for size in [1, 2, 3, 5, 20] {
        let seen = read_all(&owner, &format!("page_size={size}"), || ()).await;
        assert_eq!(seen, all, "page_size={size}");
    }
    let dead = read_all(&owner, "page_size=3&state=DEAD", || ()).await;
    assert_eq!(
        dead,
        (1..=15)
            .rev()
            .filter(|n| n % 2 == 1)
            .map(id)
            .collect::<Vec<_>>()
    );
    let page = owner.read("/api/v1/effects?page_size=2").await;
    let services: Vec<_> = page["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["service"])
        .collect();
    assert_eq!(services, ["notification", "fulfillment"]);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn effects_that_come_while_paging_move_nothing(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    add(&stage.fulfillment_ledger, &[1, 3, 5, 7, 9]);
    add(&stage.notification_ledger, &[2, 4, 6, 8]);
    let next = std::cell::Cell::new(100);
    let seen = read_all(&owner, "page_size=2", || {
        let now = next.get();
        next.set(now + 3);
        add(&stage.fulfillment_ledger, &[now, now + 1, now + 2]);
    })
    .await;
    assert_eq!(seen, (1..=9).rev().map(id).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn one_effect_is_found_in_either_ledger_and_tried_again(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    add(&stage.notification_ledger, &[7]);
    let path = format!("/api/v1/effects/{}", id(7));
    let effect = owner.read(&path).await;
    assert_eq!(
        (&effect["service"], &effect["state"]),
        (&"notification".into(), &"DEAD".into())
    );
    assert_eq!(effect["attempts"][0]["evidence"]["status"], 200);

    let redrive = format!("{path}/redrive");
    let response = owner.post(&redrive, &json!({ "reason": " " })).await;
    let body = problem(response, 400, "INVALID_ARGUMENT").await;
    assert_eq!(body["fields"][0]["field"], "reason");
    let response = owner
        .post(&redrive, &json!({ "reason": "번호를 고쳤음" }))
        .await;
    assert_eq!(response.status(), 202);
    let _: Value = response.json().await.unwrap();
    assert_eq!(
        stage.notification_ledger.redrives.asked()[0].reason,
        "번호를 고쳤음"
    );

    let unknown = owner.get(&format!("/api/v1/effects/{}", id(8))).await;
    problem(unknown, 404, "EFFECT_NOT_FOUND").await;
}
