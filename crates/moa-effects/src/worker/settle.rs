//! Writing down what a worker learnt, with the handler's own facts, in one transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use moa_id::MerchantId;
use sqlx::PgConnection;
use tracing::{debug, error, warn};

use super::decide::{Answer, decide, take_back};
use super::{Kind, Shared};
use crate::ledger::{Held, Row};
use crate::{BoxError, Effect, EffectState};

/// How often a settlement is tried. An outcome that cannot be written down is learnt again by a probe.
const TRIES: u32 = 4;

/// The first pause between tries; it doubles.
const PAUSE: Duration = Duration::from_millis(50);

/// An effect as its holder knew it, and what was learnt.
#[derive(Debug, Clone)]
pub(crate) struct Learnt {
    pub(crate) held: Held,
    pub(crate) answer: Answer,
}

impl Shared {
    /// Settles a batch as one transaction. When that keeps failing, each effect alone, so that one bad row holds up
    /// only itself.
    pub(super) async fn settle(&self, kind: &Kind, learnt: &[Learnt]) {
        if learnt.is_empty() {
            return;
        }
        let Err(error) = self.settle_with_patience(kind, learnt).await else {
            return;
        };
        if let [only] = learnt {
            give_up(only, &error);
            return;
        }
        warn!(
            error = &*error as &(dyn std::error::Error + 'static),
            "a batch of {} effects could not be settled together, settling each alone",
            learnt.len()
        );
        for one in learnt {
            if let Err(error) = self
                .settle_with_patience(kind, std::slice::from_ref(one))
                .await
            {
                give_up(one, &error);
            }
        }
    }

    async fn settle_with_patience(&self, kind: &Kind, learnt: &[Learnt]) -> Result<(), BoxError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.settle_once(kind, learnt).await {
                Ok(()) => return Ok(()),
                Err(error) => debug!(
                    error = &*error as &(dyn std::error::Error + 'static),
                    "settling failed, trying again"
                ),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.settle_once(kind, learnt).await
    }

    async fn settle_once(&self, kind: &Kind, learnt: &[Learnt]) -> Result<(), BoxError> {
        let mut tx = moa_service::begin(&self.pool).await?;
        let held: Vec<Held> = learnt.iter().map(|l| l.held).collect();
        let rows = self.ledger.lock_held(&mut tx, &held).await?;
        let stale = held.len() - rows.len();

        let mut moves = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(one) = learnt
                .iter()
                .find(|l| l.held.effect_id == row.effect.effect_id)
            else {
                continue;
            };
            let pace = &kind.pace;
            match decide(row, one.answer.clone(), pace, rand::random::<f64>()) {
                Ok(next) => moves.push(next),
                Err(error) => error!(effect.id = %row.effect.effect_id, "{error}: dropped"),
            }
        }
        let moved = self.ledger.write(&mut tx, &moves).await?;
        self.tell(&mut tx, kind, &moved).await?;

        let repairs = self.write_repairs(&mut tx, kind, &rows, &moved).await?;
        tx.commit().await?;

        kind.handler.after_commit();
        kind.meters.stale(stale);
        for effect in moved.iter().chain(&repairs) {
            kind.meters.moved(effect);
        }
        Ok(())
    }

    async fn tell(
        &self,
        conn: &mut PgConnection,
        kind: &Kind,
        moved: &[Effect],
    ) -> Result<(), BoxError> {
        // A batch is of one merchant; what the sweep takes back is of many.
        let mut told: BTreeMap<MerchantId, Vec<Effect>> = BTreeMap::new();
        for effect in moved.iter().filter(|effect| effect.state.is_told()) {
            let of_merchant = told.entry(effect.merchant_id).or_default();
            of_merchant.push(effect.clone());
        }
        for effects in told.values() {
            kind.handler.settled(conn, effects).await?;
        }
        Ok(())
    }

    /// What was confirmed although somebody had asked to stop it must be taken back.
    async fn write_repairs(
        &self,
        conn: &mut PgConnection,
        kind: &Kind,
        rows: &[Row],
        moved: &[Effect],
    ) -> Result<Vec<Effect>, BoxError> {
        let confirmed = |row: &&Row| {
            row.stop.is_some()
                && moved.iter().any(|effect| {
                    effect.effect_id == row.effect.effect_id
                        && effect.state == EffectState::Confirmed
                })
        };
        let moves: Vec<_> = rows
            .iter()
            .filter(confirmed)
            .filter_map(|row| {
                let mut row = row.clone();
                row.position.state = EffectState::Confirmed;
                take_back(&row)
            })
            .collect();
        let repairs = self.ledger.write(&mut *conn, &moves).await?;
        self.tell(conn, kind, &repairs).await?;
        Ok(repairs)
    }
}

fn give_up(learnt: &Learnt, error: &BoxError) {
    error!(
        error = &**error as &(dyn std::error::Error + 'static),
        effect.id = %learnt.held.effect_id,
        "effect {} could not be settled; it is taken up again when its lease ends",
        learnt.held.effect_id
    );
}
