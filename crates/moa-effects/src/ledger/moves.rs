//! Writing intents down, locking rows and moving them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use moa_id::{EffectId, MerchantId};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::sql::Sql;
use super::{BlockSelector, Intended, Ledger, Row};
use crate::machine::Position;
use crate::{Effect, EffectState, NewEffect};

/// Whether the row leaves its holder's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Moved,
    /// Only the wish to stop is written; the holder goes on.
    Marked,
}

/// One transition to be written, with its evidence.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) merchant_id: MerchantId,
    pub(crate) effect_id: EffectId,
    pub(crate) from: Position,
    pub(crate) to: Position,
    pub(crate) change: Change,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) evidence: Value,
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    pub(crate) stop: Option<(String, String)>,
    pub(crate) restarts_schedule: bool,
}

impl Move {
    pub(crate) fn new(
        row: &Row,
        to: Position,
        reason: impl Into<String>,
        detail: impl Into<String>,
        evidence: Value,
    ) -> Self {
        Self {
            merchant_id: row.effect.merchant_id,
            effect_id: row.effect.effect_id,
            from: row.position,
            to,
            change: Change::Moved,
            reason: reason.into(),
            detail: detail.into(),
            evidence,
            next_attempt_at: None,
            stop: row.stop.clone(),
            restarts_schedule: false,
        }
    }
}

/// An effect as its holder knows it: by fence and state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    pub(crate) merchant_id: MerchantId,
    pub(crate) effect_id: EffectId,
    pub(crate) fence: i64,
    pub(crate) state: EffectState,
}

impl Ledger {
    /// Locks the rows that are still as their holder knows them. The others are stale and absent.
    pub(crate) async fn lock_held(
        &self,
        conn: &mut PgConnection,
        held: &[Held],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let merchants: Vec<Uuid> = held.iter().map(|h| h.merchant_id.as_uuid()).collect();
        let ids: Vec<Uuid> = held.iter().map(|h| h.effect_id.as_uuid()).collect();
        let fences: Vec<i64> = held.iter().map(|h| h.fence).collect();
        let states: Vec<&str> = held.iter().map(|h| h.state.as_str()).collect();
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.lock_fenced)))
            .bind(merchants)
            .bind(ids)
            .bind(fences)
            .bind(states)
            .fetch_all(conn)
            .await
    }

    /// Writes transitions with their evidence, in one statement. Returns those that took place, as they stand now.
    pub(crate) async fn write(
        &self,
        conn: &mut PgConnection,
        moves: &[Move],
    ) -> Result<Vec<Effect>, sqlx::Error> {
        write(conn, &self.sql, moves).await
    }
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    sql: &Sql,
    effects: &[NewEffect],
) -> Result<Vec<Intended>, sqlx::Error> {
    if effects.is_empty() {
        return Ok(Vec::new());
    }
    let merchants: Vec<Uuid> = effects.iter().map(|e| e.merchant_id.as_uuid()).collect();
    let ids: Vec<Uuid> = effects.iter().map(|e| e.effect_id.as_uuid()).collect();
    let kinds: Vec<&str> = effects.iter().map(|e| e.kind.as_str()).collect();
    let keys: Vec<&str> = effects.iter().map(|e| e.dedupe_key.as_str()).collect();
    let created: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(Arc::clone(&sql.intend)))
        .bind(&merchants)
        .bind(&ids)
        .bind(&kinds)
        .bind(effects.iter().map(|e| e.account_id).collect::<Vec<_>>())
        .bind(effects.iter().map(|e| e.subject_id).collect::<Vec<_>>())
        .bind(effects.iter().map(|e| e.order_id).collect::<Vec<_>>())
        .bind(&keys)
        .bind(
            effects
                .iter()
                .map(|e| e.payload.clone())
                .collect::<Vec<Value>>(),
        )
        .bind(effects.iter().map(|e| e.not_before).collect::<Vec<_>>())
        .bind(effects.iter().map(|e| e.give_up_at).collect::<Vec<_>>())
        .fetch_all(&mut *conn)
        .await?;
    let mut created: HashSet<Uuid> = created.into_iter().collect();
    if created.len() == effects.len() {
        return Ok(vec![Intended::Created; effects.len()]);
    }
    let rows: Vec<(Uuid, String, String, String)> =
        sqlx::query_as(AssertSqlSafe(Arc::clone(&sql.existing)))
            .bind(&merchants)
            .bind(&kinds)
            .bind(&keys)
            .fetch_all(conn)
            .await?;
    let mut states = HashMap::new();
    for (merchant, kind, key, state) in rows {
        let state: EffectState = state.parse().map_err(|error| sqlx::Error::ColumnDecode {
            index: "state".to_owned(),
            source: Box::new(error),
        })?;
        states.insert((merchant, kind, key), state);
    }
    effects
        .iter()
        .map(|effect| {
            // Removed, because a batch may hold the same effect twice: only its first is new.
            if created.remove(&effect.effect_id.as_uuid()) {
                return Ok(Intended::Created);
            }
            let key = (
                effect.merchant_id.as_uuid(),
                effect.kind.as_str().to_owned(),
                effect.dedupe_key.clone(),
            );
            states
                .get(&key)
                .copied()
                .map(Intended::Existing)
                .ok_or(sqlx::Error::RowNotFound)
        })
        .collect()
}

pub(super) async fn lock_selected(
    conn: &mut PgConnection,
    sql: &Sql,
    merchant_id: MerchantId,
    selector: BlockSelector,
) -> Result<Vec<Row>, sqlx::Error> {
    let (text, id, kind) = match selector {
        BlockSelector::Order(id) => (&sql.lock_order, id, None),
        BlockSelector::Subject(id) => (&sql.lock_subject, id, None),
        BlockSelector::OrderKind(id, kind) => (&sql.lock_order_kind, id, Some(kind)),
        BlockSelector::Effect(id) => (&sql.lock_effect, id.as_uuid(), None),
    };
    let mut query = sqlx::query_as(AssertSqlSafe(Arc::clone(text)))
        .bind(merchant_id.as_uuid())
        .bind(id);
    if let Some(kind) = kind {
        query = query.bind(kind.as_str());
    }
    query.fetch_all(conn).await
}

pub(super) async fn write(
    conn: &mut PgConnection,
    sql: &Sql,
    moves: &[Move],
) -> Result<Vec<Effect>, sqlx::Error> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    fn all<'a, T>(moves: &'a [Move], part: impl Fn(&'a Move) -> T) -> Vec<T> {
        moves.iter().map(part).collect()
    }
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(Arc::clone(&sql.write)))
        .bind(all(moves, |m| m.merchant_id.as_uuid()))
        .bind(all(moves, |m| m.effect_id.as_uuid()))
        .bind(all(moves, |m| m.from.fence))
        .bind(all(moves, |m| m.from.state.as_str()))
        .bind(all(moves, |m| m.to.fence))
        .bind(all(moves, |m| m.to.state.as_str()))
        .bind(all(moves, |m| i16::from(m.to.clean_probes)))
        .bind(all(moves, |m| m.reason.as_str()))
        .bind(all(moves, |m| m.detail.as_str()))
        .bind(all(moves, |m| m.evidence.clone()))
        .bind(all(moves, |m| m.next_attempt_at))
        .bind(all(moves, |m| {
            m.stop.as_ref().map(|(reason, _)| reason.as_str())
        }))
        .bind(all(moves, |m| {
            m.stop.as_ref().map(|(_, detail)| detail.as_str())
        }))
        .bind(all(moves, |m| m.restarts_schedule))
        .bind(all(moves, |m| m.change == Change::Marked))
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.effect).collect())
}
