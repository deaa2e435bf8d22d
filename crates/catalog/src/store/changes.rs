//! Names and codes of listings that became other ones, and who looked at that.

use chrono::{DateTime, Utc};
use moa_id::{Ids, ListingId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::listing::Signature;
use crate::domain::sight::{Change, Field, Place};
use crate::error::Error;

/// Writes changes down.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    ids: &Ids,
    changes: &[(MerchantId, ListingId, Change)],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let words = |pick: fn(&Change) -> &str| -> Vec<String> {
        changes.iter().map(|(.., c)| pick(c).to_owned()).collect()
    };
    sqlx::query!(
        "INSERT INTO catalog.listing_changes
             (merchant_id, listing_change_id, listing_id, field, place, old_value, new_value, seen_at)
         SELECT new.*, $8::timestamptz
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) AS new",
        &changes.iter().map(|(m, ..)| m.as_uuid()).collect::<Vec<_>>(),
        &changes.iter().map(|_| ids.uuid()).collect::<Vec<_>>(),
        &changes.iter().map(|(_, l, _)| l.as_uuid()).collect::<Vec<_>>(),
        &words(|c| field_text(c.field)),
        &words(|c| place_text(c.place)),
        &words(|c| &c.old),
        &words(|c| &c.new),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A change as it stands in the table.
pub(crate) struct StoredChange {
    pub(crate) id: Uuid,
    pub(crate) listing_id: ListingId,
    pub(crate) change: Change,
    pub(crate) seen_at: DateTime<Utc>,
    pub(crate) acknowledged: Option<Signature>,
}

struct ChangeRow {
    listing_change_id: Uuid,
    listing_id: Uuid,
    field: String,
    place: String,
    old_value: String,
    new_value: String,
    seen_at: DateTime<Utc>,
    acknowledged_at: Option<DateTime<Utc>>,
    acknowledged_by: Option<String>,
}

impl TryFrom<ChangeRow> for StoredChange {
    type Error = Error;

    fn try_from(row: ChangeRow) -> Result<Self, Error> {
        let corrupt = |reason: String| Error::Row {
            table: "listing_changes",
            id: row.listing_change_id.to_string(),
            reason,
        };
        let field = parse_field(&row.field)
            .ok_or_else(|| corrupt(format!("unknown field {}", row.field)))?;
        let place = parse_place(&row.place)
            .ok_or_else(|| corrupt(format!("unknown place {}", row.place)))?;
        Ok(Self {
            id: row.listing_change_id,
            listing_id: ListingId::from_uuid(row.listing_id),
            change: Change {
                field,
                place,
                old: row.old_value,
                new: row.new_value,
            },
            seen_at: row.seen_at,
            acknowledged: row
                .acknowledged_by
                .zip(row.acknowledged_at)
                .map(|(operator, at)| Signature { operator, at }),
        })
    }
}

/// The changes of these listings that nobody acknowledged, oldest first, up to `each` of one listing.
pub(crate) async fn open(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_ids: &[ListingId],
    each: i64,
) -> Result<Vec<StoredChange>, Error> {
    let ids: Vec<Uuid> = listing_ids.iter().map(ListingId::as_uuid).collect();
    let rows = sqlx::query_as!(
        ChangeRow,
        r#"SELECT c.listing_change_id AS "listing_change_id!", c.listing_id AS "listing_id!", c.field AS "field!",
                  c.place AS "place!", c.old_value AS "old_value!", c.new_value AS "new_value!", c.seen_at AS "seen_at!",
                  c.acknowledged_at, c.acknowledged_by
           FROM unnest($2::uuid[]) AS wanted (listing_id)
           CROSS JOIN LATERAL (
               SELECT *
               FROM catalog.listing_changes o
               WHERE o.merchant_id = $1 AND o.listing_id = wanted.listing_id AND o.acknowledged_at IS NULL
               ORDER BY o.listing_change_id
               LIMIT $3
           ) c"#,
        merchant_id.as_uuid(),
        &ids,
        each,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StoredChange::try_from).collect()
}

/// The newest changes of a listing, newest first.
pub(crate) async fn newest(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_id: ListingId,
    limit: i64,
) -> Result<Vec<StoredChange>, Error> {
    let rows = sqlx::query_as!(
        ChangeRow,
        "SELECT listing_change_id, listing_id, field, place, old_value, new_value, seen_at, acknowledged_at,
                acknowledged_by
         FROM catalog.listing_changes
         WHERE merchant_id = $1 AND listing_id = $2
         ORDER BY listing_change_id DESC
         LIMIT $3",
        merchant_id.as_uuid(),
        listing_id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StoredChange::try_from).collect()
}

/// Acknowledges changes up to the one that was shown, and takes the listing off the list when none is left.
pub(crate) async fn acknowledge(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_id: ListingId,
    last: Option<Uuid>,
    by: &Signature,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE catalog.listing_changes
         SET acknowledged_at = $4, acknowledged_by = $5
         WHERE merchant_id = $1 AND listing_id = $2 AND listing_change_id <= $3 AND acknowledged_at IS NULL",
        merchant_id.as_uuid(),
        listing_id.as_uuid(),
        last,
        by.at,
        by.operator,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE catalog.listings l
         SET attention = CASE WHEN EXISTS (
             SELECT FROM catalog.listing_changes c
             WHERE c.merchant_id = $1 AND c.listing_id = $2 AND c.acknowledged_at IS NULL
         ) THEN 'CHANGED' END
         WHERE l.merchant_id = $1 AND l.listing_id = $2",
        merchant_id.as_uuid(),
        listing_id.as_uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn field_text(field: Field) -> &'static str {
    match field {
        Field::ProductName => "PRODUCT_NAME",
        Field::OptionName => "OPTION_NAME",
        Field::SkuCode => "SKU_CODE",
        Field::Barcode => "BARCODE",
    }
}

fn parse_field(word: &str) -> Option<Field> {
    [
        Field::ProductName,
        Field::OptionName,
        Field::SkuCode,
        Field::Barcode,
    ]
    .into_iter()
    .find(|field| field_text(*field) == word)
}

fn place_text(place: Place) -> &'static str {
    match place {
        Place::Order => "ORDER",
        Place::ProductList => "PRODUCT_LIST",
    }
}

fn parse_place(word: &str) -> Option<Place> {
    [Place::Order, Place::ProductList]
        .into_iter()
        .find(|place| place_text(*place) == word)
}
