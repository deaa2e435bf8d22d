//! Questions: facts, and what was said as it is sealed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, DataKeyId, InquiryId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::undecodable;
use crate::Error;
use crate::domain::account::Account;
use crate::domain::inquiry::{Inquiry, InquiryFacts, InquiryKey, InquiryKind, InquiryState};

/// What was said, sealed.
#[derive(Debug, Clone)]
pub(crate) struct SealedThread {
    pub(crate) data_key_id: DataKeyId,
    pub(crate) sealed: Vec<u8>,
}

/// A question as stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredInquiry {
    pub(crate) inquiry: Inquiry,
    pub(crate) thread: SealedThread,
}

pub(super) struct InquiryRow {
    pub(super) inquiry_id: Uuid,
    pub(super) version: i64,
    pub(super) channel: String,
    pub(super) channel_account_id: Uuid,
    pub(super) kind: String,
    pub(super) channel_inquiry_id: String,
    pub(super) state: String,
    pub(super) asked_at: DateTime<Utc>,
    pub(super) waiting_since: DateTime<Utc>,
    pub(super) answer_by: Option<DateTime<Utc>>,
    pub(super) urgent_from: DateTime<Utc>,
    pub(super) has_urgent_words: bool,
    pub(super) answered_at: Option<DateTime<Utc>>,
    pub(super) channel_order_ids: Vec<String>,
    pub(super) channel_listing_ids: Vec<String>,
    pub(super) channel_product_id: String,
    pub(super) product_name: String,
    pub(super) category: String,
    pub(super) channel_parent_answer_id: String,
    pub(super) message_count: i32,
    pub(super) data_key_id: Uuid,
    pub(super) sealed: Vec<u8>,
    pub(super) digest: Vec<u8>,
    pub(super) read_at: DateTime<Utc>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl TryFrom<InquiryRow> for StoredInquiry {
    type Error = Error;

    fn try_from(row: InquiryRow) -> Result<Self, Error> {
        let unreadable = |reason: &str| undecodable("inquiries", &row.inquiry_id, reason);
        let kind = InquiryKind::parse(&row.kind).ok_or_else(|| unreadable("unknown kind"))?;
        let state = InquiryState::parse(&row.state).ok_or_else(|| unreadable("unknown state"))?;
        let digest = row.digest.as_slice().try_into();
        Ok(Self {
            inquiry: Inquiry {
                inquiry_id: InquiryId::from_uuid(row.inquiry_id),
                version: row.version,
                channel_account_id: ChannelAccountId::from_uuid(row.channel_account_id),
                digest: digest.map_err(|_| unreadable("its digest is not 32 bytes long"))?,
                channel: row.channel,
                key: InquiryKey {
                    kind,
                    channel_inquiry_id: row.channel_inquiry_id,
                },
                facts: InquiryFacts {
                    state,
                    asked_at: row.asked_at,
                    answered_at: row.answered_at,
                    answer_by: row.answer_by,
                    channel_order_ids: row.channel_order_ids,
                    channel_listing_ids: row.channel_listing_ids,
                    channel_product_id: row.channel_product_id,
                    product_name: row.product_name,
                    category: row.category,
                },
                waiting_since: row.waiting_since,
                urgent_from: row.urgent_from,
                has_urgent_words: row.has_urgent_words,
                channel_parent_answer_id: row.channel_parent_answer_id,
                message_count: row.message_count,
                read_at: row.read_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
            },
            thread: SealedThread {
                data_key_id: DataKeyId::from_uuid(row.data_key_id),
                sealed: row.sealed,
            },
        })
    }
}

/// Locks the known ones of these.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    account: &Account,
    keys: &[&InquiryKey],
) -> Result<HashMap<InquiryKey, StoredInquiry>, Error> {
    let kinds: Vec<&str> = keys.iter().map(|key| key.kind.as_str()).collect();
    let ids: Vec<String> = keys
        .iter()
        .map(|key| key.channel_inquiry_id.clone())
        .collect();
    let rows = sqlx::query_as!(
        InquiryRow,
        "SELECT i.inquiry_id, i.version, i.channel, i.channel_account_id, i.kind, i.channel_inquiry_id, i.state,
                i.asked_at, i.waiting_since, i.answer_by, i.urgent_from, i.has_urgent_words, i.answered_at,
                i.channel_order_ids, i.channel_listing_ids, i.channel_product_id, i.product_name, i.category,
                i.channel_parent_answer_id, i.message_count, i.data_key_id, i.sealed, i.digest, i.read_at,
                i.created_at, i.updated_at
         FROM order_sync.inquiries i
         JOIN unnest($3::text[], $4::text[]) AS k (kind, channel_inquiry_id)
           ON k.kind = i.kind
          AND k.channel_inquiry_id = i.channel_inquiry_id
         WHERE i.merchant_id = $1
           AND i.channel_account_id = $2
         ORDER BY i.kind, i.channel_inquiry_id
         FOR UPDATE OF i",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        &kinds as _,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        let stored = StoredInquiry::try_from(row)?;
        known.insert(stored.inquiry.key.clone(), stored);
    }
    Ok(known)
}

/// Locks the questions about orders whose words are kept.
pub(crate) async fn lock_of_orders(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    channel_order_ids: &[String],
) -> Result<Vec<StoredInquiry>, Error> {
    let rows = sqlx::query_as!(
        InquiryRow,
        "SELECT i.inquiry_id, i.version, i.channel, i.channel_account_id, i.kind, i.channel_inquiry_id, i.state,
                i.asked_at, i.waiting_since, i.answer_by, i.urgent_from, i.has_urgent_words, i.answered_at,
                i.channel_order_ids, i.channel_listing_ids, i.channel_product_id, i.product_name, i.category,
                i.channel_parent_answer_id, i.message_count, i.data_key_id, i.sealed, i.digest, i.read_at,
                i.created_at, i.updated_at
         FROM order_sync.inquiries i
         WHERE i.merchant_id = $1
           AND i.channel_account_id = $2
           AND i.channel_order_ids && $3
           AND i.erased_at IS NULL
         ORDER BY i.kind, i.channel_inquiry_id
         FOR UPDATE OF i",
        merchant_id.as_uuid(),
        account_id.as_uuid(),
        channel_order_ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StoredInquiry::try_from).collect()
}

/// Locks one question whose words are kept.
pub(crate) async fn lock_kept(
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
           AND i.inquiry_id = $2
           AND i.erased_at IS NULL
         FOR UPDATE OF i",
        merchant_id.as_uuid(),
        inquiry_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(StoredInquiry::try_from).transpose()
}

/// Erases the sealed words of questions that are locked and raises their versions. The digest stays: it is a keyed hash of
/// all that was said, and keeps a list that shows the same words again from being news.
pub(crate) async fn erase(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_ids: &[InquiryId],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.inquiries
         SET erased_at = $3, sealed = '', version = version + 1, updated_at = $3
         WHERE merchant_id = $1
           AND inquiry_id = ANY($2)",
        merchant_id.as_uuid(),
        &inquiry_ids
            .iter()
            .map(InquiryId::as_uuid)
            .collect::<Vec<_>>(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Saves questions that this transaction has locked or makes.
pub(crate) async fn save(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    changed: &[(Inquiry, SealedThread)],
) -> Result<(), Error> {
    for (inquiry, thread) in changed {
        let facts = &inquiry.facts;
        sqlx::query!(
            "INSERT INTO order_sync.inquiries
                 (merchant_id, inquiry_id, version, channel, channel_account_id, kind, channel_inquiry_id, state,
                  asked_at, waiting_since, answer_by, urgent_from, has_urgent_words, answered_at, channel_order_ids,
                  channel_listing_ids, channel_product_id, product_name, category, channel_parent_answer_id,
                  message_count, data_key_id, sealed, digest, read_at, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                     $22, $23, $24, $25, $26, $27)
             ON CONFLICT ON CONSTRAINT inquiries_pkey DO UPDATE
             SET version = EXCLUDED.version,
                 state = EXCLUDED.state,
                 asked_at = EXCLUDED.asked_at,
                 waiting_since = EXCLUDED.waiting_since,
                 answer_by = EXCLUDED.answer_by,
                 urgent_from = EXCLUDED.urgent_from,
                 has_urgent_words = EXCLUDED.has_urgent_words,
                 answered_at = EXCLUDED.answered_at,
                 channel_order_ids = EXCLUDED.channel_order_ids,
                 channel_listing_ids = EXCLUDED.channel_listing_ids,
                 channel_product_id = EXCLUDED.channel_product_id,
                 product_name = EXCLUDED.product_name,
                 category = EXCLUDED.category,
                 channel_parent_answer_id = EXCLUDED.channel_parent_answer_id,
                 message_count = EXCLUDED.message_count,
                 sealed = EXCLUDED.sealed,
                 digest = EXCLUDED.digest,
                 read_at = EXCLUDED.read_at,
                 updated_at = EXCLUDED.updated_at",
            merchant_id.as_uuid(),
            inquiry.inquiry_id.as_uuid(),
            inquiry.version,
            inquiry.channel,
            inquiry.channel_account_id.as_uuid(),
            inquiry.key.kind.as_str(),
            inquiry.key.channel_inquiry_id,
            facts.state.as_str(),
            facts.asked_at,
            inquiry.waiting_since,
            facts.answer_by,
            inquiry.urgent_from,
            inquiry.has_urgent_words,
            facts.answered_at,
            &facts.channel_order_ids,
            &facts.channel_listing_ids,
            facts.channel_product_id,
            facts.product_name,
            facts.category,
            inquiry.channel_parent_answer_id,
            inquiry.message_count,
            thread.data_key_id.as_uuid(),
            thread.sealed,
            inquiry.digest.as_slice(),
            inquiry.read_at,
            inquiry.created_at,
            inquiry.updated_at,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Time of the account's oldest question of a kind that waits for the merchant.
pub(crate) async fn oldest_open(
    conn: &mut PgConnection,
    account: &Account,
    kind: InquiryKind,
) -> Result<Option<DateTime<Utc>>, Error> {
    let oldest = sqlx::query_scalar!(
        "SELECT min(asked_at)
         FROM order_sync.inquiries
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND kind = $3
           AND state IN ('UNKNOWN', 'WAITING', 'TO_CONFIRM')",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        kind.as_str(),
    )
    .fetch_one(conn)
    .await?;
    Ok(oldest)
}

/// Records that an operator saw what was said.
pub(crate) struct Look<'a> {
    pub(crate) access_id: Uuid,
    pub(crate) inquiry: &'a Inquiry,
    pub(crate) caller: &'a str,
    pub(crate) operator_id: Uuid,
    pub(crate) at: DateTime<Utc>,
}

/// Writes a look down.
pub(crate) async fn record_look(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    look: &Look<'_>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.inquiry_accesses
             (merchant_id, inquiry_access_id, inquiry_id, inquiry_version, caller, operator_id, accessed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        merchant_id.as_uuid(),
        look.access_id,
        look.inquiry.inquiry_id.as_uuid(),
        look.inquiry.version,
        look.caller,
        look.operator_id,
        look.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
