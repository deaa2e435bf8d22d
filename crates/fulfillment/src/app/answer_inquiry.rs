//! Intends an answer to what a buyer asked. The question is looked up first, outside of any transaction.

use moa_effects::{EffectKind, EffectState, NewEffect, RedriveRefused};
use moa_id::{DataKeyId, InquiryAnswerId, InquiryId, MerchantId, OperatorId};
use moa_proto::moa::channel_proxy::v1 as pb;
use pb::check_reply_request::Reply as Told;
use serde_json::json;
use sqlx::PgConnection;

use super::App;
use super::sealed::{Place, Sealed};
use crate::Error;
use crate::clients::channel_desk::inquiry_ref;
use crate::clients::order_sync::Question;
use crate::domain::inquiry::{AnswerRefusal, Existing, ReplyKind, Step, decide};
use crate::domain::look::Standing;
use crate::store::inquiry_answers::{self, InquiryAnswer, StandingAnswer};

/// What is said to a question.
pub enum Reply {
    /// These words. Personal data.
    Answer(String),
    /// That it was read.
    Confirmation,
}

impl Reply {
    const fn kind(&self) -> ReplyKind {
        match self {
            Self::Answer(_) => ReplyKind::Answer,
            Self::Confirmation => ReplyKind::Confirmation,
        }
    }
}

/// An answer that somebody gives.
pub struct AnswerCommand {
    /// To which question.
    pub inquiry_id: InquiryId,
    /// The same again changes nothing.
    pub request_id: String,
    /// What is said.
    pub reply: Reply,
    /// Who answers, as the channel knows people; empty: as the last time.
    pub answered_by: String,
    /// Who wrote it.
    pub operator_id: OperatorId,
}

impl App {
    /// Intends an answer, or gives one that failed a new text.
    #[tracing::instrument(name = "fulfillment.answer_inquiry", skip_all, fields(inquiry.id = %command.inquiry_id))]
    pub async fn answer_inquiry(
        &self,
        merchant_id: MerchantId,
        mut command: AnswerCommand,
    ) -> Result<StandingAnswer, Error> {
        let question = self
            .order_sync
            .question(merchant_id, command.inquiry_id)
            .await?;
        let mut conn = self.db.acquire().await?;
        match step(&mut conn, merchant_id, &question, &command).await? {
            (Step::Nothing, Some(standing)) => return Ok(standing),
            (_, Some(failed)) if command.answered_by.is_empty() => {
                command.answered_by = failed.answer.answered_by;
            }
            _ => {}
        }
        if command.answered_by.is_empty() {
            let account_id = question.channel_account_id;
            command.answered_by =
                inquiry_answers::last_answerer(&mut conn, merchant_id, account_id).await?;
        }
        drop(conn);
        // While whoever writes still has the words at hand.
        let reply = told(&question, &command);
        let account_id = question.channel_account_id;
        let unfit = self
            .channel_proxy
            .check_reply(merchant_id, account_id, reply);
        if let Some(unfit) = unfit.await? {
            return Err(Error::Unfit(unfit));
        }

        let mut tx = moa_service::begin(&self.db).await?;
        let answer = match step(&mut tx, merchant_id, &question, &command).await? {
            (Step::Nothing, Some(standing)) => return Ok(standing),
            (Step::TryAgain(_), Some(standing)) => {
                self.answer_anew(&mut tx, merchant_id, standing.answer, command)
                    .await?
            }
            (Step::Intend | Step::Nothing | Step::TryAgain(_), _) => {
                self.answer_first(&mut tx, merchant_id, &question, command)
                    .await?
            }
        };
        let effects = [answer.effect_id];
        let standing = inquiry_answers::of_effects(&mut tx, merchant_id, &effects).await?;
        tx.commit().await?;
        self.wake();
        let standing = standing.into_iter().next();
        standing.ok_or(Error::InquiryNotFound(answer.inquiry_id))
    }

    async fn answer_first(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        question: &Question,
        command: AnswerCommand,
    ) -> Result<InquiryAnswer, Error> {
        let now = self.clock.now();
        let answer_id: InquiryAnswerId = self.ids.next();
        let answer = InquiryAnswer {
            answer_id,
            inquiry_id: question.inquiry_id,
            channel_parent_answer_id: question.channel_parent_answer_id.clone(),
            channel_account_id: question.channel_account_id,
            kind: question.kind,
            channel_inquiry_id: question.channel_inquiry_id.clone(),
            asked_at: question.asked_at,
            effect_id: self.ids.next(),
            request_id: command.request_id,
            is_confirmation: command.reply.kind() == ReplyKind::Confirmation,
            answered_by: command.answered_by,
            operator_id: command.operator_id,
            text: self
                .seal_reply(&mut *conn, merchant_id, answer_id, &command.reply)
                .await?,
            created_at: now,
            updated_at: now,
        };
        let effect = NewEffect {
            effect_id: answer.effect_id,
            merchant_id,
            kind: EffectKind::AnswerInquiry,
            // One for the question and one for each message that wants an answer, ever.
            dedupe_key: format!(
                "answer:{}:{}",
                answer.inquiry_id, answer.channel_parent_answer_id
            ),
            account_id: answer.channel_account_id.as_uuid(),
            subject_id: answer.inquiry_id.as_uuid(),
            order_id: question.order_id.map(|id| id.as_uuid()),
            payload: json!({
                "answer_id": answer_id.to_string(),
                "kind": answer.kind.as_str(),
                "channel_inquiry_id": answer.channel_inquiry_id,
            }),
            not_before: None,
            give_up_at: None,
        };
        self.ledger.intend(&mut *conn, &[effect]).await?;
        match inquiry_answers::save(conn, merchant_id, &answer).await {
            // Somebody else answered it between our look and this.
            Err(error) if error.is_constraint("inquiry_answers_question_key") => {
                Err(AnswerRefusal::UnderWay.into())
            }
            saved => Ok(saved.map(|()| answer)?),
        }
    }

    async fn answer_anew(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        before: InquiryAnswer,
        command: AnswerCommand,
    ) -> Result<InquiryAnswer, Error> {
        let old_key = before.text.as_ref().map(|text| text.data_key_id);
        let reply = &command.reply;
        let text = self
            .seal_reply(&mut *conn, merchant_id, before.answer_id, reply)
            .await?;
        let answer = InquiryAnswer {
            request_id: command.request_id,
            is_confirmation: reply.kind() == ReplyKind::Confirmation,
            answered_by: command.answered_by,
            operator_id: command.operator_id,
            text,
            updated_at: self.clock.now(),
            ..before
        };
        inquiry_answers::save(&mut *conn, merchant_id, &answer).await?;
        let old_keys: Vec<DataKeyId> = old_key.into_iter().collect();
        self.vault
            .destroy_data_keys(&mut *conn, merchant_id, &old_keys)
            .await?;
        let operator = command.operator_id.to_string();
        let reason = "the question was answered again";
        let redriven = self
            .ledger
            .redrive(conn, merchant_id, answer.effect_id, &operator, reason)
            .await;
        match redriven {
            Ok(_) => Ok(answer),
            Err(RedriveRefused::Database(error)) => Err(error.into()),
            // It is locked and was found at rest: this does not happen while the table of moves stays as it is.
            Err(RedriveRefused::NotFound(_) | RedriveRefused::NotRedrivable { .. }) => {
                Err(AnswerRefusal::UnderWay.into())
            }
        }
    }

    async fn seal_reply(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        answer_id: InquiryAnswerId,
        reply: &Reply,
    ) -> Result<Option<Sealed>, Error> {
        let Reply::Answer(text) = reply else {
            return Ok(None);
        };
        let sealed = self.seal(conn, place(merchant_id, answer_id), text.as_bytes());
        Ok(Some(sealed.await?))
    }

    /// What is to be said; none for a confirmation, and when the text is gone.
    pub(crate) async fn open_reply(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        answer: &InquiryAnswer,
    ) -> Result<Option<String>, Error> {
        let Some(text) = &answer.text else {
            return Ok(None);
        };
        let opened = self.unseal(conn, place(merchant_id, answer.answer_id), text);
        let opened = opened.await?;
        Ok(opened.map(|text| String::from_utf8_lossy(&text).into_owned()))
    }
}

/// What answering comes to as things stand, with what was answered before. In a transaction that stays so until its end.
async fn step(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    question: &Question,
    command: &AnswerCommand,
) -> Result<(Step, Option<StandingAnswer>), Error> {
    let round = &question.channel_parent_answer_id;
    let standing = inquiry_answers::lock(conn, merchant_id, question.inquiry_id, round).await?;
    let existing = standing.as_ref().map(|standing| Existing {
        effect_id: standing.answer.effect_id,
        standing: standing_of(standing.state),
        request_id: standing.answer.request_id.clone(),
    });
    let step = decide(
        question.state,
        command.reply.kind(),
        existing.as_ref(),
        &command.request_id,
    )?;
    Ok((step, standing))
}

/// As the channel is told it.
fn told(question: &Question, command: &AnswerCommand) -> Told {
    let inquiry = Some(inquiry_ref(
        question.kind,
        &question.channel_inquiry_id,
        question.asked_at,
    ));
    match &command.reply {
        Reply::Answer(text) => Told::InquiryAnswer(pb::InquiryAnswer {
            inquiry,
            text: text.clone(),
            answered_by: command.answered_by.clone(),
            channel_parent_answer_id: question.channel_parent_answer_id.clone(),
        }),
        Reply::Confirmation => Told::InquiryConfirmation(pb::InquiryConfirmation {
            inquiry,
            confirmed_by: command.answered_by.clone(),
        }),
    }
}

fn place(merchant_id: MerchantId, answer_id: InquiryAnswerId) -> Place {
    Place {
        merchant_id,
        table: "inquiry_answers",
        row: answer_id.as_uuid(),
    }
}

/// Where an effect stands, as far as another try needs to know it.
pub(super) fn standing_of(state: EffectState) -> Standing {
    match state {
        EffectState::Confirmed | EffectState::Repair => Standing::Given,
        EffectState::Rejected
        | EffectState::Blocked
        | EffectState::Conflict
        | EffectState::Dead => Standing::Failed,
        EffectState::Pending
        | EffectState::Claimed
        | EffectState::Verified
        | EffectState::Sending
        | EffectState::Retryable
        | EffectState::Unknown => Standing::UnderWay,
    }
}
