//! The ledger: statements over `<schema>.effects`, written at run time because the tables stand in several schemas.

mod moves;
mod queue;
mod read;
mod row;
mod sql;

use std::sync::Arc;

use moa_id::{EffectId, MerchantId};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::machine::Event;
use crate::{Effect, EffectKind, EffectState, NewEffect};

use moves::Change;
pub(crate) use moves::{Held, Move};
pub(crate) use queue::{BusyLane, ClaimKind};
pub use read::EffectFilter;
pub(crate) use row::Row;
use sql::Sql;

/// The effects ledger of one service. Cheap to clone; clones share the wake-up.
#[derive(Debug, Clone)]
pub struct Ledger {
    schema: &'static str,
    sql: Arc<Sql>,
    wake: Arc<Notify>,
}

/// What became of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intended {
    /// Written down now.
    Created,
    /// The same intent was there already, in this state.
    Existing(EffectState),
}

/// Which effects of a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockSelector {
    /// Every effect that belongs to this order, of every kind in this ledger.
    Order(Uuid),
    /// Every effect about this subject.
    Subject(Uuid),
    /// Effects of one kind that belong to this order, e.g. its dispatches but not the decisions on its claims.
    OrderKind(Uuid, EffectKind),
    /// One effect.
    Effect(EffectId),
}

/// Why an effect was not started anew.
#[derive(Debug, thiserror::Error)]
pub enum RedriveRefused {
    /// There is no such effect of this merchant.
    #[error("effect {0} does not exist")]
    NotFound(EffectId),
    /// It is not at rest, or done.
    #[error(
        "effect {effect_id} is {state}; only DEAD, BLOCKED, REJECTED and CONFLICT can be redriven"
    )]
    NotRedrivable {
        /// Which.
        effect_id: EffectId,
        /// Where it stands.
        state: EffectState,
    },
    /// The database failed.
    #[error("the effects ledger could not be reached")]
    Database(#[from] sqlx::Error),
}

impl Ledger {
    /// The ledger in `schema`.
    ///
    /// # Panics
    ///
    /// When `schema` is no plain name (lower-case letters, digits, underscores): it becomes part of SQL text.
    pub fn new(schema: &'static str) -> Self {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        assert!(
            !schema.is_empty() && schema.len() <= 63 && schema.bytes().all(plain),
            "{schema:?} is no schema name: lower-case letters, digits and underscores only"
        );
        Self {
            schema,
            sql: Arc::new(Sql::new(schema)),
            wake: Arc::new(Notify::new()),
        }
    }

    /// The schema its tables stand in.
    pub fn schema(&self) -> &'static str {
        self.schema
    }

    /// Tells this process's worker that there is work. Call it after the commit; without it the work is found by the
    /// next poll, within a second.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Writes intents down in the caller's transaction, in one statement; answers stand in their order.
    ///
    /// The same (merchant, kind, dedupe key) a second time changes nothing.
    pub async fn intend(
        &self,
        conn: &mut PgConnection,
        effects: &[NewEffect],
    ) -> Result<Vec<Intended>, sqlx::Error> {
        moves::insert(conn, &self.sql, effects).await
    }

    /// Stops effects because something was learnt: what has not begun to leave becomes BLOCKED, and these ids are
    /// returned. What is being sent or has an unknown outcome is marked: it will not be sent again, and becomes
    /// REPAIR once it is known to have happened. Everything else stays as it is.
    pub async fn block_pending(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        selector: BlockSelector,
        reason: &str,
        detail: &str,
    ) -> Result<Vec<EffectId>, sqlx::Error> {
        let rows = moves::lock_selected(conn, &self.sql, merchant_id, selector).await?;
        let moves = stop_moves(&rows, reason, detail, |state| {
            state != EffectState::Confirmed
        });
        let moved = moves::write(conn, &self.sql, &moves).await?;
        Ok(moved
            .into_iter()
            .filter(|effect| effect.state == EffectState::Blocked)
            .map(|effect| effect.effect_id)
            .collect())
    }

    /// Marks what has happened and must be taken back: CONFIRMED → REPAIR. Returns the ids that were marked.
    pub async fn mark_repair(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        selector: BlockSelector,
        reason: &str,
        detail: &str,
    ) -> Result<Vec<EffectId>, sqlx::Error> {
        let rows = moves::lock_selected(conn, &self.sql, merchant_id, selector).await?;
        let moves = stop_moves(&rows, reason, detail, |state| {
            state == EffectState::Confirmed
        });
        let moved = moves::write(conn, &self.sql, &moves).await?;
        Ok(moved.into_iter().map(|effect| effect.effect_id).collect())
    }

    /// What a lane's RETRYABLE effects waited for, told by their reasons, is there: they are due now. Wake the worker
    /// after the commit. One that a worker is looking at just now comes at the time its look gives. Returns how many.
    pub async fn hasten(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        kind: EffectKind,
        account_id: Uuid,
        reasons: &[&str],
    ) -> Result<u64, sqlx::Error> {
        let done = sqlx::query(AssertSqlSafe(Arc::clone(&self.sql.hasten)))
            .bind(kind.as_str())
            .bind(merchant_id.as_uuid())
            .bind(account_id)
            .bind(reasons)
            .execute(conn)
            .await?;
        Ok(done.rows_affected())
    }

    /// Forgets one member of the evidence of effects, in what they show last and in all their attempts: what it told of was
    /// erased. One that is looked at or being sent meanwhile may write it again; whoever settles it forgets it again.
    pub async fn forget_evidence(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        effect_ids: &[EffectId],
        member: &str,
    ) -> Result<(), sqlx::Error> {
        let ids: Vec<Uuid> = effect_ids.iter().map(EffectId::as_uuid).collect();
        for text in [&self.sql.forget, &self.sql.forget_attempts] {
            sqlx::query(AssertSqlSafe(Arc::clone(text)))
                .bind(merchant_id.as_uuid())
                .bind(&ids)
                .bind(member)
                .execute(&mut *conn)
                .await?;
        }
        Ok(())
    }

    /// Starts a DEAD, BLOCKED, REJECTED or CONFLICT effect anew, with the operator's name and reason as evidence.
    /// It is verified afresh like any other, and its retry schedule begins anew; its `give_up_at` stays, so past that
    /// time it is tried once.
    pub async fn redrive(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        effect_id: EffectId,
        operator: &str,
        reason: &str,
    ) -> Result<Effect, RedriveRefused> {
        let selector = BlockSelector::Effect(effect_id);
        let rows = moves::lock_selected(conn, &self.sql, merchant_id, selector).await?;
        let row = rows
            .into_iter()
            .next()
            .ok_or(RedriveRefused::NotFound(effect_id))?;
        let refused = || RedriveRefused::NotRedrivable {
            effect_id,
            state: row.effect.state,
        };
        let to = row.position.apply(Event::Redrive).map_err(|_| refused())?;
        let redriven = Move {
            next_attempt_at: Some(row.now),
            restarts_schedule: true,
            stop: None,
            ..Move::new(
                &row,
                to,
                "REDRIVEN",
                reason,
                json!({ "operator": operator, "reason": reason }),
            )
        };
        let moved = moves::write(conn, &self.sql, &[redriven]).await?;
        moved.into_iter().next().ok_or_else(refused)
    }
}

fn stop_moves(
    rows: &[Row],
    reason: &str,
    detail: &str,
    wanted: impl Fn(EffectState) -> bool,
) -> Vec<Move> {
    let mut moves = Vec::new();
    for row in rows.iter().filter(|row| wanted(row.effect.state)) {
        let Ok(to) = row.position.apply(Event::Stop) else {
            continue;
        };
        if to == row.position {
            // Stopped before: the first reason stays.
            continue;
        }
        moves.push(Move {
            change: if to.state == row.effect.state {
                Change::Marked
            } else {
                Change::Moved
            },
            stop: Some((reason.to_owned(), detail.to_owned())),
            ..Move::new(row, to, reason, detail, Value::Null)
        });
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "is no schema name")]
    fn a_schema_name_that_is_sql_is_refused() {
        Ledger::new("a.effects; --");
    }
}
