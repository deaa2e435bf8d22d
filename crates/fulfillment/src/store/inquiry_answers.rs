//! `fulfillment.inquiry_answers`: what was said to what buyers asked, beside the effects that say it.

use chrono::{DateTime, Utc};
use moa_effects::EffectState;
use moa_id::{
    ChannelAccountId, DataKeyId, EffectId, InquiryAnswerId, InquiryId, MerchantId, OperatorId,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::app::sealed::Sealed;
use crate::domain::inquiry::InquiryKind;

/// An answer, without where it stands.
#[derive(Debug, Clone)]
pub struct InquiryAnswer {
    /// Its id.
    pub answer_id: InquiryAnswerId,
    /// What it answers.
    pub inquiry_id: InquiryId,
    /// The message that it answers; empty for the question itself.
    pub channel_parent_answer_id: String,
    /// The account it was asked at.
    pub channel_account_id: ChannelAccountId,
    /// Where it was asked.
    pub kind: InquiryKind,
    /// The channel's id of the question.
    pub channel_inquiry_id: String,
    /// By which channels find it again.
    pub asked_at: DateTime<Utc>,
    /// What says it.
    pub effect_id: EffectId,
    /// The request it came of.
    pub request_id: String,
    /// It says only that it was read.
    pub is_confirmation: bool,
    /// Who answers, as the channel knows people.
    pub answered_by: String,
    /// Who wrote it.
    pub operator_id: OperatorId,
    /// Absent for a confirmation, and once the channel has it.
    pub text: Option<Sealed>,
    /// When it was first written.
    pub created_at: DateTime<Utc>,
    /// When it was written last.
    pub updated_at: DateTime<Utc>,
}

/// An answer with where its effect stands.
#[derive(Debug, Clone)]
pub struct StandingAnswer {
    /// The answer.
    pub answer: InquiryAnswer,
    /// Where it stands.
    pub state: EffectState,
    /// Why; empty while nothing went wrong.
    pub reason: String,
    /// The same for people.
    pub detail: String,
}

struct AnswerRow {
    answer_id: Uuid,
    inquiry_id: Uuid,
    channel_parent_answer_id: String,
    channel_account_id: Uuid,
    kind: String,
    channel_inquiry_id: String,
    asked_at: DateTime<Utc>,
    effect_id: Uuid,
    request_id: String,
    is_confirmation: bool,
    answered_by: String,
    operator_id: Uuid,
    data_key_id: Option<Uuid>,
    sealed: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    state: String,
    reason: String,
    detail: String,
}

impl TryFrom<AnswerRow> for StandingAnswer {
    type Error = StoreError;

    fn try_from(row: AnswerRow) -> Result<Self, StoreError> {
        let corrupt = |reason: &str| StoreError::corrupt("inquiry answer", row.answer_id, reason);
        let kind = InquiryKind::parse(&row.kind).ok_or_else(|| corrupt("unknown kind"))?;
        let state = row.state.parse().map_err(|_| corrupt("unknown state"))?;
        let text = row.data_key_id.zip(row.sealed);
        Ok(Self {
            answer: InquiryAnswer {
                answer_id: InquiryAnswerId::from_uuid(row.answer_id),
                inquiry_id: InquiryId::from_uuid(row.inquiry_id),
                channel_parent_answer_id: row.channel_parent_answer_id,
                channel_account_id: ChannelAccountId::from_uuid(row.channel_account_id),
                kind,
                channel_inquiry_id: row.channel_inquiry_id,
                asked_at: row.asked_at,
                effect_id: EffectId::from_uuid(row.effect_id),
                request_id: row.request_id,
                is_confirmation: row.is_confirmation,
                answered_by: row.answered_by,
                operator_id: OperatorId::from_uuid(row.operator_id),
                text: text.map(|(data_key_id, bytes)| Sealed {
                    data_key_id: DataKeyId::from_uuid(data_key_id),
                    bytes,
                }),
                created_at: row.created_at,
                updated_at: row.updated_at,
            },
            state,
            reason: row.reason,
            detail: row.detail,
        })
    }
}

/// The answer to a question or to one message of it, locked, its effect first.
pub async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_id: InquiryId,
    channel_parent_answer_id: &str,
) -> Result<Option<StandingAnswer>, StoreError> {
    super::effects::lock_of_subject(&mut *conn, merchant_id, inquiry_id.as_uuid()).await?;
    let row = sqlx::query_as!(
        AnswerRow,
        "SELECT a.answer_id, a.inquiry_id, a.channel_parent_answer_id, a.channel_account_id, a.kind,
                a.channel_inquiry_id, a.asked_at, a.effect_id, a.request_id, a.is_confirmation, a.answered_by,
                a.operator_id, a.data_key_id, a.sealed, a.created_at, a.updated_at, e.state, e.reason, e.detail
         FROM fulfillment.inquiry_answers a
         JOIN fulfillment.effects e ON e.merchant_id = a.merchant_id AND e.effect_id = a.effect_id
         WHERE a.merchant_id = $1 AND a.inquiry_id = $2 AND a.channel_parent_answer_id = $3
         FOR UPDATE OF a",
        merchant_id.as_uuid(),
        inquiry_id.as_uuid(),
        channel_parent_answer_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(StandingAnswer::try_from).transpose()
}

/// The answers that these effects give.
pub async fn of_effects(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    effect_ids: &[EffectId],
) -> Result<Vec<StandingAnswer>, StoreError> {
    let rows = sqlx::query_as!(
        AnswerRow,
        "SELECT a.answer_id, a.inquiry_id, a.channel_parent_answer_id, a.channel_account_id, a.kind,
                a.channel_inquiry_id, a.asked_at, a.effect_id, a.request_id, a.is_confirmation, a.answered_by,
                a.operator_id, a.data_key_id, a.sealed, a.created_at, a.updated_at, e.state, e.reason, e.detail
         FROM fulfillment.inquiry_answers a
         JOIN fulfillment.effects e ON e.merchant_id = a.merchant_id AND e.effect_id = a.effect_id
         WHERE a.merchant_id = $1 AND a.effect_id = ANY ($2)",
        merchant_id.as_uuid(),
        &effect_ids.iter().map(EffectId::as_uuid).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StandingAnswer::try_from).collect()
}

/// The answers to these questions, oldest first.
pub async fn of_inquiries(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_ids: &[InquiryId],
) -> Result<Vec<StandingAnswer>, StoreError> {
    let rows = sqlx::query_as!(
        AnswerRow,
        "SELECT a.answer_id, a.inquiry_id, a.channel_parent_answer_id, a.channel_account_id, a.kind,
                a.channel_inquiry_id, a.asked_at, a.effect_id, a.request_id, a.is_confirmation, a.answered_by,
                a.operator_id, a.data_key_id, a.sealed, a.created_at, a.updated_at, e.state, e.reason, e.detail
         FROM fulfillment.inquiry_answers a
         JOIN fulfillment.effects e ON e.merchant_id = a.merchant_id AND e.effect_id = a.effect_id
         WHERE a.merchant_id = $1 AND a.inquiry_id = ANY ($2)
         ORDER BY a.created_at, a.answer_id",
        merchant_id.as_uuid(),
        &inquiry_ids.iter().map(InquiryId::as_uuid).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(StandingAnswer::try_from).collect()
}

/// Writes an answer down, or its new text.
pub async fn save(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    answer: &InquiryAnswer,
) -> Result<(), StoreError> {
    let text = answer.text.as_ref();
    sqlx::query!(
        "INSERT INTO fulfillment.inquiry_answers (
             merchant_id, answer_id, inquiry_id, channel_parent_answer_id, channel_account_id, kind,
             channel_inquiry_id, asked_at, effect_id, request_id, is_confirmation, answered_by, operator_id,
             data_key_id, sealed, created_at, updated_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT ON CONSTRAINT inquiry_answers_pkey DO UPDATE
         SET request_id = EXCLUDED.request_id, is_confirmation = EXCLUDED.is_confirmation,
             answered_by = EXCLUDED.answered_by, operator_id = EXCLUDED.operator_id,
             data_key_id = EXCLUDED.data_key_id, sealed = EXCLUDED.sealed, updated_at = EXCLUDED.updated_at",
        merchant_id.as_uuid(),
        answer.answer_id.as_uuid(),
        answer.inquiry_id.as_uuid(),
        answer.channel_parent_answer_id,
        answer.channel_account_id.as_uuid(),
        answer.kind.as_str(),
        answer.channel_inquiry_id,
        answer.asked_at,
        answer.effect_id.as_uuid(),
        answer.request_id,
        answer.is_confirmation,
        answer.answered_by,
        answer.operator_id.as_uuid(),
        text.map(|text| text.data_key_id.as_uuid()),
        text.map(|text| text.bytes.as_slice()),
        answer.created_at,
        answer.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the texts of answers that their channels have. Answers the keys that are to be destroyed.
pub async fn forget_texts(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    effect_ids: &[EffectId],
) -> Result<Vec<DataKeyId>, StoreError> {
    let keys = sqlx::query_scalar!(
        r#"UPDATE fulfillment.inquiry_answers a
           SET data_key_id = NULL, sealed = NULL
           FROM fulfillment.inquiry_answers before
           WHERE a.merchant_id = $1 AND a.effect_id = ANY ($2) AND a.data_key_id IS NOT NULL
             AND before.merchant_id = a.merchant_id AND before.answer_id = a.answer_id
           RETURNING before.data_key_id AS "data_key_id!""#,
        merchant_id.as_uuid(),
        &effect_ids.iter().map(EffectId::as_uuid).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    Ok(keys.into_iter().map(DataKeyId::from_uuid).collect())
}

/// Forgets the texts of answers to questions whose words were erased. Answers the keys that are to be destroyed.
pub async fn forget_texts_of_inquiries(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    inquiry_ids: &[InquiryId],
) -> Result<Vec<DataKeyId>, StoreError> {
    let keys = sqlx::query_scalar!(
        r#"UPDATE fulfillment.inquiry_answers a
           SET data_key_id = NULL, sealed = NULL
           FROM fulfillment.inquiry_answers before
           WHERE a.merchant_id = $1 AND a.inquiry_id = ANY ($2) AND a.data_key_id IS NOT NULL
             AND before.merchant_id = a.merchant_id AND before.answer_id = a.answer_id
           RETURNING before.data_key_id AS "data_key_id!""#,
        merchant_id.as_uuid(),
        &inquiry_ids
            .iter()
            .map(InquiryId::as_uuid)
            .collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    Ok(keys.into_iter().map(DataKeyId::from_uuid).collect())
}

/// Forgets texts that were written last before `before` and that no channel took, a batch of them. Answers the keys that
/// are to be destroyed.
pub async fn forget_old_texts(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(MerchantId, DataKeyId)>, StoreError> {
    let rows = sqlx::query!(
        r#"UPDATE fulfillment.inquiry_answers a
           SET data_key_id = NULL, sealed = NULL
           FROM (
               SELECT merchant_id, answer_id, data_key_id
               FROM fulfillment.inquiry_answers
               WHERE data_key_id IS NOT NULL AND updated_at < $1
               ORDER BY updated_at
               LIMIT $2
               FOR UPDATE SKIP LOCKED
           ) old
           WHERE a.merchant_id = old.merchant_id AND a.answer_id = old.answer_id
           RETURNING a.merchant_id, old.data_key_id AS "data_key_id!""#,
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

/// Who answered last at an account, the channel having taken it; empty when nobody did.
pub async fn last_answerer(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
) -> Result<String, StoreError> {
    let answered_by = sqlx::query_scalar!(
        "SELECT a.answered_by
         FROM fulfillment.inquiry_answers a
         JOIN fulfillment.effects e ON e.merchant_id = a.merchant_id AND e.effect_id = a.effect_id
         WHERE a.merchant_id = $1 AND a.channel_account_id = $2 AND a.answered_by <> '' AND e.state = 'CONFIRMED'
         ORDER BY a.updated_at DESC
         LIMIT 1",
        merchant_id.as_uuid(),
        account_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(answered_by.unwrap_or_default())
}
