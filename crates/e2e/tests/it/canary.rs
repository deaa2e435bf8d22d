//! Erasing one order's contact leaves no readable trace: not in a table, a dump, a log, nor under any key that is left.
//!
//! The keys file is at hand here, as it would be to whoever steals the whole installation: every sealed value of every
//! schema is opened with every key that still unwraps. The same search finds all canaries before the erasure, so that it
//! is known to look where they are. Earlier contacts and the terms of decisions on claims are not part of this story.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use e2e::{Hub, HubOptions, Look, Order};
use flate2::read::GzDecoder;
use moa_id::{DataKeyId, MerchantId};
use moa_vault::{Aad, DataKeys, KeyRing, Vault, sealed_under};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolCopyExt as _;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use crate::steps::order_in_state;

const NAME: &str = "카나리아지빠귀";
const DETAIL: &str = "카나리아맨션 777호";
const NOTE: &str = "카나리아쪽지를 문 앞에";
const QUESTION: &str = "카나리아질문 하나 드려요";
const ANSWER: &str = "카나리아답변 드립니다";

/// What a search found: the canary, and the table or log that shows it.
type Findings = BTreeSet<(String, String)>;

/// A table, and which of its columns hold what.
struct Table {
    schema: &'static str,
    name: &'static str,
    uuids: Vec<String>,
    bytes: Vec<String>,
}

/// Everything there is to search.
struct Searcher {
    pool: PgPool,
    key_ring: Arc<KeyRing>,
    tables: Vec<Table>,
}

fn forever(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

impl Searcher {
    async fn of(hub: &Hub) -> Result<Self> {
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

    /// Where each canary is to be read, openly or with a key that is left.
    async fn find(&self, hub: &Hub, canaries: &[String]) -> Result<Findings> {
        let mut found = Findings::new();
        for table in &self.tables {
            let place = format!("{}.{}", table.schema, table.name);
            let dump = self.dump(&place).await?;
            search(&dump, canaries, &place, &mut found);
            for opened in self.open(table).await? {
                search(&opened, canaries, &format!("{place}, sealed"), &mut found);
            }
        }
        search(
            hub.process.log()?.as_bytes(),
            canaries,
            "the log",
            &mut found,
        );
        Ok(found)
    }

    /// A table as a dump holds it.
    async fn dump(&self, table: &str) -> Result<Vec<u8>> {
        let mut dump = Vec::new();
        let sql = format!("COPY (SELECT * FROM {table}) TO STDOUT");
        let mut copied = self.pool.copy_out_raw(&sql).await?;
        while let Some(piece) = copied.next().await {
            dump.extend_from_slice(&piece?);
        }
        Ok(dump)
    }

    /// Every sealed value of a table that any key still opens.
    async fn open(&self, table: &Table) -> Result<Vec<Vec<u8>>> {
        let mut opened = Vec::new();
        let merchant_known = table.uuids.iter().any(|column| column == "merchant_id");
        if !merchant_known || table.name == "data_keys" {
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
            let sealed = sqlx::query(AssertSqlSafe(sql))
                .fetch_all(&self.pool)
                .await?;
            let mut conn = self.pool.acquire().await?;
            for row in sealed {
                let merchant_id = MerchantId::from_uuid(row.get("merchant_id"));
                let bytes: Vec<u8> = row.get("sealed");
                let Ok(key_id) = sealed_under(&bytes) else {
                    continue;
                };
                if !self.has_keys(table.schema) {
                    continue;
                }
                let keys = vault.data_keys(&mut conn, merchant_id, &[key_id]).await?;
                let rows: Vec<Option<Uuid>> = row.get("rows");
                for row in rows.into_iter().flatten() {
                    let place = Aad {
                        merchant_id,
                        table: home_of(table.name),
                        column,
                        row,
                    };
                    opened.extend(open(&keys, key_id, &place, &bytes));
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

fn search(text: &[u8], canaries: &[String], place: &str, found: &mut Findings) {
    let text = String::from_utf8_lossy(text);
    for canary in canaries {
        let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        let escaped: String = canary
            .encode_utf16()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect();
        let forms = [canary, &hex, &escaped];
        if forms.into_iter().any(|form| text.contains(form.as_str())) {
            found.insert((canary.clone(), place.to_owned()));
        }
    }
}

/// Where a canary was found, in one text.
fn places(found: &Findings, canary: &str) -> String {
    let places = found.iter().filter(|(known, _)| known == canary);
    let places: Vec<&str> = places.map(|(_, place)| place.as_str()).collect();
    places.join(", ")
}

/// An order with everything a buyer may say: whom it is for, a note, a question, and an answer that the channel refused,
/// so that its words are still kept.
async fn an_order_of_somebody(hub: &Hub) -> Result<Order> {
    let wish = json!({
        "channel": "coupang", "kind": "physical", "lines": 1,
        "receiver_name": NAME, "address_detail": DETAIL, "note": NOTE,
    });
    let placed = hub.sandbox.place(wish).await?;
    let id = &placed
        .first()
        .context("nothing was placed")?
        .channel_order_id;
    let order = order_in_state(hub, id, "ACKNOWLEDGED").await?;
    let wish = json!({"kind": "product", "text": QUESTION});
    hub.sandbox.buyer("coupang", id, "ask", wish).await?;
    let inquiry = hub
        .soon("the question is here", async |hub| {
            let listed: Value = hub.admin.get("/api/v1/inquiries").await?;
            let seen = listed.to_string();
            Ok(Look::at(listed["inquiries"].get(0).cloned(), || seen))
        })
        .await?;
    let inquiry = inquiry["id"].as_str().context("no id")?.to_owned();
    let words = json!({"text": ANSWER, "answered_by": "nobody"});
    let path = format!("/api/v1/inquiries/{inquiry}/answer");
    let _taken: Value = hub.admin.post(&path, &words).await?.ok()?;
    hub.soon("the answer is refused", async |hub| {
        let listed: Value = hub.admin.get("/api/v1/inquiries").await?;
        let state = listed["inquiries"][0]["answers"][0]["state"].clone();
        Ok(Look::at((state == "REJECTED").then_some(()), || {
            state.to_string()
        }))
    })
    .await?;
    Ok(order)
}

#[tokio::test]
async fn an_erased_order_leaves_no_readable_trace_of_its_buyer() -> Result<()> {
    let hub = Hub::start(HubOptions::default().with("MOA_ORDER_SYNC_INQUIRIES", 1)).await?;
    let order = an_order_of_somebody(&hub).await?;
    let path = format!("/api/v1/orders/{}/contact", order.id);
    let contact: Value = hub
        .admin
        .post(&format!("{path}/reveal"), &json!({}))
        .await?
        .ok()?;
    ensure!(contact["receiver_name"] == NAME, "{contact}");
    let phone = contact["receiver_phone"].as_str().context("no phone")?;
    ensure!(phone.len() >= 10, "a whole number: {phone}");
    let street = contact["address1"].as_str().context("no street")?;
    let mut canaries: Vec<String> = [NAME, DETAIL, NOTE, QUESTION, ANSWER, street]
        .map(str::to_owned)
        .into();
    // The digits that every way of writing it shares; channels write it with signs between.
    canaries.push(phone.trim_start_matches('0').to_owned());

    let searcher = Searcher::of(&hub).await?;
    let before = searcher.find(&hub, &canaries).await?;
    for (canary, place) in [
        (NAME, "order_sync.order_contacts, sealed"),
        (NAME, "order_sync.raw_pages, sealed"),
        (DETAIL, "order_sync.order_contacts, sealed"),
        (NOTE, "order_sync.order_contacts, sealed"),
        (street, "order_sync.order_contacts, sealed"),
        (QUESTION, "order_sync.inquiries, sealed"),
        (QUESTION, "order_sync.raw_pages, sealed"),
        (ANSWER, "fulfillment.inquiry_answers, sealed"),
    ] {
        let known = (canary.to_owned(), place.to_owned());
        assert!(
            before.contains(&known),
            "{canary}: {}",
            places(&before, canary)
        );
    }
    let in_the_open: Vec<_> = before
        .iter()
        .filter(|(_, place)| !place.ends_with(", sealed"))
        .collect();
    assert!(in_the_open.is_empty(), "{in_the_open:?}");

    let erase = format!("{path}/erase");
    let open = hub
        .admin
        .post(&erase, &json!({"reason": "BUYER_REQUEST"}))
        .await?
        .problem()?;
    assert_eq!(open.reason, "ORDER_STILL_OPEN");
    let wish = json!({"reason": "BUYER_REQUEST", "even_if_open": true});
    let erased: Value = hub.admin.post(&erase, &wish).await?.ok()?;
    assert_eq!(erased["inquiries"], 1, "{erased}");

    let hub = &hub;
    let gone = async |what: &str| {
        hub.soon(what, async |hub| {
            let found = searcher.find(hub, &canaries).await?;
            let seen = format!("{found:?}");
            Ok(Look::at(found.is_empty().then_some(()), || seen))
        })
        .await
    };
    gone("nothing of the buyer is readable").await?;
    // The channel goes on showing the order; a sweep reads all of it again.
    let sweep = hub
        .admin
        .post("/api/v1/jobs/sweep-24h/run", &json!({}))
        .await?;
    let _run: Value = sweep.ok()?;
    gone("nor after the channel showed it again").await?;
    let shown: Value = hub
        .admin
        .post(&format!("{path}/reveal"), &json!({}))
        .await?
        .ok()?;
    assert_eq!(
        (&shown["erased"], &shown["receiver_name"]),
        (&json!(true), &json!(""))
    );
    let blind: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_sync.order_contacts
         WHERE coalesce(orderer_name_index, orderer_phone_index, orderer_last_digits_index, receiver_name_index,
                        receiver_phone_index, receiver_last_digits_index, receiver_place, receiver_name) IS NOT NULL",
    )
    .fetch_one(&searcher.pool)
    .await?;
    assert_eq!(blind, 0, "nor is anybody found by a guess");
    Ok(())
}
