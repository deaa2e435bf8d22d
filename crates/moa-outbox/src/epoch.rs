//! After a dump and restore into another cluster, transaction ids begin anew: rows and cursors of the old cluster then
//! seem to lie in the future, where nobody ever reads them.

use sqlx::{AssertSqlSafe, PgPool};

/// The reason that a cursor of another epoch or cluster is refused with.
pub(crate) const EPOCH_MISMATCH: &str = "FEED_EPOCH_MISMATCH";
/// In that refusal: whether all events after the cursor are still there.
pub(crate) const HISTORY: &str = "history";
pub(crate) const HISTORY_KEPT: &str = "kept";

/// Brings events of another cluster into this one's order and raises the epoch, so that every cursor made before is
/// refused. Does nothing when there are none.
pub(crate) async fn adopt_foreign_rows(
    pool: &PgPool,
    schema: &'static str,
) -> Result<(), sqlx::Error> {
    // A row that can be seen was committed before the snapshot's end, unless its transaction was another cluster's.
    let foreign = format!(
        "SELECT EXISTS (
             SELECT FROM {schema}.outbox WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"
    );
    let any = |sql: String| sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql));
    if !any(foreign.clone()).fetch_one(pool).await? {
        return Ok(());
    }
    let mut tx = moa_service::begin(pool).await?;
    // One process of several does it; the others find it done.
    let sql = format!("SELECT epoch FROM {schema}.feed_epoch FOR UPDATE");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    if !any(foreign).fetch_one(&mut *tx).await? {
        return tx.commit().await;
    }
    // Positions first: the partitions of consumers that seem to have passed everything would be dropped.
    let sql = format!(
        "UPDATE {schema}.feed_consumers
         SET xid = 0, seq = 0
         WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    // All in this one transaction: `seq`, which a dump carries over, still orders them.
    let sql = format!(
        "UPDATE {schema}.outbox
         SET xid = pg_current_xact_id()
         WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())"
    );
    let adopted = sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    let sql = format!("UPDATE {schema}.feed_epoch SET epoch = epoch + 1 RETURNING epoch");
    let epoch: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    tracing::warn!(
        db.schema = schema,
        "{} event(s) of {schema} were written in another database cluster; they are in this one's order now, and the feed's epoch is {epoch}: whoever follows it reads it again",
        adopted.rows_affected()
    );
    Ok(())
}

/// Whether every event with a higher `seq` than the cursor's is still there. What a consumer had not read is kept for it;
/// this asks anew, since a restored consumer may stand further back than it once did.
pub(crate) async fn keeps_all_after(
    pool: &PgPool,
    schema: &'static str,
    seq: i64,
) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "SELECT coalesce((SELECT min(seq) FROM {schema}.outbox),
                         (SELECT last_value + is_called::int FROM {schema}.outbox_seq))"
    );
    let oldest: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(pool)
        .await?;
    // A cursor that a list gave names no event; it is covered when nothing was ever dropped.
    let passed = if seq == i64::MAX { 0 } else { seq };
    Ok(oldest <= passed.saturating_add(1))
}
