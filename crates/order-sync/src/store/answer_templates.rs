//! The texts that answers begin from.

use chrono::{DateTime, Utc};
use moa_id::{AnswerTemplateId, MerchantId};
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
}

/// Every template, by name.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<Vec<AnswerTemplate>, Error> {
    let rows = sqlx::query!(
        "SELECT answer_template_id, name, text, updated_at
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
        "SELECT name, text, updated_at
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
             (merchant_id, answer_template_id, request_id, name, text, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT ON CONSTRAINT answer_templates_request_key DO UPDATE SET request_id = t.request_id
         RETURNING answer_template_id",
        merchant_id.as_uuid(),
        template.id.as_uuid(),
        request_id,
        template.name,
        template.text,
        template.updated_at,
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

/// Replaces a template. False when there is none.
pub(crate) async fn update(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    template: &AnswerTemplate,
) -> Result<bool, Error> {
    let done = sqlx::query!(
        "UPDATE order_sync.answer_templates
         SET name = $3, text = $4, updated_at = $5
         WHERE merchant_id = $1 AND answer_template_id = $2",
        merchant_id.as_uuid(),
        template.id.as_uuid(),
        template.name,
        template.text,
        template.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
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
