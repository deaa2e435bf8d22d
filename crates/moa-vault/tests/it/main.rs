//! Stories over data keys in a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod data_keys;
mod rotation;

use std::sync::Arc;

use moa_id::{DataKeyId, Ids, MerchantId};
use moa_vault::{Aad, KeyRing, Vault, data_keys_ddl};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, pool::PoolConnection};

const SCHEMA: &str = "order_sync";

/// A migrated schema, and one merchant in it.
struct World {
    conn: PoolConnection<Postgres>,
    ids: Ids,
    merchant_id: MerchantId,
}

impl World {
    async fn new(pool: &PgPool) -> Self {
        let mut conn = pool.acquire().await.unwrap();
        let ddl = format!("CREATE SCHEMA {SCHEMA}; {}", data_keys_ddl(SCHEMA));
        sqlx::raw_sql(AssertSqlSafe(ddl))
            .execute(&mut *conn)
            .await
            .unwrap();
        let ids = Ids::seeded(1);
        let merchant_id = ids.next();
        Self {
            conn,
            ids,
            merchant_id,
        }
    }

    fn key_ids(&self, count: usize) -> Vec<DataKeyId> {
        (0..count).map(|_| self.ids.next()).collect()
    }

    fn aad(&self) -> Aad {
        Aad {
            merchant_id: self.merchant_id,
            table: "order_contacts",
            column: "sealed",
            row: uuid::Uuid::from_u128(9),
        }
    }

    async fn scalar<T>(&mut self, sql: &'static str) -> T
    where
        T: Send + Unpin + sqlx::Type<Postgres> + for<'r> sqlx::Decode<'r, Postgres>,
    {
        sqlx::query_scalar(sql)
            .fetch_one(&mut *self.conn)
            .await
            .unwrap()
    }
}

fn vault(section: &Value) -> Vault {
    let file = json!({ "vault": section }).to_string();
    Vault::new(SCHEMA, Arc::new(KeyRing::from_json(&file).unwrap()))
}

/// The section after a rotation: all older keys kept, a new one active.
fn rotated(section: &Value, new_id: &str) -> Value {
    let mut rotated = section.clone();
    rotated["keys"][new_id] = KeyRing::generate_section()["keys"]["k1"].clone();
    rotated["active"] = json!(new_id);
    rotated
}

/// Runs `sql` in a savepoint-like transaction of its own and expects it to be refused by `constraint`.
async fn refused_by(conn: &mut PgConnection, sql: &'static str, constraint: &str) {
    #[expect(clippy::disallowed_methods, reason = "nobody gives this test up")]
    let mut tx = conn.begin().await.unwrap();
    let error = sqlx::query(sql).execute(&mut *tx).await.unwrap_err();
    assert_eq!(
        error
            .as_database_error()
            .and_then(|error| error.constraint()),
        Some(constraint)
    );
}
