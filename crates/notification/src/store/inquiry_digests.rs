use chrono::{DateTime, Utc};
use moa_id::{MerchantId, MessageId};
use sqlx::PgConnection;

use crate::domain::digest::{Fate, LastDigest};
use crate::domain::sender::SenderKind;
use crate::error::Error;

/// Whether a merchant's people want to be told of open questions, and what they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DigestSetting {
    pub(crate) enabled: bool,
    pub(crate) last: LastDigest,
    /// What told it.
    pub(crate) message_id: Option<MessageId>,
}

/// Merchants that can be told and did not say no; up to 10,000.
pub(crate) async fn merchants(conn: &mut PgConnection) -> Result<Vec<MerchantId>, Error> {
    let found = sqlx::query_scalar!(
        "SELECT s.merchant_id
         FROM notification.senders s
         LEFT JOIN notification.inquiry_digests d ON d.merchant_id = s.merchant_id
         WHERE s.kind = $1 AND d.enabled IS NOT FALSE
         ORDER BY s.merchant_id
         LIMIT 10000",
        SenderKind::Slack.as_str(),
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(MerchantId::from_uuid).collect())
}

/// Whether it is switched on, and when something was told last. On while nothing is stored.
pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<(bool, Option<DateTime<Utc>>), Error> {
    let row = sqlx::query!(
        "SELECT enabled, told_at
         FROM notification.inquiry_digests
         WHERE merchant_id = $1",
        merchant_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or((true, None), |row| (row.enabled, row.told_at)))
}

/// All of it, locked until the transaction ends, so that two runs tell once.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<DigestSetting, Error> {
    sqlx::query!(
        "INSERT INTO notification.inquiry_digests (merchant_id)
         VALUES ($1)
         ON CONFLICT ON CONSTRAINT inquiry_digests_pkey DO NOTHING",
        merchant_id.as_uuid(),
    )
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query!(
        "SELECT enabled, fingerprint, told_at, message_id, failed_before
         FROM notification.inquiry_digests
         WHERE merchant_id = $1
         FOR NO KEY UPDATE",
        merchant_id.as_uuid(),
    )
    .fetch_one(&mut *conn)
    .await?;
    let message_id = row.message_id.map(MessageId::from_uuid);
    let fate = match message_id {
        None => Fate::default(),
        Some(message_id) => fate(conn, merchant_id, message_id).await?,
    };
    Ok(DigestSetting {
        enabled: row.enabled,
        last: LastDigest {
            fingerprint: row.fingerprint,
            told_at: row.told_at,
            fate,
            failed_before: row.failed_before,
        },
        message_id,
    })
}

/// What became of a digest: as its effect has it, since what failed is under way again once somebody redrives it, and its
/// message does not say so. A statement of its own behind the lock: one that waits for the lock sees what was before.
async fn fate(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    message_id: MessageId,
) -> Result<Fate, Error> {
    let state = sqlx::query_scalar!(
        "SELECT e.state
         FROM notification.messages m
         JOIN notification.effects e ON e.merchant_id = m.merchant_id AND e.effect_id = m.effect_id
         WHERE m.merchant_id = $1 AND m.message_id = $2",
        merchant_id.as_uuid(),
        message_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(match state.as_deref() {
        Some("PENDING" | "CLAIMED" | "VERIFIED" | "SENDING" | "RETRYABLE" | "UNKNOWN") => {
            Fate::UnderWay
        }
        Some("REJECTED" | "DEAD" | "BLOCKED") => Fate::Failed,
        _ => Fate::Told,
    })
}

/// Notes what `message_id` tells now, after so many that failed in a row.
pub(crate) async fn tell(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    fingerprint: &str,
    message_id: MessageId,
    failed_before: i16,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE notification.inquiry_digests
         SET fingerprint = $2, message_id = $3, failed_before = $4, told_at = $5
         WHERE merchant_id = $1",
        merchant_id.as_uuid(),
        fingerprint,
        message_id.as_uuid(),
        failed_before,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says whether a merchant's people want to be told.
pub(crate) async fn enable(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    enabled: bool,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO notification.inquiry_digests (merchant_id, enabled)
         VALUES ($1, $2)
         ON CONFLICT ON CONSTRAINT inquiry_digests_pkey DO UPDATE SET enabled = EXCLUDED.enabled",
        merchant_id.as_uuid(),
        enabled,
    )
    .execute(conn)
    .await?;
    Ok(())
}
