//! Several workers on one ledger.

use std::collections::HashMap;
use std::sync::Arc;

use moa_effects::EffectState;
use sqlx::PgPool;

use crate::outside::Outside;
use crate::stage::{Stage, eventually};

#[sqlx::test]
async fn two_workers_send_each_effect_once(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let accounts: Vec<_> = (0..5).map(|_| stage.ids.uuid()).collect();
    let effects: Vec<_> = (0..300)
        .map(|n| {
            let mut effect = stage.dispatch();
            effect.account_id = accounts[n % accounts.len()];
            effect
        })
        .collect();
    let outsides = [Arc::new(Outside::new()), Arc::new(Outside::new())];
    let working: Vec<_> = outsides.iter().map(|outside| stage.work(outside)).collect();
    for chunk in effects.chunks(40) {
        stage.intend(chunk).await;
    }
    eventually("all are confirmed", || async {
        let open: i64 =
            sqlx::query_scalar("SELECT count(*) FROM house.effects WHERE state <> 'CONFIRMED'")
                .fetch_one(&stage.pool)
                .await
                .unwrap();
        (open == 0).then_some(())
    })
    .await;
    for worker in working {
        worker.stop().await;
    }

    let mut sent: HashMap<_, usize> = HashMap::new();
    for outside in &outsides {
        for (effect_id, fences) in outside.fences() {
            *sent.entry(effect_id).or_default() += fences.len();
        }
    }
    assert_eq!(sent.len(), effects.len());
    assert!(
        sent.values().all(|times| *times == 1),
        "nothing is sent twice"
    );
    for effect in &effects {
        let row = stage.get(effect.effect_id).await;
        assert_eq!(
            (row.state, row.attempt_count, row.fence),
            (EffectState::Confirmed, 1, 1)
        );
    }
}
