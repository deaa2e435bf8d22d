//! Merchants and the people who work for them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OperatorId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::access::Role;
use crate::error::Error;

/// A person, with the merchant they work for.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Whose.
    pub merchant_id: MerchantId,
    /// The business's name.
    pub merchant_name: String,
    /// Who.
    pub operator_id: OperatorId,
    /// Lower case.
    pub email: String,
    /// As others see them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// "ko" or "en".
    pub locale: String,
}

/// A person to be stored.
pub struct NewOperator {
    /// The person.
    pub operator: Operator,
    /// PHC text.
    pub password_hash: String,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// Reads a stored role.
pub(super) fn role(text: &str) -> Result<Role, Error> {
    Role::parse(text).ok_or_else(|| Error::Row {
        table: "operators",
        problem: format!("role {text:?} is unknown"),
    })
}

/// The people with this address, with their password hashes. Several merchants may know one address.
pub async fn find_by_email(
    conn: &mut PgConnection,
    email: &str,
) -> Result<Vec<(Operator, String)>, Error> {
    let rows = sqlx::query!(
        "SELECT o.merchant_id, m.name AS merchant_name, o.operator_id, o.email, o.name, o.role, o.locale, o.password_hash
         FROM admin_gateway.operators o
         JOIN admin_gateway.merchants m ON m.merchant_id = o.merchant_id
         WHERE o.email = $1
         ORDER BY o.merchant_id
         LIMIT 4",
        email
    )
    .fetch_all(conn)
    .await?;
    let people = rows.into_iter().map(|row| {
        let operator = Operator {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            merchant_name: row.merchant_name,
            operator_id: OperatorId::from_uuid(row.operator_id),
            email: row.email,
            name: row.name,
            role: role(&row.role)?,
            locale: row.locale,
        };
        Ok((operator, row.password_hash))
    });
    people.collect()
}

/// What these people are called; unknown ones are absent.
pub async fn names(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    operator_ids: &[OperatorId],
) -> Result<HashMap<OperatorId, String>, Error> {
    let ids: Vec<Uuid> = operator_ids.iter().map(OperatorId::as_uuid).collect();
    let rows = sqlx::query!(
        "SELECT operator_id, name
         FROM admin_gateway.operators
         WHERE merchant_id = $1 AND operator_id = ANY($2)",
        merchant_id.as_uuid(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let names = rows
        .into_iter()
        .map(|row| (OperatorId::from_uuid(row.operator_id), row.name));
    Ok(names.collect())
}

/// Everybody who works for a merchant, by name; up to 1000.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<Vec<Operator>, Error> {
    let rows = sqlx::query!(
        "SELECT o.merchant_id, m.name AS merchant_name, o.operator_id, o.email, o.name, o.role, o.locale
         FROM admin_gateway.operators o
         JOIN admin_gateway.merchants m ON m.merchant_id = o.merchant_id
         WHERE o.merchant_id = $1
         ORDER BY o.name, o.email
         LIMIT 1000",
        merchant_id.as_uuid()
    )
    .fetch_all(conn)
    .await?;
    let people = rows.into_iter().map(|row| {
        Ok(Operator {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            merchant_name: row.merchant_name,
            operator_id: OperatorId::from_uuid(row.operator_id),
            email: row.email,
            name: row.name,
            role: role(&row.role)?,
            locale: row.locale,
        })
    });
    people.collect()
}

/// Whether there is any merchant. Keeps others from making the first one until the transaction ends.
pub async fn lock_is_empty(conn: &mut PgConnection) -> Result<bool, Error> {
    sqlx::query!("LOCK TABLE admin_gateway.merchants IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *conn)
        .await?;
    is_empty(conn).await
}

/// Whether there is no merchant.
pub async fn is_empty(conn: &mut PgConnection) -> Result<bool, Error> {
    let any =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM admin_gateway.merchants) AS "any!""#)
            .fetch_one(conn)
            .await?;
    Ok(!any)
}

/// Stores a merchant with its first person.
pub async fn insert_merchant(conn: &mut PgConnection, first: &NewOperator) -> Result<(), Error> {
    let operator = &first.operator;
    sqlx::query!(
        "INSERT INTO admin_gateway.merchants (merchant_id, name, created_at)
         VALUES ($1, $2, $3)",
        operator.merchant_id.as_uuid(),
        operator.merchant_name,
        first.created_at
    )
    .execute(&mut *conn)
    .await?;
    insert(conn, first).await
}

/// Stores a person.
pub async fn insert(conn: &mut PgConnection, new: &NewOperator) -> Result<(), Error> {
    let operator = &new.operator;
    sqlx::query!(
        "INSERT INTO admin_gateway.operators
             (merchant_id, operator_id, email, name, role, locale, password_hash, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        operator.merchant_id.as_uuid(),
        operator.operator_id.as_uuid(),
        operator.email,
        operator.name,
        operator.role.as_str(),
        operator.locale,
        new.password_hash,
        new.created_at
    )
    .execute(conn)
    .await?;
    Ok(())
}
