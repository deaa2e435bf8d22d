use sqlx::{AssertSqlSafe, PgConnection};

use crate::VaultError;

/// The statements that make `data_keys` in a service's schema, for that service's first migration.
///
/// # Panics
///
/// When `schema` is not a plain lower-case name: it is written in the source, never taken from outside.
pub fn data_keys_ddl(schema: &'static str) -> String {
    assert_plain(schema);
    include_str!("../ddl/data_keys.sql").replace("{{schema}}", schema)
}

/// Whether anything was ever sealed in this schema. A keys file may be made only while nothing was.
///
/// # Panics
///
/// When `schema` is not a plain lower-case name.
pub async fn data_keys_exist(
    conn: &mut PgConnection,
    schema: &'static str,
) -> Result<bool, VaultError> {
    assert_plain(schema);
    let migrated: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(format!("{schema}.data_keys"))
        .fetch_one(&mut *conn)
        .await
        .map_err(VaultError::Database)?;
    if !migrated {
        return Ok(false);
    }
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT EXISTS (SELECT FROM {schema}.data_keys)"
    )))
    .fetch_one(conn)
    .await
    .map_err(VaultError::Database)
}

pub(crate) fn assert_plain(schema: &str) {
    let plain = schema.starts_with(|first: char| first.is_ascii_lowercase())
        && schema.len() < 64
        && schema
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    assert!(plain, "`{schema}` is not a plain lower-case schema name");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_no_other_gaps() {
        let ddl = data_keys_ddl("order_sync");
        assert!(ddl.contains("CREATE TABLE order_sync.data_keys"));
        assert!(!ddl.contains("{{"));
    }

    #[test]
    #[should_panic(expected = "is not a plain lower-case schema name")]
    fn a_name_that_would_change_the_statement_is_refused() {
        data_keys_ddl("order_sync; DROP SCHEMA order_sync");
    }
}
