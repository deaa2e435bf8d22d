//! What a worker asks of the ledger.

use std::sync::Arc;
use std::time::Duration;

use moa_id::MerchantId;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::{Ledger, Row};
use crate::{ClaimedEffect, EffectKind};

/// A kind a worker carries out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaimKind {
    pub(crate) kind: EffectKind,
    pub(crate) batch_size: i64,
    pub(crate) lease: Duration,
}

/// A lane that takes no further batch now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BusyLane {
    pub(crate) kind: EffectKind,
    pub(crate) merchant_id: MerchantId,
    pub(crate) account_id: Uuid,
}

/// Work that waits, for metrics.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Backlog {
    pub(crate) kind: String,
    pub(crate) what: String,
    pub(crate) number: i64,
    pub(crate) oldest_seconds: f64,
}

impl Ledger {
    /// Takes a batch of each of up to `lanes` lanes.
    pub(crate) async fn claim(
        &self,
        conn: &mut PgConnection,
        holder: Uuid,
        kinds: &[ClaimKind],
        busy: &[BusyLane],
        lanes: usize,
    ) -> Result<Vec<Row>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.claim)))
            .bind(kinds.iter().map(|k| k.kind.as_str()).collect::<Vec<_>>())
            .bind(kinds.iter().map(|k| k.batch_size).collect::<Vec<_>>())
            .bind(
                kinds
                    .iter()
                    .map(|k| k.lease.as_secs_f64())
                    .collect::<Vec<_>>(),
            )
            .bind(busy.iter().map(|b| b.kind.as_str()).collect::<Vec<_>>())
            .bind(
                busy.iter()
                    .map(|b| b.merchant_id.as_uuid())
                    .collect::<Vec<_>>(),
            )
            .bind(busy.iter().map(|b| b.account_id).collect::<Vec<_>>())
            .bind(i64::try_from(lanes).unwrap_or(i64::MAX))
            .bind(holder)
            .fetch_all(conn)
            .await
    }

    /// Takes unknown outcomes whose quarantine or probe spacing is over.
    pub(crate) async fn claim_unknown(
        &self,
        conn: &mut PgConnection,
        holder: Uuid,
        kinds: &[ClaimKind],
        number: usize,
    ) -> Result<Vec<Row>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.claim_unknown)))
            .bind(kinds.iter().map(|k| k.kind.as_str()).collect::<Vec<_>>())
            .bind(
                kinds
                    .iter()
                    .map(|k| k.lease.as_secs_f64())
                    .collect::<Vec<_>>(),
            )
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .bind(holder)
            .fetch_all(conn)
            .await
    }

    /// Lets the leases of effects that are being looked at or probed last `lease` from now, where they are still ours.
    pub(crate) async fn renew(
        &self,
        conn: &mut PgConnection,
        holder: Uuid,
        batch: &[ClaimedEffect],
        lease: Duration,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(AssertSqlSafe(Arc::clone(&self.sql.renew)))
            .bind(
                batch
                    .iter()
                    .map(|e| e.merchant_id.as_uuid())
                    .collect::<Vec<_>>(),
            )
            .bind(
                batch
                    .iter()
                    .map(|e| e.effect_id.as_uuid())
                    .collect::<Vec<_>>(),
            )
            .bind(batch.iter().map(|e| e.fence).collect::<Vec<_>>())
            .bind(holder)
            .bind(lease.as_secs_f64())
            .execute(conn)
            .await
            .map(|_| ())
    }

    /// Commits SENDING for verified effects. Returns those that are still ours and may be sent.
    pub(crate) async fn begin_send(
        &self,
        conn: &mut PgConnection,
        verified: &[(&ClaimedEffect, Value)],
        send_timeout: Duration,
        lease: Duration,
    ) -> Result<Vec<Row>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.begin_send)))
            .bind(
                verified
                    .iter()
                    .map(|(e, _)| e.merchant_id.as_uuid())
                    .collect::<Vec<_>>(),
            )
            .bind(
                verified
                    .iter()
                    .map(|(e, _)| e.effect_id.as_uuid())
                    .collect::<Vec<_>>(),
            )
            .bind(verified.iter().map(|(e, _)| e.fence).collect::<Vec<_>>())
            .bind(
                verified
                    .iter()
                    .map(|(_, evidence)| evidence.clone())
                    .collect::<Vec<Value>>(),
            )
            .bind(send_timeout.as_secs_f64())
            .bind(lease.as_secs_f64())
            .fetch_all(conn)
            .await
    }

    /// Effects whose holder did not come back in time.
    pub(crate) async fn lost(
        &self,
        conn: &mut PgConnection,
        kinds: &[ClaimKind],
        number: i64,
    ) -> Result<Vec<Row>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.lost)))
            .bind(kinds.iter().map(|k| k.kind.as_str()).collect::<Vec<_>>())
            .bind(number)
            .fetch_all(conn)
            .await
    }

    /// How much waits, and since when.
    pub(crate) async fn backlog(
        &self,
        conn: &mut PgConnection,
    ) -> Result<Vec<Backlog>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(Arc::clone(&self.sql.backlog)))
            .fetch_all(conn)
            .await
    }
}
