//! Claims for people to see: what is stored of them, with what the channel showed last.

use chrono::{DateTime, Utc};
use moa_id::{ClaimId, MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::undecodable;
use crate::Error;
use crate::domain::account::Account;
use crate::domain::claim::{ClaimKind, ClaimState, FetchedClaim};

/// Keeps what the newest read shows of each claim. A read that names no lines (a list of withdrawals) tells less than
/// what is here, so it is kept only where nothing is.
pub(crate) async fn save(
    conn: &mut PgConnection,
    account: &Account,
    fetched: &[FetchedClaim],
) -> Result<(), Error> {
    // One row per claim and statement: the newest, and of those the one that tells most.
    let mut newest: Vec<&FetchedClaim> = fetched.iter().collect();
    fn rank(claim: &FetchedClaim) -> (&str, DateTime<Utc>, usize) {
        (&claim.channel_claim_id, claim.read_at, claim.lines.len())
    }
    newest.sort_by(|a, b| rank(b).cmp(&rank(a)));
    newest.dedup_by(|a, b| a.channel_claim_id == b.channel_claim_id);
    if newest.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = newest.iter().map(|c| c.channel_claim_id.clone()).collect();
    let shown: Vec<Vec<u8>> = newest.iter().map(|c| c.shown.clone()).collect();
    let read_at: Vec<DateTime<Utc>> = newest.iter().map(|c| c.read_at).collect();
    let tells_all: Vec<bool> = newest.iter().map(|c| !c.lines.is_empty()).collect();
    let due_at: Vec<Option<DateTime<Utc>>> = newest.iter().map(|c| c.due_at).collect();
    sqlx::query!(
        "WITH fetched AS (
             SELECT *
             FROM unnest($4::text[], $5::bytea[], $6::timestamptz[], $7::boolean[], $8::timestamptz[])
                 AS f (channel_claim_id, shown, read_at, tells_all, due_at)
         ), poor AS (
             INSERT INTO order_sync.claim_details
                 (merchant_id, channel_account_id, channel, channel_claim_id, shown, read_at, due_at)
             SELECT $1, $2, $3, channel_claim_id, shown, read_at, due_at
             FROM fetched
             WHERE NOT tells_all
             ON CONFLICT ON CONSTRAINT claim_details_pkey DO NOTHING
         )
         INSERT INTO order_sync.claim_details AS d
             (merchant_id, channel_account_id, channel, channel_claim_id, shown, read_at, due_at)
         SELECT $1, $2, $3, channel_claim_id, shown, read_at, due_at
         FROM fetched
         WHERE tells_all
         ON CONFLICT ON CONSTRAINT claim_details_pkey DO UPDATE
         SET shown = EXCLUDED.shown,
             read_at = EXCLUDED.read_at,
             due_at = EXCLUDED.due_at
         WHERE d.read_at <= EXCLUDED.read_at",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        account.channel,
        &ids,
        &shown,
        &read_at,
        &tells_all,
        &due_at as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A claim with what the channel shows of it.
pub(crate) struct DetailedClaim {
    pub(crate) claim_id: ClaimId,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) channel: String,
    pub(crate) channel_account_id: Uuid,
    pub(crate) channel_claim_id: String,
    pub(crate) channel_order_id: String,
    pub(crate) kind: ClaimKind,
    pub(crate) state: ClaimState,
    pub(crate) requested_at: DateTime<Utc>,
    /// By when the merchant must act, as the last read told it.
    pub(crate) due_at: Option<DateTime<Utc>>,
    /// The contract's message, encoded, and when it was read; absent for claims of before it was kept.
    pub(crate) shown: Option<(Vec<u8>, DateTime<Utc>)>,
}

struct DetailRow {
    claim_id: Uuid,
    order_id: Option<Uuid>,
    channel: String,
    channel_account_id: Uuid,
    channel_claim_id: String,
    channel_order_id: String,
    kind: String,
    state: String,
    requested_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    shown: Option<Vec<u8>>,
    read_at: Option<DateTime<Utc>>,
}

impl TryFrom<DetailRow> for DetailedClaim {
    type Error = Error;

    fn try_from(row: DetailRow) -> Result<Self, Error> {
        let unreadable = |reason: &str| undecodable("claims", &row.claim_id, reason);
        Ok(Self {
            kind: ClaimKind::parse(&row.kind).ok_or_else(|| unreadable("unknown kind"))?,
            state: ClaimState::parse(&row.state).ok_or_else(|| unreadable("unknown state"))?,
            claim_id: ClaimId::from_uuid(row.claim_id),
            order_id: row.order_id.map(OrderId::from_uuid),
            channel: row.channel,
            channel_account_id: row.channel_account_id,
            channel_claim_id: row.channel_claim_id,
            channel_order_id: row.channel_order_id,
            requested_at: row.requested_at,
            due_at: row.due_at,
            shown: row.shown.zip(row.read_at),
        })
    }
}

/// Which claims, and where the list goes on.
pub(crate) struct ClaimPage<'a> {
    /// Empty: all.
    pub(crate) channel: &'a str,
    pub(crate) kind: Option<ClaimKind>,
    pub(crate) open_only: bool,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) claim_id: Option<ClaimId>,
    /// The last one of the page before, by what the list is sorted by; a time that is not known comes last.
    pub(crate) after: Option<(Option<DateTime<Utc>>, Uuid)>,
    pub(crate) limit: i64,
}

/// A page, newest demand first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: &ClaimPage<'_>,
) -> Result<Vec<DetailedClaim>, Error> {
    let (requested_at, claim_id) = page.after.unzip();
    let requested_at = requested_at.flatten();
    let rows = sqlx::query_as!(
        DetailRow,
        r#"SELECT c.claim_id, c.order_id, coalesce(d.channel, '') AS "channel!", c.channel_account_id,
                  c.channel_claim_id, c.channel_order_id, c.kind, c.state, c.requested_at, d.due_at AS "due_at?",
                  d.shown AS "shown?", d.read_at AS "read_at?"
           FROM order_sync.claims c
           LEFT JOIN order_sync.claim_details d
             ON d.merchant_id = c.merchant_id
            AND d.channel_account_id = c.channel_account_id
            AND d.channel_claim_id = c.channel_claim_id
           WHERE c.merchant_id = $1
             AND ($2 = '' OR d.channel = $2)
             AND ($3::text IS NULL OR c.kind = $3)
             AND (NOT $4 OR c.state IN ('UNKNOWN', 'REQUESTED'))
             AND ($5::uuid IS NULL OR c.order_id = $5)
             AND ($6::uuid IS NULL OR c.claim_id = $6)
             AND ($7::timestamptz IS NULL OR (c.requested_at, c.claim_id) < ($7, $8::uuid))
           ORDER BY c.requested_at DESC, c.claim_id DESC
           LIMIT $9"#,
        merchant_id.as_uuid(),
        page.channel,
        page.kind.map(ClaimKind::as_str),
        page.open_only,
        page.order_id.map(|id| id.as_uuid()),
        page.claim_id.map(|id| id.as_uuid()),
        requested_at,
        claim_id,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(DetailedClaim::try_from).collect()
}

/// A page of undecided claims, the soonest deadline first; those of which it is not known come last.
pub(crate) async fn list_due(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: &ClaimPage<'_>,
) -> Result<Vec<DetailedClaim>, Error> {
    let (due_at, claim_id) = page.after.unzip();
    let due_at = due_at.flatten();
    let rows = sqlx::query_as!(
        DetailRow,
        r#"SELECT c.claim_id, c.order_id, coalesce(d.channel, '') AS "channel!", c.channel_account_id,
                  c.channel_claim_id, c.channel_order_id, c.kind, c.state, c.requested_at, d.due_at AS "due_at?",
                  d.shown AS "shown?", d.read_at AS "read_at?"
           FROM order_sync.claims c
           LEFT JOIN order_sync.claim_details d
             ON d.merchant_id = c.merchant_id
            AND d.channel_account_id = c.channel_account_id
            AND d.channel_claim_id = c.channel_claim_id
           WHERE c.merchant_id = $1
             AND c.state IN ('UNKNOWN', 'REQUESTED')
             AND ($2 = '' OR d.channel = $2)
             AND ($3::text IS NULL OR c.kind = $3)
             AND ($4::uuid IS NULL OR c.order_id = $4)
             AND ($6::uuid IS NULL
                  OR (coalesce(d.due_at, 'infinity'), c.claim_id) > (coalesce($5::timestamptz, 'infinity'), $6))
           ORDER BY coalesce(d.due_at, 'infinity'), c.claim_id
           LIMIT $7"#,
        merchant_id.as_uuid(),
        page.channel,
        page.kind.map(ClaimKind::as_str),
        page.order_id.map(|id| id.as_uuid()),
        due_at,
        claim_id,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(DetailedClaim::try_from).collect()
}
