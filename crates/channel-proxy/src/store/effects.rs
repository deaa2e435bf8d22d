use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, EffectId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::effect::{EffectKind, Progress, StoredEffect};
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::error::Error;

struct EffectRow {
    effect_id: Uuid,
    fence: i64,
    progress: String,
    outcome: Option<String>,
    reason: String,
    detail: String,
    retry_at: Option<DateTime<Utc>>,
    evidence: String,
    clean_probes: i32,
    sending_since: Option<DateTime<Utc>>,
}

impl TryFrom<EffectRow> for StoredEffect {
    type Error = Error;

    fn try_from(row: EffectRow) -> Result<Self, Error> {
        let bad = |reason| Error::BadRow {
            table: "effect_outcomes",
            id: row.effect_id,
            reason,
        };
        let progress = match (row.progress.as_str(), row.outcome.as_deref()) {
            ("NEW", _) => Progress::New,
            ("SENDING", _) => Progress::Sending {
                since: row.sending_since.ok_or_else(|| bad("no time of sending"))?,
            },
            ("DECIDED", Some(outcome)) => Progress::Decided(WriteAnswer {
                outcome: WriteOutcome::parse(outcome).ok_or_else(|| bad("unknown outcome"))?,
                reason: row.reason,
                detail: row.detail,
                retry_at: row.retry_at,
                evidence: row.evidence,
            }),
            _ => return Err(bad("unknown progress")),
        };
        Ok(Self {
            effect_id: EffectId::from_uuid(row.effect_id),
            fence: row.fence,
            progress,
            clean_probes: row.clean_probes,
        })
    }
}

/// What is stored of effects; absent when nothing is.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: EffectKind,
    ids: &[EffectId],
) -> Result<Vec<StoredEffect>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(EffectId::as_uuid).collect();
    let rows = sqlx::query_as!(
        EffectRow,
        r#"
        SELECT effect_id, fence, progress, outcome, reason, detail, retry_at, evidence, clean_probes, sending_since
        FROM channel_proxy.effect_outcomes
        WHERE merchant_id = $1 AND kind = $2 AND effect_id = ANY($3)
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Makes sure that every effect has a row, and locks them in the order of their ids.
///
/// The row comes first: two attempts that both found nothing would otherwise both go out.
pub async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    kind: EffectKind,
    ids: &[EffectId],
    now: DateTime<Utc>,
) -> Result<Vec<StoredEffect>, Error> {
    let mut ids: Vec<Uuid> = ids.iter().map(EffectId::as_uuid).collect();
    ids.sort();
    sqlx::query!(
        r#"
        INSERT INTO channel_proxy.effect_outcomes
            (merchant_id, effect_id, kind, channel_account_id, fence, progress, reason, detail, evidence, clean_probes,
             updated_at)
        SELECT $1, effect_id, $2, $3, 0, 'NEW', '', '', '', 0, $5
        FROM unnest($4::uuid[]) AS effect_id
        ON CONFLICT ON CONSTRAINT effect_outcomes_pkey DO NOTHING
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        account_id.as_uuid(),
        &ids,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let rows = sqlx::query_as!(
        EffectRow,
        r#"
        SELECT effect_id, fence, progress, outcome, reason, detail, retry_at, evidence, clean_probes, sending_since
        FROM channel_proxy.effect_outcomes
        WHERE merchant_id = $1 AND kind = $2 AND effect_id = ANY($3)
        ORDER BY effect_id
        FOR UPDATE
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Notes that attempts may leave from now on, under these fences.
pub async fn begin(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: EffectKind,
    attempts: &[(EffectId, i64)],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let ids: Vec<Uuid> = attempts.iter().map(|(id, _)| id.as_uuid()).collect();
    let fences: Vec<i64> = attempts.iter().map(|(_, fence)| *fence).collect();
    sqlx::query!(
        r#"
        UPDATE channel_proxy.effect_outcomes AS stored
        SET fence = attempt.fence, progress = 'SENDING', outcome = NULL, reason = '', detail = '', retry_at = NULL,
            evidence = '', clean_probes = 0, sending_since = $5, updated_at = $5
        FROM unnest($3::uuid[], $4::bigint[]) AS attempt (effect_id, fence)
        WHERE stored.merchant_id = $1 AND stored.kind = $2 AND stored.effect_id = attempt.effect_id
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        &ids,
        &fences,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Remembers the highest fence of effects that were answered without an attempt.
pub async fn raise_fences(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: EffectKind,
    fences: &[(EffectId, i64)],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = fences.iter().map(|(id, _)| id.as_uuid()).collect();
    let fences: Vec<i64> = fences.iter().map(|(_, fence)| *fence).collect();
    sqlx::query!(
        r#"
        UPDATE channel_proxy.effect_outcomes AS stored
        SET fence = seen.fence
        FROM unnest($3::uuid[], $4::bigint[]) AS seen (effect_id, fence)
        WHERE stored.merchant_id = $1 AND stored.kind = $2 AND stored.effect_id = seen.effect_id
          AND stored.fence < seen.fence
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        &ids,
        &fences,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the answers to attempts, each unless a later attempt began.
pub async fn decide(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: EffectKind,
    answers: &[(EffectId, i64, WriteAnswer)],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    fn texts(
        answers: &[(EffectId, i64, WriteAnswer)],
        pick: impl Fn(&WriteAnswer) -> &str,
    ) -> Vec<String> {
        let texts = answers.iter().map(|(_, _, answer)| pick(answer).to_owned());
        texts.collect()
    }
    let ids: Vec<Uuid> = answers.iter().map(|(id, _, _)| id.as_uuid()).collect();
    let fences: Vec<i64> = answers.iter().map(|(_, fence, _)| *fence).collect();
    let retries: Vec<Option<DateTime<Utc>>> = answers.iter().map(|(_, _, a)| a.retry_at).collect();
    sqlx::query!(
        r#"
        UPDATE channel_proxy.effect_outcomes AS stored
        SET progress = 'DECIDED', outcome = answer.outcome, reason = answer.reason, detail = answer.detail,
            retry_at = answer.retry_at, evidence = answer.evidence, updated_at = $10
        FROM unnest($3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[])
            AS answer (effect_id, fence, outcome, reason, detail, retry_at, evidence)
        WHERE stored.merchant_id = $1 AND stored.kind = $2 AND stored.effect_id = answer.effect_id
          AND stored.fence = answer.fence AND stored.progress = 'SENDING'
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        &ids,
        &fences,
        &texts(answers, |answer| answer.outcome.as_str()),
        &texts(answers, |answer| &answer.reason),
        &texts(answers, |answer| &answer.detail),
        &retries as &[Option<DateTime<Utc>>],
        &texts(answers, |answer| &answer.evidence),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts a look that found no trace of an attempt whose outcome is unknown.
pub async fn count_clean_probe(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: EffectKind,
    effect: &StoredEffect,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.effect_outcomes
        SET clean_probes = clean_probes + 1, updated_at = $5
        WHERE merchant_id = $1 AND kind = $2 AND effect_id = $3 AND fence = $4
          AND (progress = 'SENDING' OR outcome = 'UNCLEAR')
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        effect.effect_id.as_uuid(),
        effect.fence,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Settles an unknown outcome that a look found to have happened.
pub async fn confirm_by_probe(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: EffectKind,
    effect: &StoredEffect,
    evidence: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.effect_outcomes
        SET progress = 'DECIDED', outcome = 'CONFIRMED', reason = '', detail = 'found by a probe', retry_at = NULL,
            evidence = $5, updated_at = $6
        WHERE merchant_id = $1 AND kind = $2 AND effect_id = $3 AND fence = $4
          AND (progress = 'SENDING' OR outcome = 'UNCLEAR')
        "#,
        merchant_id.as_uuid(),
        kind.as_str(),
        effect.effect_id.as_uuid(),
        effect.fence,
        evidence,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
