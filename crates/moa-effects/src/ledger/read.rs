//! Reading the ledger for people and for the owning service.

use std::sync::Arc;

use moa_id::{EffectId, MerchantId};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::{Ledger, Row};
use crate::{Attempt, Effect, EffectKind, EffectState};

/// Nobody reads more evidence of one effect than this; the newest is kept.
const ATTEMPTS_SHOWN: i64 = 200;

/// Which effects to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EffectFilter {
    /// Only in this state.
    pub state: Option<EffectState>,
    /// Only of this kind.
    pub kind: Option<EffectKind>,
    /// Only about this subject or order.
    pub subject_id: Option<Uuid>,
    /// Only older than this one: the last of the page before.
    pub before: Option<EffectId>,
}

impl Ledger {
    /// One effect.
    pub async fn get(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        effect_id: EffectId,
    ) -> Result<Option<Effect>, sqlx::Error> {
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.get)))
            .bind(merchant_id.as_uuid())
            .bind(effect_id.as_uuid())
            .fetch_optional(conn)
            .await?;
        Ok(row.map(|row| row.effect))
    }

    /// A merchant's effects, newest first.
    pub async fn list(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        filter: EffectFilter,
        limit: i64,
    ) -> Result<Vec<Effect>, sqlx::Error> {
        // Enum names and absent conditions go into the text: only so does the planner see which index fits.
        let mut conditions = String::new();
        conditions.push_str(match filter.subject_id {
            Some(_) => "AND (e.subject_id = $2 OR e.order_id = $2)",
            None => "AND $2::uuid IS NULL",
        });
        conditions.push_str(match filter.before {
            Some(_) => " AND e.effect_id < $3",
            None => " AND $3::uuid IS NULL",
        });
        if let Some(state) = filter.state {
            conditions.push_str(&format!(" AND e.state = '{state}'"));
        }
        if let Some(kind) = filter.kind {
            conditions.push_str(&format!(" AND e.kind = '{kind}'"));
        }
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(
            self.sql.list.replace("{{filter}}", &conditions),
        ))
        .bind(merchant_id.as_uuid())
        .bind(filter.subject_id)
        .bind(filter.before.map(|id| id.as_uuid()))
        .bind(limit)
        .fetch_all(conn)
        .await?;
        Ok(rows.into_iter().map(|row| row.effect).collect())
    }

    /// The evidence of one effect, oldest first; at most its newest 200 transitions.
    pub async fn attempts(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        effect_id: EffectId,
    ) -> Result<Vec<Attempt>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.attempts)))
            .bind(merchant_id.as_uuid())
            .bind(effect_id.as_uuid())
            .bind(ATTEMPTS_SHOWN)
            .fetch_all(conn)
            .await
    }
}
