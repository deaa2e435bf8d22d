//! `fulfillment.acknowledgements`: the parcels that channels were asked to accept.

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, EffectId, MerchantId, OrderId};
use sqlx::PgConnection;

use super::StoreError;
use super::orders::uuids;
use crate::domain::plan::{Acknowledgement, AcknowledgementState};

/// Writes new ones down, each with its channel account.
pub async fn insert_all(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    asked: &[(ChannelAccountId, Acknowledgement)],
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO fulfillment.acknowledgements (
             merchant_id, channel_account_id, channel_parcel_id, parcel_id, order_id, effect_id, state, reason, detail,
             asked_at
         )
         SELECT $1, new.account_id, new.channel_parcel_id, new.parcel_id, new.order_id, new.effect_id, 'ASKED', '', '',
                new.asked_at
         FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[])
             AS new (account_id, channel_parcel_id, parcel_id, order_id, effect_id, asked_at)",
        merchant_id.as_uuid(),
        &asked.iter().map(|(account_id, _)| account_id.as_uuid()).collect::<Vec<_>>(),
        &asked.iter().map(|(_, ack)| ack.channel_parcel_id.clone()).collect::<Vec<_>>(),
        &asked.iter().map(|(_, ack)| ack.parcel_id).collect::<Vec<_>>(),
        &asked.iter().map(|(_, ack)| ack.order_id.as_uuid()).collect::<Vec<_>>(),
        &asked.iter().map(|(_, ack)| ack.effect_id.as_uuid()).collect::<Vec<_>>(),
        &asked.iter().map(|(_, ack)| ack.asked_at).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of some orders.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<Acknowledgement>, StoreError> {
    let rows = sqlx::query!(
        "SELECT channel_parcel_id, parcel_id, order_id, effect_id, state, reason, detail, asked_at, settled_at
         FROM fulfillment.acknowledgements
         WHERE merchant_id = $1 AND order_id = ANY ($2)",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    let mut acknowledgements = Vec::with_capacity(rows.len());
    for row in rows {
        let state = match row.state.as_str() {
            "ASKED" => AcknowledgementState::Asked,
            "UNCLEAR" => AcknowledgementState::Unclear,
            "CONFIRMED" => AcknowledgementState::Confirmed,
            "BLOCKED" => AcknowledgementState::Blocked {
                reason: row.reason,
                detail: row.detail,
            },
            "REFUSED" => AcknowledgementState::Refused {
                reason: row.reason,
                detail: row.detail,
            },
            _ => {
                return Err(StoreError::corrupt(
                    "acknowledgement",
                    row.effect_id,
                    "unknown state",
                ));
            }
        };
        acknowledgements.push(Acknowledgement {
            parcel_id: row.parcel_id,
            channel_parcel_id: row.channel_parcel_id,
            order_id: OrderId::from_uuid(row.order_id),
            effect_id: EffectId::from_uuid(row.effect_id),
            state,
            asked_at: row.asked_at,
            settled_at: row.settled_at,
        });
    }
    Ok(acknowledgements)
}

/// What became of one.
pub struct Settled {
    /// The effect that asked for it.
    pub effect_id: EffectId,
    /// What it became.
    pub state: AcknowledgementState,
}

/// Records what became of some, at most one entry an effect.
pub async fn settle(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    settled: &[Settled],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    fn texts<'a>(
        settled: &'a [Settled],
        pick: fn((&'static str, &'a str, &'a str)) -> &'a str,
    ) -> Vec<String> {
        let columns = settled.iter().map(|one| state_columns(&one.state));
        columns.map(|columns| pick(columns).to_owned()).collect()
    }
    sqlx::query!(
        "UPDATE fulfillment.acknowledgements a
         SET state = s.state, reason = s.reason, detail = s.detail,
             settled_at = CASE WHEN s.state <> 'ASKED' THEN $6::timestamptz END
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS s (effect_id, state, reason, detail)
         WHERE a.merchant_id = $1 AND a.effect_id = s.effect_id",
        merchant_id.as_uuid(),
        &settled.iter().map(|one| one.effect_id.as_uuid()).collect::<Vec<_>>(),
        &texts(settled, |(state, _, _)| state),
        &texts(settled, |(_, reason, _)| reason),
        &texts(settled, |(_, _, detail)| detail),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn state_columns(state: &AcknowledgementState) -> (&'static str, &str, &str) {
    match state {
        AcknowledgementState::Asked => ("ASKED", "", ""),
        AcknowledgementState::Unclear => ("UNCLEAR", "", ""),
        AcknowledgementState::Confirmed => ("CONFIRMED", "", ""),
        AcknowledgementState::Blocked { reason, detail } => ("BLOCKED", reason, detail),
        AcknowledgementState::Refused { reason, detail } => ("REFUSED", reason, detail),
    }
}
