use moa_id::MessageId;
use sqlx::PgConnection;

use crate::domain::message::Message;
use crate::error::Error;

/// What was said about the subject of a message, with the same template.
pub(crate) struct History {
    pub(crate) messages: i64,
    /// One of them, or an attempt at one, has or may still have success.
    pub(crate) under_way: bool,
}

pub(crate) async fn history(conn: &mut PgConnection, of: &Message) -> Result<History, Error> {
    // By the order, which has an index.
    let row = sqlx::query!(
        r#"SELECT count(*) AS "messages!",
                  COALESCE(bool_or(m.state <> 'FAILED' OR e.state IN (
                      'PENDING', 'CLAIMED', 'VERIFIED', 'SENDING', 'RETRYABLE', 'UNKNOWN'
                  )), false) AS "under_way!"
           FROM notification.message_orders o
           JOIN notification.messages m ON m.merchant_id = o.merchant_id AND m.message_id = o.message_id
           JOIN notification.effects e ON e.merchant_id = m.merchant_id AND e.effect_id = m.effect_id
           WHERE o.merchant_id = $1 AND o.order_id = $2 AND m.template = $3 AND m.subject_id = $4"#,
        of.merchant_id.as_uuid(),
        of.order_id.map(|order_id| order_id.as_uuid()),
        of.template.as_str(),
        of.subject_id,
    )
    .fetch_one(conn)
    .await?;
    Ok(History {
        messages: row.messages,
        under_way: row.under_way,
    })
}

/// The message that was made for this request to send `failed` once more.
pub(crate) async fn by_request(
    conn: &mut PgConnection,
    failed: &Message,
    request_id: &str,
) -> Result<Option<MessageId>, Error> {
    let found = sqlx::query_scalar!(
        "SELECT m.message_id
         FROM notification.effects e
         JOIN notification.messages m ON m.merchant_id = e.merchant_id AND m.effect_id = e.effect_id
         WHERE e.merchant_id = $1 AND e.subject_id = $2 AND e.payload #>> '{resent,request_id}' = $3
           AND e.payload #>> '{resent,of}' = $4",
        failed.merchant_id.as_uuid(),
        failed.subject_id,
        request_id,
        failed.id.to_string(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(MessageId::from_uuid))
}
