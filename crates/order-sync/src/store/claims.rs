//! Claims, linked to their order or waiting for it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{ClaimId, MerchantId, OrderId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::undecodable;
use crate::Error;
use crate::domain::account::Account;
use crate::domain::claim::{Claim, ClaimKind, ClaimLine, ClaimState};
use crate::domain::seen::Seen;

#[derive(Serialize, Deserialize)]
struct StoredLine {
    channel_line_id: String,
    quantity: i32,
}

struct ClaimRow {
    claim_id: Uuid,
    order_id: Option<Uuid>,
    channel_claim_id: String,
    channel_order_id: String,
    kind: String,
    state: String,
    requested_at: DateTime<Utc>,
    kind_read_at: DateTime<Utc>,
    state_read_at: DateTime<Utc>,
    lines_read_at: Option<DateTime<Utc>>,
    lines: Option<serde_json::Value>,
}

impl TryFrom<ClaimRow> for Claim {
    type Error = Error;

    fn try_from(row: ClaimRow) -> Result<Self, Error> {
        let unreadable =
            |reason: &dyn std::fmt::Display| undecodable("claims", &row.claim_id, reason);
        let kind = ClaimKind::parse(&row.kind).ok_or_else(|| unreadable(&"unknown kind"))?;
        let state = ClaimState::parse(&row.state).ok_or_else(|| unreadable(&"unknown state"))?;
        let lines: Option<Vec<StoredLine>> = row
            .lines
            .map(serde_json::from_value)
            .transpose()
            .map_err(|error| unreadable(&error))?;
        let lines = lines.map(|lines| {
            let lines = lines.into_iter().map(|line| ClaimLine {
                channel_line_id: line.channel_line_id,
                quantity: line.quantity,
            });
            lines.collect()
        });
        Ok(Self {
            claim_id: ClaimId::from_uuid(row.claim_id),
            order_id: row.order_id.map(OrderId::from_uuid),
            channel_claim_id: row.channel_claim_id,
            channel_order_id: row.channel_order_id,
            kind: Seen::new(Some(kind), row.kind_read_at),
            state: Seen::new(Some(state), row.state_read_at),
            lines: Seen::new(lines, row.lines_read_at.unwrap_or(DateTime::UNIX_EPOCH)),
            requested_at: row.requested_at,
        })
    }
}

/// Claims by order, oldest demand first.
pub(crate) async fn load(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Claim>>, Error> {
    let rows = sqlx::query_as!(
        ClaimRow,
        "SELECT claim_id, order_id, channel_claim_id, channel_order_id, kind, state, requested_at, kind_read_at,
                state_read_at, lines_read_at, lines
         FROM order_sync.claims
         WHERE merchant_id = $1
           AND order_id = ANY($2)
         ORDER BY requested_at, channel_claim_id",
        merchant_id.as_uuid(),
        order_ids,
    )
    .fetch_all(conn)
    .await?;
    let mut by_order: HashMap<Uuid, Vec<Claim>> = HashMap::new();
    for row in rows {
        if let Some(order_id) = row.order_id {
            let claims = by_order.entry(order_id).or_default();
            claims.push(row.try_into()?);
        }
    }
    Ok(by_order)
}

/// Claims that wait for one of these orders.
pub(crate) async fn waiting_for(
    conn: &mut PgConnection,
    account: &Account,
    channel_order_ids: &[String],
) -> Result<Vec<Claim>, Error> {
    let rows = sqlx::query_as!(
        ClaimRow,
        "SELECT claim_id, order_id, channel_claim_id, channel_order_id, kind, state, requested_at, kind_read_at,
                state_read_at, lines_read_at, lines
         FROM order_sync.claims
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND channel_order_id = ANY($3)
           AND order_id IS NULL
         ORDER BY requested_at, channel_claim_id",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        channel_order_ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Claim::try_from).collect()
}

/// Orders that are here while a claim still waits for them: both were stored at the same moment.
pub(crate) async fn overdue_links(
    conn: &mut PgConnection,
    account: &Account,
    limit: i64,
) -> Result<Vec<String>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT DISTINCT c.channel_order_id
         FROM order_sync.claims c
         JOIN order_sync.orders o
           ON o.merchant_id = c.merchant_id
          AND o.channel_account_id = c.channel_account_id
          AND o.channel_order_id = c.channel_order_id
         WHERE c.merchant_id = $1
           AND c.channel_account_id = $2
           AND c.order_id IS NULL
         LIMIT $3",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids)
}

/// Saves claims; the orders that they are linked to are locked or inserted by this transaction.
pub(crate) async fn save(
    conn: &mut PgConnection,
    account: &Account,
    claims: &[&Claim],
) -> Result<(), Error> {
    if claims.is_empty() {
        return Ok(());
    }
    fn column<T>(claims: &[&Claim], pick: impl Fn(&Claim) -> T) -> Vec<T> {
        claims.iter().map(|claim| pick(claim)).collect()
    }
    let lines_read_at = column(claims, |c| c.lines.value.is_some().then_some(c.lines.at));
    sqlx::query!(
        "INSERT INTO order_sync.claims
             (merchant_id, channel_account_id, channel_claim_id, claim_id, order_id, channel_order_id, kind, state,
              requested_at, kind_read_at, state_read_at, lines_read_at, lines)
         SELECT $1, $2, unnest($3::text[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::text[]),
                unnest($7::text[]), unnest($8::text[]), unnest($9::timestamptz[]), unnest($10::timestamptz[]),
                unnest($11::timestamptz[]), unnest($12::timestamptz[]), unnest($13::jsonb[])
         ON CONFLICT ON CONSTRAINT claims_pkey DO UPDATE
         SET order_id = coalesce(EXCLUDED.order_id, claims.order_id),
             kind = EXCLUDED.kind,
             state = EXCLUDED.state,
             requested_at = EXCLUDED.requested_at,
             kind_read_at = EXCLUDED.kind_read_at,
             state_read_at = EXCLUDED.state_read_at,
             lines_read_at = EXCLUDED.lines_read_at,
             lines = EXCLUDED.lines",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        &column(claims, |c| c.channel_claim_id.clone()),
        &column(claims, |c| c.claim_id.as_uuid()),
        &column(claims, |c| c.order_id.map(|id| id.as_uuid())) as _,
        &column(claims, |c| c.channel_order_id.clone()),
        &column(claims, |c| c.kind().as_str()) as _,
        &column(claims, |c| c.state().as_str()) as _,
        &column(claims, |c| c.requested_at),
        &column(claims, |c| c.kind.at),
        &column(claims, |c| c.state.at),
        &lines_read_at as _,
        &column(claims, stored_lines) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn stored_lines(claim: &Claim) -> Option<serde_json::Value> {
    let lines = claim.lines.value.as_ref()?.iter();
    Some(
        lines
            .map(|line| {
                serde_json::json!({
                    "channel_line_id": line.channel_line_id,
                    "quantity": line.quantity,
                })
            })
            .collect(),
    )
}

/// Time of the account's oldest claim that may still change.
pub(crate) async fn oldest_open(
    conn: &mut PgConnection,
    account: &Account,
) -> Result<Option<DateTime<Utc>>, Error> {
    let oldest = sqlx::query_scalar!(
        "SELECT min(requested_at)
         FROM order_sync.claims
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND state IN ('UNKNOWN', 'REQUESTED')",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(oldest)
}
