//! What PostgreSQL itself can do: the hub's own rows, written again by bare `unnest` upserts.
//!
//! The aims are held against the form that is usual, with `unnest` in `FROM`. The same in the select list is quicker; we write
//! so ourselves, and what we do is shown beside it, too.
//!
//! Columns are taken from the catalogue, so that the yardstick always has the shape of the real tables.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row};
use uuid::Uuid;

/// Rows of one statement.
const BATCH: i32 = 500;

/// What the yardstick wrote, and how long that took.
pub struct Measured {
    pub orders: u64,
    pub lines: u64,
    pub time: Duration,
    /// With the rows unfolded in the select list.
    pub select_list: Duration,
}

/// Where rows are unfolded.
#[derive(Debug, Clone, Copy)]
enum Form {
    From,
    SelectList,
}

/// How many rows of a table were written, and how long each form took.
struct Copied {
    rows: u64,
    from: Duration,
    select_list: Duration,
}

/// A table to be copied row by row.
struct Table {
    name: &'static str,
    /// What an upsert conflicts on.
    key: &'static str,
    /// The rows of orders made since `$1`.
    filter: &'static str,
}

const ORDERS: Table = Table {
    name: "orders",
    key: "merchant_id, channel_account_id, channel_order_id",
    filter: "created_at >= $1",
};
const LINES: Table = Table {
    name: "order_lines",
    key: "merchant_id, order_id, channel_line_id",
    filter: "order_id IN (SELECT order_id FROM order_sync.orders WHERE created_at >= $1)",
};

/// Copies the orders that came since `since`, with their lines.
pub async fn measure(db: &PgPool, since: DateTime<Utc>) -> Result<Measured> {
    sqlx::raw_sql("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench")
        .execute(db)
        .await?;
    let orders = ORDERS.copy(db, since).await?;
    let lines = LINES.copy(db, since).await?;
    Ok(Measured {
        orders: orders.rows,
        lines: lines.rows,
        time: orders.from + lines.from,
        select_list: orders.select_list + lines.select_list,
    })
}

impl Table {
    async fn copy(&self, db: &PgPool, since: DateTime<Utc>) -> Result<Copied> {
        let columns = self.columns(db).await?;
        let batches = self.read(db, &columns, since).await?;
        let (select_list, _) = self.write(db, &columns, &batches, Form::SelectList).await?;
        let (from, rows) = self.write(db, &columns, &batches, Form::From).await?;
        Ok(Copied {
            rows,
            from,
            select_list,
        })
    }

    /// Writes all batches into a new table.
    async fn write(
        &self,
        db: &PgPool,
        columns: &[Column],
        batches: &[Vec<Values>],
        form: Form,
    ) -> Result<(Duration, u64)> {
        let name = self.name;
        let sql = format!(
            "DROP TABLE IF EXISTS bench.{name};
             CREATE TABLE bench.{name} (LIKE order_sync.{name} INCLUDING ALL)"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await?;
        let upsert = self.upsert(columns, form);
        let started = Instant::now();
        let mut rows = 0;
        for batch in batches {
            let mut query = sqlx::query(AssertSqlSafe(upsert.clone()));
            for values in batch {
                query = values.bind(query);
            }
            rows += query.execute(db).await?.rows_affected();
        }
        Ok((started.elapsed(), rows))
    }

    async fn columns(&self, db: &PgPool) -> Result<Vec<Column>> {
        let sql = "SELECT attname::text, format_type(atttypid, NULL)
                   FROM pg_attribute
                   WHERE attrelid = to_regclass('order_sync.' || $1)
                     AND attnum > 0
                     AND NOT attisdropped
                   ORDER BY attnum";
        let rows: Vec<(String, String)> = sqlx::query_as(sql).bind(self.name).fetch_all(db).await?;
        Ok(rows
            .into_iter()
            .map(|(name, kind)| Column { name, kind })
            .collect())
    }

    async fn read(
        &self,
        db: &PgPool,
        columns: &[Column],
        since: DateTime<Utc>,
    ) -> Result<Vec<Vec<Values>>> {
        let arrays = joined(columns, |column| format!("array_agg({})", column.name));
        let (name, filter) = (self.name, self.filter);
        let sql = format!(
            "SELECT {arrays}
             FROM (SELECT *, (row_number() OVER (ORDER BY order_id) - 1) / {BATCH} AS batch
                   FROM order_sync.{name}
                   WHERE {filter}) AS numbered
             GROUP BY batch
             ORDER BY batch"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(since);
        let rows = query.fetch_all(db).await?;
        rows.iter().map(|row| self.values(row, columns)).collect()
    }

    fn values(&self, row: &PgRow, columns: &[Column]) -> Result<Vec<Values>> {
        let values = columns.iter().enumerate().map(|(index, column)| {
            Ok(match column.kind.as_str() {
                "uuid" => Values::Uuid(row.try_get(index)?),
                "text" => Values::Text(row.try_get(index)?),
                "integer" => Values::Integer(row.try_get(index)?),
                "bigint" => Values::BigInt(row.try_get(index)?),
                "timestamp with time zone" => Values::Time(row.try_get(index)?),
                "jsonb" => Values::Json(row.try_get(index)?),
                other => bail!(
                    "order_sync.{} has a column of the type {other}; teach it to the yardstick",
                    self.name
                ),
            })
        });
        values.collect()
    }

    fn upsert(&self, columns: &[Column], form: Form) -> String {
        let names = joined(columns, |column| column.name.clone());
        let parameters: Vec<String> = (1..)
            .zip(columns)
            .map(|(number, column)| format!("${number}::{}[]", column.kind))
            .collect();
        let updates = joined(columns, |column| format!("{0} = excluded.{0}", column.name));
        let rows = match form {
            Form::From => format!("SELECT * FROM unnest({})", parameters.join(", ")),
            Form::SelectList => format!("SELECT unnest({})", parameters.join("), unnest(")),
        };
        let (name, key) = (self.name, self.key);
        format!(
            "INSERT INTO bench.{name} ({names})
             {rows}
             ON CONFLICT ({key}) DO UPDATE SET {updates}"
        )
    }
}

struct Column {
    name: String,
    kind: String,
}

fn joined(columns: &[Column], text: impl Fn(&Column) -> String) -> String {
    let texts: Vec<String> = columns.iter().map(text).collect();
    texts.join(", ")
}

/// The values of one column in one batch.
enum Values {
    Uuid(Vec<Option<Uuid>>),
    Text(Vec<Option<String>>),
    Integer(Vec<Option<i32>>),
    BigInt(Vec<Option<i64>>),
    Time(Vec<Option<DateTime<Utc>>>),
    Json(Vec<Option<Value>>),
}

impl Values {
    fn bind<'q>(
        &'q self,
        query: Query<'q, Postgres, PgArguments>,
    ) -> Query<'q, Postgres, PgArguments> {
        match self {
            Self::Uuid(values) => query.bind(values),
            Self::Text(values) => query.bind(values),
            Self::Integer(values) => query.bind(values),
            Self::BigInt(values) => query.bind(values),
            Self::Time(values) => query.bind(values),
            Self::Json(values) => query.bind(values),
        }
    }
}
