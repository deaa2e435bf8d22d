//! Who looks after which question, and who did.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{InquiryId, MerchantId, OperatorId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;

/// A question was given to somebody, or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// None: nobody.
    pub(crate) operator_id: Option<OperatorId>,
    pub(crate) assigned_by: OperatorId,
    pub(crate) assigned_at: DateTime<Utc>,
}

/// Locks a question, so that two who give it away do so one after the other. False when there is none.
pub(crate) async fn lock_inquiry(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_id: InquiryId,
) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        "SELECT inquiry_id
         FROM order_sync.inquiries
         WHERE merchant_id = $1 AND inquiry_id = $2
         FOR NO KEY UPDATE",
        merchant_id.as_uuid(),
        inquiry_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Who looks after these questions; those that nobody has are absent.
pub(crate) async fn assignees(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_ids: &[Uuid],
) -> Result<HashMap<Uuid, OperatorId>, Error> {
    let rows = sqlx::query!(
        "SELECT inquiry_id, operator_id
         FROM order_sync.inquiry_assignees
         WHERE merchant_id = $1 AND inquiry_id = ANY ($2)",
        merchant_id.as_uuid(),
        inquiry_ids,
    )
    .fetch_all(conn)
    .await?;
    let found = rows.into_iter();
    Ok(found
        .map(|row| (row.inquiry_id, OperatorId::from_uuid(row.operator_id)))
        .collect())
}

/// Gives a question away, and writes down that it was. The question is locked.
pub(crate) async fn assign(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_id: InquiryId,
    assignment: &Assignment,
) -> Result<(), Error> {
    let operator_id = assignment.operator_id.map(|id| id.as_uuid());
    match operator_id {
        Some(operator_id) => {
            sqlx::query!(
                "INSERT INTO order_sync.inquiry_assignees (merchant_id, inquiry_id, operator_id)
                 VALUES ($1, $2, $3)
                 ON CONFLICT ON CONSTRAINT inquiry_assignees_pkey DO UPDATE SET operator_id = EXCLUDED.operator_id",
                merchant_id.as_uuid(),
                inquiry_id.as_uuid(),
                operator_id,
            )
            .execute(&mut *conn)
            .await?;
        }
        None => {
            sqlx::query!(
                "DELETE FROM order_sync.inquiry_assignees
                 WHERE merchant_id = $1 AND inquiry_id = $2",
                merchant_id.as_uuid(),
                inquiry_id.as_uuid(),
            )
            .execute(&mut *conn)
            .await?;
        }
    }
    sqlx::query!(
        "INSERT INTO order_sync.inquiry_assignments
             (merchant_id, inquiry_id, number, operator_id, assigned_by, assigned_at)
         SELECT $1, $2, COALESCE(max(number), 0) + 1, $3, $4, $5
         FROM order_sync.inquiry_assignments
         WHERE merchant_id = $1 AND inquiry_id = $2",
        merchant_id.as_uuid(),
        inquiry_id.as_uuid(),
        operator_id,
        assignment.assigned_by.as_uuid(),
        assignment.assigned_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whom a question was given to, newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_id: InquiryId,
    limit: i64,
) -> Result<Vec<Assignment>, Error> {
    let rows = sqlx::query!(
        "SELECT operator_id, assigned_by, assigned_at
         FROM order_sync.inquiry_assignments
         WHERE merchant_id = $1 AND inquiry_id = $2
         ORDER BY number DESC
         LIMIT $3",
        merchant_id.as_uuid(),
        inquiry_id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let assignments = rows.into_iter().map(|row| Assignment {
        operator_id: row.operator_id.map(OperatorId::from_uuid),
        assigned_by: OperatorId::from_uuid(row.assigned_by),
        assigned_at: row.assigned_at,
    });
    Ok(assignments.collect())
}
