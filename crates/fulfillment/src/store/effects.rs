//! `fulfillment.effects`, read beside the shipments they belong to; moa-effects alone writes it.

use moa_effects::EffectState;
use moa_id::{EffectId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;

/// Locks the effects about a subject, and answers where they stand.
pub async fn lock_of_subject(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    subject_id: Uuid,
) -> Result<Vec<(EffectId, EffectState)>, StoreError> {
    let rows = sqlx::query!(
        "SELECT effect_id, state
         FROM fulfillment.effects
         WHERE merchant_id = $1 AND subject_id = $2
         ORDER BY effect_id
         FOR UPDATE",
        merchant_id.as_uuid(),
        subject_id,
    )
    .fetch_all(conn)
    .await?;
    let mut effects = Vec::with_capacity(rows.len());
    for row in rows {
        let state = row
            .state
            .parse()
            .map_err(|_| StoreError::corrupt("effect", row.effect_id, "unknown state"))?;
        effects.push((EffectId::from_uuid(row.effect_id), state));
    }
    Ok(effects)
}
