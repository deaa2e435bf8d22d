//! `fulfillment.entitlements`, their sealed tokens, and each use of a link.

use chrono::{DateTime, Utc};
use moa_id::{CustomerId, DataKeyId, EntitlementId, LineId, MerchantId, OrderId, VariantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use super::orders::uuids;
use crate::domain::entitlement::{Entitlement, EntitlementState};

/// A token as it is kept.
#[derive(Debug, Clone)]
pub struct SealedToken {
    /// The key it is sealed with.
    pub data_key_id: DataKeyId,
    /// What is sealed.
    pub sealed: Vec<u8>,
}

/// A token whose time is over.
#[derive(Debug, Clone, Copy)]
pub struct DueToken {
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// The entitlement.
    pub entitlement_id: EntitlementId,
    /// The key it is sealed with.
    pub data_key_id: DataKeyId,
}

/// What one use of a link came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedemptionOutcome {
    /// The customer has it now.
    Activated,
    /// The customer had it already.
    Repeated,
    /// Revoked, or another customer has it.
    Refused,
}

/// Writes a new one down with its sealed token.
pub async fn insert(
    conn: &mut PgConnection,
    entitlement: &Entitlement,
    token_hash: &[u8; 32],
    token: &SealedToken,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO fulfillment.entitlements (
             merchant_id, entitlement_id, version, order_id, line_id, variant_id, quantity, product_name, option_name,
             state, token_hash, granted_at, updated_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'GRANTED', $10, $11, $11)",
        entitlement.merchant_id.as_uuid(),
        entitlement.id.as_uuid(),
        entitlement.version,
        entitlement.order_id.as_uuid(),
        entitlement.line_id.as_uuid(),
        entitlement.variant_id.as_uuid(),
        entitlement.quantity,
        entitlement.product_name,
        entitlement.option_name,
        token_hash,
        entitlement.granted_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO fulfillment.activation_tokens (merchant_id, entitlement_id, data_key_id, sealed)
         VALUES ($1, $2, $3, $4)",
        entitlement.merchant_id.as_uuid(),
        entitlement.id.as_uuid(),
        token.data_key_id.as_uuid(),
        token.sealed,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a changed one down and raises its version.
pub async fn save(
    conn: &mut PgConnection,
    entitlement: &mut Entitlement,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    entitlement.version += 1;
    let (activated_by, activated_at) = match entitlement.state {
        EntitlementState::Activated { by, at } => (Some(by.as_uuid()), Some(at)),
        _ => (None, None),
    };
    sqlx::query!(
        "UPDATE fulfillment.entitlements
         SET version = $3, state = $4, link_sent_at = $5, activated_at = $6, activated_by = $7, updated_at = $8
         WHERE merchant_id = $1 AND entitlement_id = $2",
        entitlement.merchant_id.as_uuid(),
        entitlement.id.as_uuid(),
        entitlement.version,
        state_text(entitlement.state),
        entitlement.link_sent_at,
        activated_at,
        activated_by,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One.
pub async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    entitlement_id: EntitlementId,
) -> Result<Option<Entitlement>, StoreError> {
    sqlx::query_as!(
        Row,
        "SELECT entitlement_id, version, order_id, line_id, variant_id, quantity, product_name, option_name, state,
                granted_at, link_sent_at, activated_at, activated_by
         FROM fulfillment.entitlements
         WHERE merchant_id = $1 AND entitlement_id = $2",
        merchant_id.as_uuid(),
        entitlement_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| row.into_domain(merchant_id))
    .transpose()
}

/// One, locked.
pub async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    entitlement_id: EntitlementId,
) -> Result<Option<Entitlement>, StoreError> {
    sqlx::query_as!(
        Row,
        "SELECT entitlement_id, version, order_id, line_id, variant_id, quantity, product_name, option_name, state,
                granted_at, link_sent_at, activated_at, activated_by
         FROM fulfillment.entitlements
         WHERE merchant_id = $1 AND entitlement_id = $2
         FOR UPDATE",
        merchant_id.as_uuid(),
        entitlement_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| row.into_domain(merchant_id))
    .transpose()
}

/// The one that a token activates.
pub async fn find_by_token(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    token_hash: &[u8; 32],
) -> Result<Option<Entitlement>, StoreError> {
    sqlx::query_as!(
        Row,
        "SELECT entitlement_id, version, order_id, line_id, variant_id, quantity, product_name, option_name, state,
                granted_at, link_sent_at, activated_at, activated_by
         FROM fulfillment.entitlements
         WHERE merchant_id = $1 AND token_hash = $2",
        merchant_id.as_uuid(),
        token_hash,
    )
    .fetch_optional(conn)
    .await?
    .map(|row| row.into_domain(merchant_id))
    .transpose()
}

/// Those of some orders.
pub async fn list_of_orders(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<Entitlement>, StoreError> {
    sqlx::query_as!(
        Row,
        "SELECT entitlement_id, version, order_id, line_id, variant_id, quantity, product_name, option_name, state,
                granted_at, link_sent_at, activated_at, activated_by
         FROM fulfillment.entitlements
         WHERE merchant_id = $1 AND order_id = ANY ($2)
         ORDER BY entitlement_id",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| row.into_domain(merchant_id))
    .collect()
}

/// Newest first.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_id: Option<OrderId>,
    before: Option<EntitlementId>,
    limit: i64,
) -> Result<Vec<Entitlement>, StoreError> {
    sqlx::query_as!(
        Row,
        "SELECT entitlement_id, version, order_id, line_id, variant_id, quantity, product_name, option_name, state,
                granted_at, link_sent_at, activated_at, activated_by
         FROM fulfillment.entitlements
         WHERE merchant_id = $1
             AND ($2::uuid IS NULL OR order_id = $2)
             AND ($3::uuid IS NULL OR entitlement_id < $3)
         ORDER BY entitlement_id DESC
         LIMIT $4",
        merchant_id.as_uuid(),
        order_id.map(|id| id.as_uuid()),
        before.map(|id| id.as_uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| row.into_domain(merchant_id))
    .collect()
}

/// The sealed token, while it is kept.
pub async fn token(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    entitlement_id: EntitlementId,
) -> Result<Option<SealedToken>, StoreError> {
    let row = sqlx::query!(
        "SELECT data_key_id, sealed
         FROM fulfillment.activation_tokens
         WHERE merchant_id = $1 AND entitlement_id = $2",
        merchant_id.as_uuid(),
        entitlement_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| SealedToken {
        data_key_id: DataKeyId::from_uuid(row.data_key_id),
        sealed: row.sealed,
    }))
}

/// From `at` on the token is not kept any more; an earlier time stays.
pub async fn let_token_go(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    entitlement_id: EntitlementId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE fulfillment.activation_tokens
         SET destroy_after = least(destroy_after, $3)
         WHERE merchant_id = $1 AND entitlement_id = $2",
        merchant_id.as_uuid(),
        entitlement_id.as_uuid(),
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes away tokens whose time is over, at most `limit`. The caller destroys their keys in the same transaction.
pub async fn remove_due_tokens(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueToken>, StoreError> {
    let rows = sqlx::query!(
        "DELETE FROM fulfillment.activation_tokens t
         USING (
             SELECT merchant_id, entitlement_id
             FROM fulfillment.activation_tokens
             WHERE destroy_after <= $1
             ORDER BY destroy_after
             LIMIT $2
             FOR UPDATE SKIP LOCKED
         ) due
         WHERE t.merchant_id = due.merchant_id AND t.entitlement_id = due.entitlement_id
         RETURNING t.merchant_id, t.entitlement_id, t.data_key_id",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let mut tokens = Vec::with_capacity(rows.len());
    for row in rows {
        tokens.push(DueToken {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            entitlement_id: EntitlementId::from_uuid(row.entitlement_id),
            data_key_id: DataKeyId::from_uuid(row.data_key_id),
        });
    }
    Ok(tokens)
}

/// Records one use of a link.
pub async fn record_redemption(
    conn: &mut PgConnection,
    entitlement: &Entitlement,
    redemption_id: Uuid,
    customer_id: CustomerId,
    outcome: RedemptionOutcome,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let outcome = match outcome {
        RedemptionOutcome::Activated => "ACTIVATED",
        RedemptionOutcome::Repeated => "REPEATED",
        RedemptionOutcome::Refused => "REFUSED",
    };
    sqlx::query!(
        "INSERT INTO fulfillment.redemptions (merchant_id, redemption_id, entitlement_id, customer_id, outcome, at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        entitlement.merchant_id.as_uuid(),
        redemption_id,
        entitlement.id.as_uuid(),
        customer_id.as_uuid(),
        outcome,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    entitlement_id: Uuid,
    version: i64,
    order_id: Uuid,
    line_id: Uuid,
    variant_id: Uuid,
    quantity: i32,
    product_name: String,
    option_name: String,
    state: String,
    granted_at: DateTime<Utc>,
    link_sent_at: Option<DateTime<Utc>>,
    activated_at: Option<DateTime<Utc>>,
    activated_by: Option<Uuid>,
}

impl Row {
    fn into_domain(self, merchant_id: MerchantId) -> Result<Entitlement, StoreError> {
        let state = match (self.state.as_str(), self.activated_by, self.activated_at) {
            ("GRANTED", None, None) => EntitlementState::Granted,
            ("LINK_SENT", None, None) => EntitlementState::LinkSent,
            ("ACTIVATED", Some(by), Some(at)) => EntitlementState::Activated {
                by: CustomerId::from_uuid(by),
                at,
            },
            ("REVOKED", None, None) => EntitlementState::Revoked,
            _ => {
                return Err(StoreError::corrupt(
                    "entitlement",
                    self.entitlement_id,
                    "unknown state",
                ));
            }
        };
        Ok(Entitlement {
            merchant_id,
            id: EntitlementId::from_uuid(self.entitlement_id),
            version: self.version,
            order_id: OrderId::from_uuid(self.order_id),
            line_id: LineId::from_uuid(self.line_id),
            variant_id: VariantId::from_uuid(self.variant_id),
            quantity: self.quantity,
            product_name: self.product_name,
            option_name: self.option_name,
            state,
            granted_at: self.granted_at,
            link_sent_at: self.link_sent_at,
        })
    }
}

fn state_text(state: EntitlementState) -> &'static str {
    match state {
        EntitlementState::Granted => "GRANTED",
        EntitlementState::LinkSent => "LINK_SENT",
        EntitlementState::Activated { .. } => "ACTIVATED",
        EntitlementState::Revoked => "REVOKED",
    }
}
