//! `fulfillment.claim_decisions`: the steps of claims, beside the effects that take them.

use chrono::{DateTime, Utc};
use moa_effects::EffectState;
use moa_id::{
    ChannelAccountId, ClaimDecisionId, ClaimId, DataKeyId, EffectId, MerchantId, OperatorId,
    OrderId,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use super::orders::uuids;
use crate::app::sealed::Sealed;
use crate::domain::claim::{Action, ClaimKind};

/// What names a claim at its channel.
#[derive(Debug, Clone)]
pub struct DecidedClaim {
    /// Its id.
    pub claim_id: ClaimId,
    /// The account it was made at.
    pub channel_account_id: ChannelAccountId,
    /// The channel's id.
    pub channel_claim_id: String,
    /// The channel's id of its order.
    pub channel_order_id: String,
    /// What is wanted.
    pub kind: ClaimKind,
    /// By which channels find it again.
    pub requested_at: DateTime<Utc>,
}

/// A step, without where it stands.
#[derive(Debug, Clone)]
pub struct ClaimDecision {
    /// Its id.
    pub decision_id: ClaimDecisionId,
    /// Of which claim.
    pub claim_id: ClaimId,
    /// Which step.
    pub action: Action,
    /// What takes it.
    pub effect_id: EffectId,
    /// The request it came of.
    pub request_id: String,
    /// Who decided.
    pub operator_id: OperatorId,
    /// What is told.
    pub terms: Sealed,
    /// When it was first asked for.
    pub created_at: DateTime<Utc>,
    /// When it was asked for last.
    pub updated_at: DateTime<Utc>,
}

/// A step with where its effect stands.
#[derive(Debug, Clone)]
pub struct StandingDecision {
    /// The step.
    pub decision: ClaimDecision,
    /// Where it stands.
    pub state: EffectState,
    /// Why; empty while nothing went wrong.
    pub reason: String,
    /// The same for people.
    pub detail: String,
}

struct DecisionRow {
    decision_id: Uuid,
    claim_id: Uuid,
    action: String,
    effect_id: Uuid,
    request_id: String,
    operator_id: Uuid,
    data_key_id: Uuid,
    sealed: Vec<u8>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    state: String,
    reason: String,
    detail: String,
}

impl TryFrom<DecisionRow> for StandingDecision {
    type Error = StoreError;

    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let corrupt = |reason: &str| StoreError::corrupt("claim decision", row.decision_id, reason);
        let action = Action::parse(&row.action).ok_or_else(|| corrupt("unknown action"))?;
        let state = row.state.parse().map_err(|_| corrupt("unknown state"))?;
        Ok(Self {
            decision: ClaimDecision {
                decision_id: ClaimDecisionId::from_uuid(row.decision_id),
                claim_id: ClaimId::from_uuid(row.claim_id),
                action,
                effect_id: EffectId::from_uuid(row.effect_id),
                request_id: row.request_id,
                operator_id: OperatorId::from_uuid(row.operator_id),
                terms: Sealed {
                    data_key_id: DataKeyId::from_uuid(row.data_key_id),
                    bytes: row.sealed,
                },
                created_at: row.created_at,
                updated_at: row.updated_at,
            },
            state,
            reason: row.reason,
            detail: row.detail,
        })
    }
}

/// Locks a claim for one decision at a time; the first one writes it down.
pub async fn lock_claim(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    claim: &DecidedClaim,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO fulfillment.decided_claims AS c (
             merchant_id, claim_id, channel_account_id, channel_claim_id, channel_order_id, kind, requested_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT ON CONSTRAINT decided_claims_pkey DO UPDATE
         SET kind = EXCLUDED.kind, requested_at = EXCLUDED.requested_at",
        merchant_id.as_uuid(),
        claim.claim_id.as_uuid(),
        claim.channel_account_id.as_uuid(),
        claim.channel_claim_id,
        claim.channel_order_id,
        claim.kind.as_str(),
        claim.requested_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a claim that was decided about before.
pub async fn lock_decided(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    claim_id: ClaimId,
) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        "SELECT claim_id
         FROM fulfillment.decided_claims
         WHERE merchant_id = $1 AND claim_id = $2
         FOR UPDATE",
        merchant_id.as_uuid(),
        claim_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// What names these claims.
pub async fn claims(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    claim_ids: &[ClaimId],
) -> Result<Vec<DecidedClaim>, StoreError> {
    let rows = sqlx::query!(
        "SELECT claim_id, channel_account_id, channel_claim_id, channel_order_id, kind, requested_at
         FROM fulfillment.decided_claims
         WHERE merchant_id = $1 AND claim_id = ANY ($2)",
        merchant_id.as_uuid(),
        &claim_ids.iter().map(ClaimId::as_uuid).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    let mut claims = Vec::with_capacity(rows.len());
    for row in rows {
        let kind = ClaimKind::parse(&row.kind)
            .ok_or_else(|| StoreError::corrupt("decided claim", row.claim_id, "unknown kind"))?;
        claims.push(DecidedClaim {
            claim_id: ClaimId::from_uuid(row.claim_id),
            channel_account_id: ChannelAccountId::from_uuid(row.channel_account_id),
            channel_claim_id: row.channel_claim_id,
            channel_order_id: row.channel_order_id,
            kind,
            requested_at: row.requested_at,
        });
    }
    Ok(claims)
}

/// The steps of these claims, oldest first.
pub async fn of_claims(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    claim_ids: &[ClaimId],
) -> Result<Vec<StandingDecision>, StoreError> {
    let rows = sqlx::query_as!(
        DecisionRow,
        "SELECT d.decision_id, d.claim_id, d.action, d.effect_id, d.request_id, d.operator_id, d.data_key_id, d.sealed,
                d.created_at, d.updated_at, e.state, e.reason, e.detail
         FROM fulfillment.claim_decisions d
         JOIN fulfillment.effects e ON e.merchant_id = d.merchant_id AND e.effect_id = d.effect_id
         WHERE d.merchant_id = $1 AND d.claim_id = ANY ($2)
         ORDER BY d.created_at, d.decision_id",
        merchant_id.as_uuid(),
        &claim_ids.iter().map(ClaimId::as_uuid).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StandingDecision::try_from).collect()
}

/// The steps that these effects take.
pub async fn of_effects(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    effect_ids: &[EffectId],
) -> Result<Vec<StandingDecision>, StoreError> {
    let rows = sqlx::query_as!(
        DecisionRow,
        "SELECT d.decision_id, d.claim_id, d.action, d.effect_id, d.request_id, d.operator_id, d.data_key_id, d.sealed,
                d.created_at, d.updated_at, e.state, e.reason, e.detail
         FROM fulfillment.claim_decisions d
         JOIN fulfillment.effects e ON e.merchant_id = d.merchant_id AND e.effect_id = d.effect_id
         WHERE d.merchant_id = $1 AND d.effect_id = ANY ($2)",
        merchant_id.as_uuid(),
        &effect_ids.iter().map(EffectId::as_uuid).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StandingDecision::try_from).collect()
}

/// Writes a step down, or its new terms.
pub async fn save(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    decision: &ClaimDecision,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO fulfillment.claim_decisions (
             merchant_id, decision_id, claim_id, action, effect_id, request_id, operator_id, data_key_id, sealed,
             created_at, updated_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT ON CONSTRAINT claim_decisions_pkey DO UPDATE
         SET request_id = EXCLUDED.request_id, operator_id = EXCLUDED.operator_id, data_key_id = EXCLUDED.data_key_id,
             sealed = EXCLUDED.sealed, updated_at = EXCLUDED.updated_at",
        merchant_id.as_uuid(),
        decision.decision_id.as_uuid(),
        decision.claim_id.as_uuid(),
        decision.action.as_str(),
        decision.effect_id.as_uuid(),
        decision.request_id,
        decision.operator_id.as_uuid(),
        decision.terms.data_key_id.as_uuid(),
        decision.terms.bytes,
        decision.created_at,
        decision.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the terms of what was decided about claims of these orders. Answers the keys that are to be destroyed.
pub async fn forget_terms_of_orders(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<DataKeyId>, StoreError> {
    let keys = sqlx::query_scalar!(
        "UPDATE fulfillment.claim_decisions d
         SET sealed = ''
         FROM fulfillment.decided_claims c
         JOIN fulfillment.orders o
             ON o.merchant_id = c.merchant_id
             AND o.channel_account_id = c.channel_account_id
             AND o.channel_order_id = c.channel_order_id
         WHERE d.merchant_id = $1
             AND o.merchant_id = $1
             AND o.order_id = ANY ($2)
             AND c.merchant_id = d.merchant_id
             AND c.claim_id = d.claim_id
             AND d.sealed <> ''
         RETURNING d.data_key_id",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    Ok(keys.into_iter().map(DataKeyId::from_uuid).collect())
}

/// Forgets terms that were written last before `before`, a batch of them. Answers the keys that are to be destroyed; those
/// of terms that channels have are destroyed already.
pub async fn forget_old_terms(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(MerchantId, DataKeyId)>, StoreError> {
    let rows = sqlx::query!(
        "UPDATE fulfillment.claim_decisions d
         SET sealed = ''
         FROM (
             SELECT merchant_id, decision_id
             FROM fulfillment.claim_decisions
             WHERE sealed <> '' AND updated_at < $1
             ORDER BY updated_at
             LIMIT $2
             FOR UPDATE SKIP LOCKED
         ) old
         WHERE d.merchant_id = old.merchant_id AND d.decision_id = old.decision_id
         RETURNING d.merchant_id, d.data_key_id",
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let keys = rows.into_iter();
    Ok(keys
        .map(|row| {
            let merchant_id = MerchantId::from_uuid(row.merchant_id);
            (merchant_id, DataKeyId::from_uuid(row.data_key_id))
        })
        .collect())
}
