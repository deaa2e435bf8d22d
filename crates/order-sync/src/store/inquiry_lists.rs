//! Questions for people to see, with what hangs on them: their orders, and whether a claim is open there.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{InquiryId, MerchantId, OperatorId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::inquiries::{InquiryRow, StoredInquiry};
use crate::Error;
use crate::domain::inquiry::InquiryState;

/// Which questions, and where the list goes on.
pub(crate) struct InquiryPage<'a> {
    /// Empty: all.
    pub(crate) channel: &'a str,
    pub(crate) state: Option<InquiryState>,
    pub(crate) open_only: bool,
    pub(crate) urgent_only: bool,
    /// Only what is open, by its deadline.
    pub(crate) due_only: bool,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) assigned_to: Option<OperatorId>,
    /// The last one of the page before, by what the list is sorted by; a time that is not known comes last.
    pub(crate) after: Option<(Option<DateTime<Utc>>, Uuid)>,
    pub(crate) limit: i64,
    pub(crate) now: DateTime<Utc>,
}

/// A page, newest question first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: &InquiryPage<'_>,
) -> Result<Vec<StoredInquiry>, Error> {
    let (asked_at, inquiry_id) = page.after.unzip();
    let asked_at = asked_at.flatten();
    let rows = sqlx::query_as!(
        InquiryRow,
        "SELECT i.inquiry_id, i.version, i.channel, i.channel_account_id, i.kind, i.channel_inquiry_id, i.state,
                i.asked_at, i.waiting_since, i.answer_by, i.urgent_from, i.has_urgent_words, i.answered_at,
                i.channel_order_ids, i.channel_listing_ids, i.channel_product_id, i.product_name, i.category,
                i.channel_parent_answer_id, i.message_count, i.data_key_id, i.sealed, i.digest, i.read_at,
                i.created_at, i.updated_at
         FROM order_sync.inquiries i
         WHERE i.merchant_id = $1
           AND ($2 = '' OR i.channel = $2)
           AND ($3::text IS NULL OR i.state = $3)
           AND (NOT $4 OR i.state IN ('UNKNOWN', 'WAITING', 'TO_CONFIRM'))
           AND (NOT $5 OR (i.state IN ('UNKNOWN', 'WAITING', 'TO_CONFIRM')
                           AND (i.urgent_from <= $6
                                OR EXISTS (SELECT
                                           FROM order_sync.claims c
                                           WHERE c.merchant_id = i.merchant_id
                                             AND c.channel_account_id = i.channel_account_id
                                             AND c.channel_order_id = ANY (i.channel_order_ids)
                                             AND c.state IN ('UNKNOWN', 'REQUESTED')))))
           AND ($7::uuid IS NULL OR EXISTS (SELECT
                                            FROM order_sync.orders o
                                            WHERE o.merchant_id = $1
                                              AND o.order_id = $7
                                              AND o.channel_account_id = i.channel_account_id
                                              AND o.channel_order_id = ANY (i.channel_order_ids)))
           AND ($8::timestamptz IS NULL OR (i.asked_at, i.inquiry_id) < ($8, $9::uuid))
           AND ($11::uuid IS NULL OR EXISTS (SELECT
                                             FROM order_sync.inquiry_assignees a
                                             WHERE a.merchant_id = i.merchant_id
                                               AND a.inquiry_id = i.inquiry_id
                                               AND a.operator_id = $11))
         ORDER BY i.asked_at DESC, i.inquiry_id DESC
         LIMIT $10",
        merchant_id.as_uuid(),
        page.channel,
        page.state.map(InquiryState::as_str),
        page.open_only,
        page.urgent_only,
        page.now,
        page.order_id.map(|id| id.as_uuid()),
        asked_at,
        inquiry_id,
        page.limit,
        page.assigned_to.map(|id| id.as_uuid()),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StoredInquiry::try_from).collect()
}

/// A page of what is open, the soonest deadline first; what has none comes last.
pub(crate) async fn list_due(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: &InquiryPage<'_>,
) -> Result<Vec<StoredInquiry>, Error> {
    let (answer_by, inquiry_id) = page.after.unzip();
    let answer_by = answer_by.flatten();
    let rows = sqlx::query_as!(
        InquiryRow,
        "SELECT i.inquiry_id, i.version, i.channel, i.channel_account_id, i.kind, i.channel_inquiry_id, i.state,
                i.asked_at, i.waiting_since, i.answer_by, i.urgent_from, i.has_urgent_words, i.answered_at,
                i.channel_order_ids, i.channel_listing_ids, i.channel_product_id, i.product_name, i.category,
                i.channel_parent_answer_id, i.message_count, i.data_key_id, i.sealed, i.digest, i.read_at,
                i.created_at, i.updated_at
         FROM order_sync.inquiries i
         WHERE i.merchant_id = $1
           AND ($2 = '' OR i.channel = $2)
           AND ($3::text IS NULL OR i.state = $3)
           AND i.state IN ('UNKNOWN', 'WAITING', 'TO_CONFIRM')
           AND (NOT $4 OR i.urgent_from <= $5
                OR EXISTS (SELECT
                           FROM order_sync.claims c
                           WHERE c.merchant_id = i.merchant_id
                             AND c.channel_account_id = i.channel_account_id
                             AND c.channel_order_id = ANY (i.channel_order_ids)
                             AND c.state IN ('UNKNOWN', 'REQUESTED')))
           AND ($6::uuid IS NULL OR EXISTS (SELECT
                                            FROM order_sync.orders o
                                            WHERE o.merchant_id = $1
                                              AND o.order_id = $6
                                              AND o.channel_account_id = i.channel_account_id
                                              AND o.channel_order_id = ANY (i.channel_order_ids)))
           AND ($8::uuid IS NULL
                OR (coalesce(i.answer_by, 'infinity'), i.inquiry_id) > (coalesce($7::timestamptz, 'infinity'), $8))
           AND ($10::uuid IS NULL OR EXISTS (SELECT
                                             FROM order_sync.inquiry_assignees a
                                             WHERE a.merchant_id = i.merchant_id
                                               AND a.inquiry_id = i.inquiry_id
                                               AND a.operator_id = $10))
         ORDER BY coalesce(i.answer_by, 'infinity'), i.inquiry_id
         LIMIT $9",
        merchant_id.as_uuid(),
        page.channel,
        page.state.map(InquiryState::as_str),
        page.urgent_only,
        page.now,
        page.order_id.map(|id| id.as_uuid()),
        answer_by,
        inquiry_id,
        page.limit,
        page.assigned_to.map(|id| id.as_uuid()),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StoredInquiry::try_from).collect()
}

/// One question.
pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_id: InquiryId,
) -> Result<Option<StoredInquiry>, Error> {
    let row = sqlx::query_as!(
        InquiryRow,
        "SELECT i.inquiry_id, i.version, i.channel, i.channel_account_id, i.kind, i.channel_inquiry_id, i.state,
                i.asked_at, i.waiting_since, i.answer_by, i.urgent_from, i.has_urgent_words, i.answered_at,
                i.channel_order_ids, i.channel_listing_ids, i.channel_product_id, i.product_name, i.category,
                i.channel_parent_answer_id, i.message_count, i.data_key_id, i.sealed, i.digest, i.read_at,
                i.created_at, i.updated_at
         FROM order_sync.inquiries i
         WHERE i.merchant_id = $1
           AND i.inquiry_id = $2",
        merchant_id.as_uuid(),
        inquiry_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(StoredInquiry::try_from).transpose()
}

/// What hangs on a question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hanging {
    /// By the channel's id, as far as the orders are here.
    pub(crate) orders: HashMap<String, OrderId>,
    /// A demand on one of the orders is undecided.
    pub(crate) has_open_claim: bool,
}

/// What hangs on these questions.
pub(crate) async fn hanging(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_ids: &[Uuid],
) -> Result<HashMap<Uuid, Hanging>, Error> {
    let rows = sqlx::query!(
        r#"SELECT i.inquiry_id, w.channel_order_id AS "channel_order_id!", o.order_id AS "order_id?",
                  EXISTS (SELECT
                          FROM order_sync.claims c
                          WHERE c.merchant_id = i.merchant_id
                            AND c.channel_account_id = i.channel_account_id
                            AND c.channel_order_id = w.channel_order_id
                            AND c.state IN ('UNKNOWN', 'REQUESTED')) AS "has_open_claim!"
           FROM order_sync.inquiries i
           CROSS JOIN LATERAL unnest(i.channel_order_ids) AS w (channel_order_id)
           LEFT JOIN order_sync.orders o
             ON o.merchant_id = i.merchant_id
            AND o.channel_account_id = i.channel_account_id
            AND o.channel_order_id = w.channel_order_id
           WHERE i.merchant_id = $1
             AND i.inquiry_id = ANY ($2)"#,
        merchant_id.as_uuid(),
        inquiry_ids,
    )
    .fetch_all(conn)
    .await?;
    let mut hanging: HashMap<Uuid, Hanging> = HashMap::new();
    for row in rows {
        let one = hanging.entry(row.inquiry_id).or_default();
        one.has_open_claim |= row.has_open_claim;
        if let Some(order_id) = row.order_id {
            let order_id = OrderId::from_uuid(order_id);
            one.orders.insert(row.channel_order_id, order_id);
        }
    }
    Ok(hanging)
}

/// What the products are called that these questions name by their listings alone, as orders or the product list show
/// them; of several listings the first that has a name.
pub(crate) async fn product_names(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, Error> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (i.inquiry_id)
                  i.inquiry_id, coalesce(nullif(l.product_name, ''), l.listed_product_name, '') AS "name!"
           FROM order_sync.inquiries i
           JOIN order_sync.listings l
             ON l.merchant_id = i.merchant_id
            AND l.channel_account_id = i.channel_account_id
            AND l.channel_listing_id = ANY (i.channel_listing_ids)
           WHERE i.merchant_id = $1
             AND i.inquiry_id = ANY ($2)
             AND coalesce(nullif(l.product_name, ''), l.listed_product_name, '') <> ''
           ORDER BY i.inquiry_id, array_position(i.channel_listing_ids, l.channel_listing_id)"#,
        merchant_id.as_uuid(),
        inquiry_ids,
    )
    .fetch_all(conn)
    .await?;
    let names = rows.into_iter().map(|row| (row.inquiry_id, row.name));
    Ok(names.collect())
}

/// Open questions of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenCount {
    pub(crate) channel: String,
    pub(crate) urgent: i64,
    pub(crate) normal: i64,
    /// Until when the first of them is to be answered.
    pub(crate) earliest_answer_by: Option<DateTime<Utc>>,
    /// The same as long as the same questions wait, as urgent as now.
    pub(crate) mark: String,
}

/// Open questions by channel. What is urgent is what the list's filter shows as urgent.
pub(crate) async fn open_counts(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    now: DateTime<Utc>,
) -> Result<Vec<OpenCount>, Error> {
    let rows = sqlx::query!(
        r#"SELECT o.channel, count(*) FILTER (WHERE o.urgent) AS "urgent!",
                  count(*) FILTER (WHERE NOT o.urgent) AS "normal!", min(o.answer_by) AS earliest_answer_by,
                  encode(sha256(convert_to(string_agg(
                      concat_ws(' ', o.inquiry_id, extract(epoch FROM o.waiting_since), o.urgent, coalesce(o.answer_by <= $2, false)), ','
                      ORDER BY o.inquiry_id), 'UTF8')), 'hex') AS "mark!"
           FROM (
               SELECT i.inquiry_id, i.channel, i.waiting_since, i.answer_by,
                      i.urgent_from <= $2
                          OR EXISTS (SELECT
                                     FROM order_sync.claims c
                                     WHERE c.merchant_id = i.merchant_id
                                       AND c.channel_account_id = i.channel_account_id
                                       AND c.channel_order_id = ANY (i.channel_order_ids)
                                       AND c.state IN ('UNKNOWN', 'REQUESTED')) AS urgent
               FROM order_sync.inquiries i
               WHERE i.merchant_id = $1
                 AND i.state IN ('UNKNOWN', 'WAITING', 'TO_CONFIRM')
           ) o
           GROUP BY o.channel
           ORDER BY o.channel"#,
        merchant_id.as_uuid(),
        now,
    )
    .fetch_all(conn)
    .await?;
    let counts = rows.into_iter().map(|row| OpenCount {
        channel: row.channel,
        urgent: row.urgent,
        normal: row.normal,
        earliest_answer_by: row.earliest_answer_by,
        mark: row.mark,
    });
    Ok(counts.collect())
}
