//! The texts that answers begin from.

use chrono::{DateTime, Utc};
use moa_id::{AnswerTemplateId, MerchantId, OperatorId};
use sqlx::PgConnection;

use crate::Error;

/// Two templates of one name would not be told apart.
pub(crate) const NAME_KEY: &str = "answer_templates_name_key";

/// A text that answers begin from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnswerTemplate {
    pub(crate) id: AnswerTemplateId,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) updated_at: DateTime<Utc>,
    /// Raised by every change.
    pub(crate) version: i64,
    /// None when that was not kept.
    pub(crate) updated_by: Option<OperatorId>,
}

/// Every template, by name.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<Vec<AnswerTemplate>, Error> {
    let rows = sqlx::query!(
        "SELECT answer_template_id, name, text, updated_at, version, updated_by
         FROM order_sync.answer_templates
         WHERE merchant_id = $1
         ORDER BY name
         LIMIT 1000",
        merchant_id.as_uuid(),
    )
    .fetch_all(conn)
    .await?;
    let templates = rows.into_iter().map(|row| AnswerTemplate {
        id: AnswerTemplateId::from_uuid(row.answer_template_id),
        name: row.name,
        text: row.text,
        updated_at: row.updated_at,
        version: row.version,
        updated_by: row.updated_by.map(OperatorId::from_uuid),
    });
    Ok(templates.collect())
}

/// One template.
pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: AnswerTemplateId,
) -> Result<Option<AnswerTemplate>, Error> {
    let row = sqlx::query!(
        "SELECT name, text, updated_at, version, updated_by
         FROM order_sync.answer_templates
         WHERE merchant_id = $1 AND answer_template_id = $2",
        merchant_id.as_uuid(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| AnswerTemplate {
        id,
        name: row.name,
        text: row.text,
        updated_at: row.updated_at,
        version: row.version,
        updated_by: row.updated_by.map(OperatorId::from_uuid),
    }))
}

/// Stores a new template. Gives the one that the same request made before, when there is one.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    request_id: &str,
    template: &AnswerTemplate,
) -> Result<AnswerTemplateId, Error> {
    let id = sqlx::query_scalar!(
        "INSERT INTO order_sync.answer_templates AS t
             (merchant_id, answer_template_id, request_id, name, text, created_at, updated_at, version, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
         ON CONFLICT ON CONSTRAINT answer_templates_request_key DO UPDATE SET request_id = t.request_id
         RETURNING answer_template_id",
        merchant_id.as_uuid(),
        template.id.as_uuid(),
        request_id,
        template.name,
        template.text,
        template.updated_at,
        template.version,
        template.updated_by.map(|id| id.as_uuid()),
    )
    .fetch_one(conn)
    .await?;
    Ok(AnswerTemplateId::from_uuid(id))
}

/// How many templates there are.
pub(crate) async fn count(conn: &mut PgConnection, merchant_id: MerchantId) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!"
           FROM order_sync.answer_templates
           WHERE merchant_id = $1"#,
        merchant_id.as_uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// Replaces a template that has this version (none: whichever it has), and gives its new one; none when it has another, or
/// there is no such template. The version of `template` is not looked at.
pub(crate) async fn update(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    template: &AnswerTemplate,
    expected: Option<i64>,
) -> Result<Option<i64>, Error> {
    let version = sqlx::query_scalar!(
        "UPDATE order_sync.answer_templates
         SET name = $3, text = $4, updated_at = $5, updated_by = $6, version = version + 1
         WHERE merchant_id = $1 AND answer_template_id = $2 AND ($7::bigint IS NULL OR version = $7)
         RETURNING version",
        merchant_id.as_uuid(),
        template.id.as_uuid(),
        template.name,
        template.text,
        template.updated_at,
        template.updated_by.map(|id| id.as_uuid()),
        expected,
    )
    .fetch_optional(conn)
    .await?;
    Ok(version)
}

/// Removes a template.
pub(crate) async fn delete(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: AnswerTemplateId,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM order_sync.answer_templates
         WHERE merchant_id = $1 AND answer_template_id = $2",
        merchant_id.as_uuid(),
        id.as_uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
