//! Looks for texts wherever the hub may keep them: in every table as a dump shows it, under every key that is left, and in
//! the log.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use e2e::Hub;
use flate2::read::GzDecoder;
use moa_id::{DataKeyId, MerchantId};
use moa_vault::{Aad, DataKeys, KeyRing, Vault, sealed_under};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use uuid::Uuid;

/// What a search found: the canary, and the table or log that shows it.
pub type Findings = BTreeSet<(String, String)>;

/// A text that must not be found, with the ways in which software writes it.
pub struct Canary {
    text: String,
    forms: Vec<String>,
}

impl Canary {
    /// As it is, in hexadecimal and percent signs, escaped as JSON may be, and in Base64 at each of its three offsets.
    pub fn new(text: &str) -> Self {
        let bytes = |format: fn(u8) -> String| text.bytes().map(format).collect::<String>();
        let escaped = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        let mut forms = vec![
            text.to_owned(),
            bytes(|byte| format!("{byte:02x}")),
            bytes(|byte| format!("%{byte:02X}")),
            escaped.collect(),
        ];
        forms.extend((0..3).map(|offset| base64_at(text, offset)));
        Self {
            text: text.to_owned(),
            forms,
        }
    }
}

/// What a text becomes in Base64 behind so many other bytes, without the letters that its neighbours share.
fn base64_at(text: &str, offset: usize) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(text.as_bytes());
    let whole = bytes.len() - bytes.len() % 3;
    let letters = STANDARD_NO_PAD.encode(&bytes[..whole]);
    let shared = if offset == 0 { 0 } else { 4 };
    letters[shared..].to_owned()
}

/// A table, and which of its columns hold what.
struct Table {
    schema: &'static str,
    name: &'static str,
    uuids: Vec<String>,
    bytes: Vec<String>,
}

/// No rows of a table, only what is given.
const GIVEN: &str = "SELECT '' WHERE false";

/// Everything there is to search.
pub struct Searcher {
    pub pool: PgPool,
    /// The hub's keys, as they lie in its folder.
    pub key_ring: Arc<KeyRing>,
    tables: Vec<Table>,
}

fn forever(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

impl Searcher {
    pub async fn of(hub: &Hub) -> Result<Self> {
        let pool = PgPool::connect(&hub.cluster().url_as("moa")?).await?;
        let rows = sqlx::query(
            "SELECT c.table_schema::text, c.table_name::text, c.column_name::text, c.data_type::text
             FROM information_schema.columns c
             JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE t.table_type = 'BASE TABLE'
               AND c.table_schema NOT IN ('pg_catalog', 'information_schema')",
        )
        .fetch_all(&pool)
        .await?;
        let mut tables: BTreeMap<(String, String), (Vec<String>, Vec<String>)> = BTreeMap::new();
        for row in rows {
            let [schema, name, column, kind]: [String; 4] =
                [row.get(0), row.get(1), row.get(2), row.get(3)];
            let (uuids, bytes) = tables.entry((schema, name)).or_default();
            match kind.as_str() {
                "uuid" => uuids.push(column),
                "bytea" => bytes.push(column),
                _ => {}
            }
        }
        let tables = tables.into_iter();
        Ok(Self {
            key_ring: Arc::new(KeyRing::load(hub.place.home().join("keys.json"))?),
            tables: tables
                .map(|((schema, name), (uuids, bytes))| Table {
                    schema: forever(schema),
                    name: forever(name),
                    uuids,
                    bytes,
                })
                .collect(),
            pool,
        })
    }

    /// Where each canary is to be read in the database, openly or with a key that is left.
    pub async fn find(&self, canaries: &[Canary]) -> Result<Findings> {
        let mut found = Findings::new();
        for table in &self.tables {
            let place = format!("{}.{}", table.schema, table.name);
            // A row as text is what a dump holds of it: bytes in hexadecimal, JSON as written.
            let rows = format!("SELECT t::text FROM {place} t");
            self.search(&rows, Vec::new(), canaries, &place, &mut found)
                .await?;
            let opened = self.open(table).await?;
            let place = format!("{place}, sealed");
            self.search(GIVEN, opened, canaries, &place, &mut found)
                .await?;
        }
        Ok(found)
    }

    /// Which canaries are to be read in the hub's log.
    pub async fn find_in_log(&self, hub: &Hub, canaries: &[Canary]) -> Result<Findings> {
        let mut found = Findings::new();
        let log = vec![hub.process.log()?.into_bytes()];
        self.search(GIVEN, log, canaries, "the log", &mut found)
            .await?;
        Ok(found)
    }

    /// Adds which canaries stand in these texts: a query's rows, or those `given`. PostgreSQL looks, since it is built to be
    /// fast and tests are not.
    async fn search(
        &self,
        texts: &str,
        given: Vec<Vec<u8>>,
        canaries: &[Canary],
        place: &str,
        found: &mut Findings,
    ) -> Result<()> {
        let given: Vec<String> = given
            .iter()
            .map(|bytes| String::from_utf8_lossy(bytes).replace('\0', " "))
            .collect();
        let forms = canaries.iter().flat_map(|canary| {
            let forms = canary.forms.iter();
            forms.map(|form| (form.clone(), canary.text.clone()))
        });
        let (forms, names): (Vec<String>, Vec<String>) = forms.unzip();
        let sql = format!(
            "WITH texts (text) AS MATERIALIZED ({texts}),
                  given (text) AS (SELECT * FROM unnest($3::text[]))
             SELECT DISTINCT c.name
             FROM unnest($1::text[], $2::text[]) AS c (form, name)
             WHERE EXISTS (SELECT FROM texts WHERE position(c.form IN texts.text) > 0)
                OR EXISTS (SELECT FROM given WHERE position(c.form IN given.text) > 0)"
        );
        let names: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(forms)
            .bind(names)
            .bind(given)
            .fetch_all(&self.pool)
            .await?;
        found.extend(names.into_iter().map(|name| (name, place.to_owned())));
        Ok(())
    }

    /// Every sealed value of a table that any key still opens.
    async fn open(&self, table: &Table) -> Result<Vec<Vec<u8>>> {
        let mut opened = Vec::new();
        let merchant_known = table.uuids.iter().any(|column| column == "merchant_id");
        if !merchant_known || table.name == "data_keys" || !self.has_keys(table.schema) {
            return Ok(opened);
        }
        let vault = Vault::new(table.schema, self.key_ring.clone());
        for column in &table.bytes {
            let rows = table.uuids.join(", ");
            let sql = format!(
                "SELECT merchant_id, ARRAY[{rows}] AS rows, {column} AS sealed FROM {}.{}
                 WHERE {column} IS NOT NULL",
                table.schema, table.name
            );
            let column = forever(column.clone());
            let rows = sqlx::query(AssertSqlSafe(sql))
                .fetch_all(&self.pool)
                .await?;
            let mut sealed: BTreeMap<MerchantId, Vec<(DataKeyId, PgRow)>> = BTreeMap::new();
            for row in rows {
                let merchant_id = MerchantId::from_uuid(row.get("merchant_id"));
                if let Ok(key_id) = sealed_under(row.get("sealed")) {
                    sealed.entry(merchant_id).or_default().push((key_id, row));
                }
            }
            let mut conn = self.pool.acquire().await?;
            for (merchant_id, rows) in sealed {
                let key_ids: Vec<DataKeyId> = rows.iter().map(|(key_id, _)| *key_id).collect();
                let keys = vault.data_keys(&mut conn, merchant_id, &key_ids).await?;
                let places = rows.iter().flat_map(|(key_id, row)| {
                    let places: Vec<Option<Uuid>> = row.get("rows");
                    let places = places.into_iter().flatten();
                    places.map(move |place| (*key_id, place, row.get::<&[u8], _>("sealed")))
                });
                for (key_id, row, bytes) in places {
                    let place = Aad {
                        merchant_id,
                        table: home_of(table.name),
                        column,
                        row,
                    };
                    opened.extend(open(&keys, key_id, &place, bytes));
                }
            }
        }
        Ok(opened)
    }

    fn has_keys(&self, schema: &str) -> bool {
        let mut tables = self.tables.iter();
        tables.any(|table| table.schema == schema && table.name == "data_keys")
    }
}

/// Where the values of a table were sealed: earlier contacts moved as they were.
fn home_of(table: &'static str) -> &'static str {
    match table {
        "earlier_contacts" => "order_contacts",
        table => table,
    }
}

/// The value, unpacked where it is packed.
fn open(keys: &DataKeys, key_id: DataKeyId, place: &Aad, sealed: &[u8]) -> Option<Vec<u8>> {
    let plain = keys.get(&key_id)?.open(place, sealed).ok()?;
    let mut unpacked = Vec::new();
    match GzDecoder::new(plain.as_slice()).read_to_end(&mut unpacked) {
        Ok(_) => Some(unpacked),
        Err(_) => Some(plain.to_vec()),
    }
}
