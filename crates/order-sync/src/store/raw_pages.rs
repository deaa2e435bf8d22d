//! Pages as the channels sent them, and the digests of those that were stored last.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, DataKeyId, MerchantId, RawPageId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::stream::Stream;

/// A sealed page.
pub(crate) struct NewRawPage<'a> {
    pub(crate) raw_page_id: RawPageId,
    pub(crate) stream: &'a str,
    pub(crate) poll_window_id: Option<Uuid>,
    pub(crate) page_number: i32,
    pub(crate) data_key_id: DataKeyId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) sha256: [u8; 32],
    pub(crate) channel_order_ids: Vec<String>,
    pub(crate) read_at: DateTime<Utc>,
}

/// Stores pages whose rows are not stored yet.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    account: &Account,
    pages: &[NewRawPage<'_>],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    fn column<'a, T>(
        pages: &'a [NewRawPage<'_>],
        pick: impl Fn(&'a NewRawPage<'_>) -> T,
    ) -> Vec<T> {
        pages.iter().map(pick).collect()
    }
    // Lists of one column may differ in length, which an array of arrays must not: ids travel with their page's place.
    let ids = (1_i64..).zip(pages);
    let ids =
        ids.flat_map(|(place, page)| page.channel_order_ids.iter().map(move |id| (place, id)));
    let (places, order_ids): (Vec<i64>, Vec<&str>) =
        ids.map(|(place, id)| (place, id.as_str())).unzip();
    sqlx::query!(
        "INSERT INTO order_sync.raw_pages
             (merchant_id, raw_page_id, channel_account_id, stream, poll_window_id, page_number, data_key_id, sealed,
              sha256, channel_order_ids, read_at, created_at)
         SELECT $1, u.raw_page_id, $2, u.stream, u.poll_window_id, u.page_number, u.data_key_id, u.sealed, u.sha256,
                ARRAY(SELECT k.id
                      FROM unnest($11::bigint[], $12::text[]) AS k (place, id)
                      WHERE k.place = u.place),
                u.read_at, $3
         FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::integer[], $8::uuid[], $9::bytea[], $10::bytea[],
                     $13::timestamptz[])
             WITH ORDINALITY
             AS u (raw_page_id, stream, poll_window_id, page_number, data_key_id, sealed, sha256, read_at, place)",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        now,
        &column(pages, |p| p.raw_page_id.as_uuid()),
        &column(pages, |p| p.stream) as _,
        &column(pages, |p| p.poll_window_id) as _,
        &column(pages, |p| p.page_number),
        &column(pages, |p| p.data_key_id.as_uuid()),
        &column(pages, |p| p.sealed.as_slice()) as _,
        &column(pages, |p| p.sha256.as_slice()) as _,
        &places,
        &order_ids as _,
        &column(pages, |p| p.read_at),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page's place in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) part: i32,
    pub(crate) page: i32,
}

/// A page whose rows are stored.
pub(crate) struct ParsedPage<'a> {
    pub(crate) raw_page_id: RawPageId,
    pub(crate) place: Place,
    pub(crate) sha256: &'a [u8],
}

/// Notes that the rows of pages are stored, and their digests, so that the same pages need not be stored again.
pub(crate) async fn mark_parsed(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    pages: &[ParsedPage<'_>],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let raw_page_ids: Vec<Uuid> = pages.iter().map(|p| p.raw_page_id.as_uuid()).collect();
    let parts: Vec<i32> = pages.iter().map(|p| p.place.part).collect();
    let numbers: Vec<i32> = pages.iter().map(|p| p.place.page).collect();
    let digests: Vec<&[u8]> = pages.iter().map(|p| p.sha256).collect();
    sqlx::query!(
        "WITH parsed AS (
             UPDATE order_sync.raw_pages
             SET parsed_at = $8
             WHERE merchant_id = $1
               AND raw_page_id = ANY($2)
         )
         INSERT INTO order_sync.page_digests
             (merchant_id, channel_account_id, stream, part_number, page_number, sha256)
         SELECT $1, $3, $4, u.*
         FROM unnest($5::integer[], $6::integer[], $7::bytea[]) AS u
         ON CONFLICT ON CONSTRAINT page_digests_pkey DO UPDATE SET sha256 = EXCLUDED.sha256",
        account.merchant_id.as_uuid(),
        &raw_page_ids,
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        &parts,
        &numbers,
        &digests as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the rows of a parcel that was read alone are stored.
pub(crate) async fn mark_parcel_parsed(
    conn: &mut PgConnection,
    account: &Account,
    raw_page_id: RawPageId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.raw_pages
         SET parsed_at = $3
         WHERE merchant_id = $1
           AND raw_page_id = $2",
        account.merchant_id.as_uuid(),
        raw_page_id.as_uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The digests of the last pages of some parts of a stream by their place.
pub(crate) async fn digests(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    parts: Range<i32>,
) -> Result<HashMap<Place, Vec<u8>>, Error> {
    let rows = sqlx::query!(
        "SELECT part_number, page_number, sha256
         FROM order_sync.page_digests
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND stream = $3
           AND part_number >= $4
           AND part_number < $5",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        parts.start,
        parts.end,
    )
    .fetch_all(conn)
    .await?;
    let digests = rows.into_iter().map(|row| {
        let place = Place {
            part: row.part_number,
            page: row.page_number,
        };
        (place, row.sha256)
    });
    Ok(digests.collect())
}

/// Forgets the digests of all parts of a stream but these.
pub(crate) async fn forget_other_parts(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    parts: Range<i32>,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM order_sync.page_digests
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND stream = $3
           AND NOT (part_number >= $4 AND part_number < $5)",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        parts.start,
        parts.end,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the digests of these places.
pub(crate) async fn forget_places(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    places: &[Place],
) -> Result<(), Error> {
    let parts: Vec<i32> = places.iter().map(|place| place.part).collect();
    let numbers: Vec<i32> = places.iter().map(|place| place.page).collect();
    sqlx::query!(
        "DELETE FROM order_sync.page_digests
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND stream = $3
           AND (part_number, page_number) IN (SELECT * FROM unnest($4::integer[], $5::integer[]))",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        &parts,
        &numbers,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the digests of an account's lists: a parcel was read alone, and an unchanged list may have to say
/// again what it said before.
pub(crate) async fn forget_digests(
    conn: &mut PgConnection,
    account: &Account,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM order_sync.page_digests
         WHERE merchant_id = $1
           AND channel_account_id = $2",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes up to `limit` pages stored before `before`, with their keys; gives how many.
pub(crate) async fn delete_before(
    pool: &PgPool,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Error> {
    let deleted = sqlx::query_scalar!(
        r#"WITH pages AS (
             DELETE FROM order_sync.raw_pages
             WHERE (merchant_id, raw_page_id) IN (
                 SELECT merchant_id, raw_page_id
                 FROM order_sync.raw_pages
                 WHERE created_at < $1
                 ORDER BY created_at
                 LIMIT $2)
             RETURNING merchant_id, data_key_id
         ), keys AS (
             DELETE FROM order_sync.data_keys k
             USING pages p
             WHERE k.merchant_id = p.merchant_id
               AND k.data_key_id = p.data_key_id
         )
         SELECT count(*) AS "count!"
         FROM pages"#,
        before,
        limit,
    )
    .fetch_one(pool)
    .await?;
    Ok(deleted.unsigned_abs())
}

/// Deletes the pages that show any of these orders, with their keys; gives how many.
pub(crate) async fn delete_of_orders(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    channel_order_ids: &[String],
) -> Result<u64, Error> {
    let deleted = sqlx::query_scalar!(
        r#"WITH pages AS (
             DELETE FROM order_sync.raw_pages
             WHERE merchant_id = $1
               AND channel_account_id = $2
               AND channel_order_ids && $3
             RETURNING merchant_id, data_key_id
         ), keys AS (
             DELETE FROM order_sync.data_keys k
             USING pages p
             WHERE k.merchant_id = p.merchant_id
               AND k.data_key_id = p.data_key_id
         )
         SELECT count(*) AS "count!"
         FROM pages"#,
        merchant_id.as_uuid(),
        account_id.as_uuid(),
        channel_order_ids,
    )
    .fetch_one(conn)
    .await?;
    Ok(deleted.unsigned_abs())
}

/// Of these pages, deletes those that show an order whose contact was erased, with their keys: a channel goes on showing
/// it for a while.
pub(crate) async fn delete_of_erased(
    conn: &mut PgConnection,
    account: &Account,
    raw_page_ids: &[RawPageId],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = raw_page_ids.iter().map(RawPageId::as_uuid).collect();
    sqlx::query!(
        "WITH pages AS (
             DELETE FROM order_sync.raw_pages p
             WHERE p.merchant_id = $1
               AND p.raw_page_id = ANY($3)
               AND EXISTS (SELECT
                           FROM unnest(p.channel_order_ids) AS shown (id)
                           JOIN order_sync.orders o
                             ON o.merchant_id = $1
                            AND o.channel_account_id = $2
                            AND o.channel_order_id = shown.id
                           JOIN order_sync.order_contacts c
                             ON c.merchant_id = o.merchant_id
                            AND c.order_id = o.order_id
                           WHERE c.erased_at IS NOT NULL)
             RETURNING p.merchant_id, p.data_key_id
         )
         DELETE FROM order_sync.data_keys k
         USING pages p
         WHERE k.merchant_id = p.merchant_id
           AND k.data_key_id = p.data_key_id",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes the pages that show an order whose contact was erased since then, with their keys; gives how many. A page may be
/// kept in the very moment of the erasure, when neither transaction sees the other.
pub(crate) async fn delete_of_lately_erased(
    pool: &PgPool,
    since: DateTime<Utc>,
) -> Result<u64, Error> {
    let deleted = sqlx::query_scalar!(
        r#"WITH lately AS (
             SELECT o.merchant_id, o.channel_account_id, array_agg(o.channel_order_id) AS channel_order_ids
             FROM order_sync.contact_erasures e
             JOIN order_sync.orders o
               ON o.merchant_id = e.merchant_id
              AND o.order_id = e.order_id
             WHERE e.erased_at >= $1
             GROUP BY o.merchant_id, o.channel_account_id
         ), pages AS (
             DELETE FROM order_sync.raw_pages p
             USING lately l
             WHERE p.merchant_id = l.merchant_id
               AND p.channel_account_id = l.channel_account_id
               AND p.channel_order_ids && l.channel_order_ids
             RETURNING p.merchant_id, p.data_key_id
         ), keys AS (
             DELETE FROM order_sync.data_keys k
             USING pages p
             WHERE k.merchant_id = p.merchant_id
               AND k.data_key_id = p.data_key_id
         )
         SELECT count(*) AS "count!"
         FROM pages"#,
        since,
    )
    .fetch_one(pool)
    .await?;
    Ok(deleted.unsigned_abs())
}

/// A page that is kept.
pub(crate) struct KeptPage {
    pub(crate) data_key_id: Uuid,
    pub(crate) sealed: Vec<u8>,
    pub(crate) read_at: DateTime<Utc>,
}

/// A page; none when it is past its time.
pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    raw_page_id: Uuid,
) -> Result<Option<KeptPage>, Error> {
    let page = sqlx::query_as!(
        KeptPage,
        "SELECT data_key_id, sealed, read_at
         FROM order_sync.raw_pages
         WHERE merchant_id = $1
           AND raw_page_id = $2",
        merchant_id.as_uuid(),
        raw_page_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(page)
}

/// Forgets the digests of one stream, so that its pages are translated anew when they are read next.
pub(crate) async fn forget_stream_digests(
    conn: &mut PgConnection,
    account: &Account,
    stream: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM order_sync.page_digests
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND stream = $3",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream,
    )
    .execute(conn)
    .await?;
    Ok(())
}
