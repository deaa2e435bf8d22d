//! Shared steps: a rendered schema, intents, workers that can be killed, and waiting for a condition.

use std::sync::Arc;
use std::time::Duration;

use moa_effects::{
    BlockSelector, Effect, EffectHandler, EffectKind, EffectState, EffectsWorker, Intended, Ledger,
    NewEffect,
};
use moa_id::{EffectId, Ids, MerchantId};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::outside::Outside;

pub const SCHEMA: &str = "house";

/// A database with one service's ledger.
pub struct Stage {
    pub pool: PgPool,
    pub ledger: Ledger,
    pub ids: Ids,
    pub merchant_id: MerchantId,
    pub account_id: Uuid,
}

impl Stage {
    pub async fn new(pool: PgPool) -> Self {
        let sql = format!("CREATE SCHEMA {SCHEMA}; {}", moa_effects::ddl(SCHEMA));
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap();
        let ids = Ids::seeded(7);
        Self {
            merchant_id: ids.next(),
            account_id: ids.uuid(),
            ledger: Ledger::new(SCHEMA),
            ids,
            pool,
        }
    }

    /// A dispatch nobody else intends.
    pub fn dispatch(&self) -> NewEffect {
        let effect_id: EffectId = self.ids.next();
        NewEffect {
            effect_id,
            merchant_id: self.merchant_id,
            kind: EffectKind::Dispatch,
            dedupe_key: format!("dispatch:{effect_id}"),
            account_id: self.account_id,
            subject_id: self.ids.uuid(),
            order_id: Some(self.ids.uuid()),
            payload: json!({ "parcel": "1001" }),
            not_before: None,
            give_up_at: None,
        }
    }

    pub async fn intend(&self, effects: &[NewEffect]) -> Vec<Intended> {
        let mut tx = moa_service::begin(&self.pool).await.unwrap();
        let intended = self.ledger.intend(&mut tx, effects).await.unwrap();
        tx.commit().await.unwrap();
        self.ledger.wake();
        intended
    }

    pub async fn intend_one(&self) -> EffectId {
        let effect = self.dispatch();
        self.intend(std::slice::from_ref(&effect)).await;
        effect.effect_id
    }

    pub async fn get(&self, effect_id: EffectId) -> Effect {
        let mut conn = self.pool.acquire().await.unwrap();
        self.ledger
            .get(&mut conn, self.merchant_id, effect_id)
            .await
            .unwrap()
            .expect("the effect exists")
    }

    pub async fn state(&self, effect_id: EffectId) -> EffectState {
        self.get(effect_id).await.state
    }

    /// The states of its evidence, e.g. `["CLAIMED>VERIFIED", …]`.
    pub async fn history(&self, effect_id: EffectId) -> Vec<String> {
        let mut conn = self.pool.acquire().await.unwrap();
        let attempts = self
            .ledger
            .attempts(&mut conn, self.merchant_id, effect_id)
            .await
            .unwrap();
        attempts
            .iter()
            .map(|a| format!("{}>{}", a.from_state, a.to_state))
            .collect()
    }

    pub async fn settles_in(&self, effect_id: EffectId, state: EffectState) -> Effect {
        eventually(&format!("effect {effect_id} is {state}"), || async {
            let effect = self.get(effect_id).await;
            (effect.state == state).then_some(effect)
        })
        .await
    }

    pub async fn stop(&self, effect_id: EffectId) -> Vec<EffectId> {
        let mut tx = moa_service::begin(&self.pool).await.unwrap();
        let blocked = self
            .ledger
            .block_pending(
                &mut tx,
                self.merchant_id,
                BlockSelector::Effect(effect_id),
                "ORDER_CANCELLED",
                "the customer cancelled",
            )
            .await
            .unwrap();
        tx.commit().await.unwrap();
        blocked
    }

    /// As if the holder had been gone for longer than its lease.
    pub async fn lose_leases(&self) {
        self.sql("UPDATE house.effects SET lease_expires_at = now() - interval '1 second' WHERE holder IS NOT NULL")
            .await;
    }

    /// As if the quarantine, the spacing or the pause were over.
    pub async fn let_time_pass(&self) {
        self.sql("UPDATE house.effects SET next_attempt_at = now() - interval '1 second'")
            .await;
        self.ledger.wake();
    }

    pub async fn sql(&self, text: &'static str) {
        sqlx::query(text).execute(&self.pool).await.unwrap();
    }

    pub fn work(&self, outside: &Arc<Outside>) -> Working {
        let handler: Arc<dyn EffectHandler> = Arc::clone(outside) as _;
        let worker = EffectsWorker::new(
            self.pool.clone(),
            self.ledger.clone(),
            vec![handler],
            Uuid::new_v4(),
            8,
        );
        let cancel = CancellationToken::new();
        Working {
            task: tokio::spawn(worker.run(cancel.clone())),
            cancel,
        }
    }
}

/// A running worker.
pub struct Working {
    task: JoinHandle<()>,
    cancel: CancellationToken,
}

impl Working {
    /// Ends it at once, as a killed process would.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }
}

/// Waits for a condition, ten seconds at most.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let seen = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            if let Some(value) = look().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    seen.await
        .unwrap_or_else(|_| panic!("waited ten seconds in vain until {what}"))
}
