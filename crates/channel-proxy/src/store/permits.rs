use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, EffectId, MerchantId, PermitId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::facts::PackedLine;
use crate::domain::permit::{Cargo, Part, Permit};
use crate::error::Error;

/// A permit about to be issued.
pub struct NewPermit {
    pub permit: Permit,
    pub evidence: String,
    pub oldest_read_at: DateTime<Utc>,
}

/// Stores permits, each with its lines. One look issues at most fifty.
pub async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    permits: &[NewPermit],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for new in permits {
        let permit = &new.permit;
        let lines = permit.cargo.lines();
        let line_ids: Vec<String> = lines
            .iter()
            .map(|line| line.channel_line_id.clone())
            .collect();
        let quantities: Vec<i32> = lines.iter().map(|line| line.quantity).collect();
        let (part, waiting) = match permit.cargo.part() {
            Part::Whole => ("WHOLE", Vec::new()),
            Part::First { waiting } => ("FIRST", waiting.clone()),
            Part::Last => ("LAST", Vec::new()),
        };
        sqlx::query!(
            r#"
            INSERT INTO channel_proxy.permits
                (merchant_id, permit_id, channel_account_id, effect_id, channel_order_id, channel_parcel_id, line_ids,
                 quantities, evidence, evidence_hash, oldest_read_at, issued_at, expires_at, part, waiting_line_ids)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            "#,
            merchant_id.as_uuid(),
            permit.id.as_uuid(),
            permit.account_id.as_uuid(),
            permit.effect_id.as_uuid(),
            permit.cargo.channel_order_id,
            permit.cargo.channel_parcel_id,
            &line_ids,
            &quantities,
            new.evidence,
            permit.evidence_hash,
            new.oldest_read_at,
            now,
            permit.expires_at,
            part,
            &waiting,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Reads and locks permits, in the order of their ids. Unknown ones are absent.
pub async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[PermitId],
) -> Result<Vec<Permit>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(PermitId::as_uuid).collect();
    let rows = sqlx::query!(
        r#"
        SELECT permit_id, channel_account_id, effect_id, channel_order_id, channel_parcel_id, line_ids, quantities,
               evidence_hash, expires_at, used_at, part, waiting_line_ids
        FROM channel_proxy.permits
        WHERE merchant_id = $1 AND permit_id = ANY($2)
        ORDER BY permit_id
        FOR UPDATE
        "#,
        merchant_id.as_uuid(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let permits = rows.into_iter().map(|row| {
        let part = match row.part.as_str() {
            "WHOLE" => Part::Whole,
            "FIRST" => Part::First {
                waiting: row.waiting_line_ids,
            },
            "LAST" => Part::Last,
            _ => {
                return Err(Error::BadRow {
                    table: "permits",
                    id: row.permit_id,
                    reason: "unknown part",
                });
            }
        };
        let lines = row.line_ids.into_iter().zip(row.quantities);
        let lines = lines.map(|(channel_line_id, quantity)| PackedLine {
            channel_line_id,
            quantity,
        });
        let cargo = Cargo::new(row.channel_order_id, row.channel_parcel_id, lines.collect());
        Ok(Permit {
            id: PermitId::from_uuid(row.permit_id),
            account_id: ChannelAccountId::from_uuid(row.channel_account_id),
            effect_id: EffectId::from_uuid(row.effect_id),
            cargo: cargo.with_part(part),
            expires_at: row.expires_at,
            used_at: row.used_at,
            evidence_hash: row.evidence_hash,
        })
    });
    permits.collect()
}

/// Marks permits as used.
pub async fn use_up(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[PermitId],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let ids: Vec<Uuid> = ids.iter().map(PermitId::as_uuid).collect();
    sqlx::query!(
        r#"
        UPDATE channel_proxy.permits
        SET used_at = $3
        WHERE merchant_id = $1 AND permit_id = ANY($2) AND used_at IS NULL
        "#,
        merchant_id.as_uuid(),
        &ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
