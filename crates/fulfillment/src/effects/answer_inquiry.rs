//! Says to a channel what a merchant answers to a buyer, after a look that nobody has answered meanwhile.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moa_effects::{
    BoxError, ClaimedEffect, Effect, EffectHandler, EffectKind, Probe, SendOutcome, Verdict,
};
use moa_proto::moa::channel_proxy::v1 as pb;
use serde_json::{Value, json};

use super::{detail, look_again, probe_outcome, reason, send_outcomes, verdict_of};
use crate::Error;
use crate::app::App;
use crate::clients::channel_desk::{Told, inquiry_ref};
use crate::domain::inquiry::{QuestionState, Saying, Sight, judge};
use crate::store::inquiry_answers::{self, InquiryAnswer};

/// Carries out ANSWER_INQUIRY effects.
pub struct AnswerInquiryHandler {
    /// Ways to reach the world.
    pub app: Arc<App>,
    /// The pause between two probes.
    pub probe_spacing: Duration,
}

/// An answer with its words, if it has any.
struct Spoken {
    answer: InquiryAnswer,
    text: Option<String>,
}

/// Why an answer cannot be said.
enum Mute {
    /// Look again later: the stored facts could not be read.
    Later(Error),
    /// A person must see to it.
    Blocked(&'static str),
}

impl AnswerInquiryHandler {
    async fn spoken(&self, effect: &ClaimedEffect) -> Result<Spoken, Mute> {
        let read = async {
            let mut conn = self.app.db.acquire().await?;
            let ids = [effect.effect_id];
            let found = inquiry_answers::of_effects(&mut conn, effect.merchant_id, &ids).await?;
            let Some(standing) = found.into_iter().next() else {
                return Ok(None);
            };
            let answer = standing.answer;
            let text = self
                .app
                .open_reply(&mut conn, effect.merchant_id, &answer)
                .await?;
            Ok(Some(Spoken { answer, text }))
        };
        let spoken: Option<Spoken> = read.await.map_err(Mute::Later)?;
        match spoken {
            Some(spoken) if spoken.answer.is_confirmation || spoken.text.is_some() => Ok(spoken),
            Some(_) => Err(Mute::Blocked("its text is not kept any more")),
            None => Err(Mute::Blocked("its answer does not exist any more")),
        }
    }
}

impl Spoken {
    fn inquiry(&self) -> pb::InquiryRef {
        inquiry_ref(
            self.answer.kind,
            &self.answer.channel_inquiry_id,
            self.answer.asked_at,
        )
    }

    fn saying(&self) -> Saying<'_> {
        match &self.text {
            None => Saying::Confirmation,
            Some(text) if self.answer.channel_parent_answer_id.is_empty() => {
                Saying::ToQuestion(text)
            }
            Some(text) => Saying::ToMessage(text),
        }
    }

    fn told(self) -> Told {
        let inquiry = Some(self.inquiry());
        match self.text {
            Some(text) => Told::InquiryAnswer(pb::InquiryAnswer {
                inquiry,
                text,
                answered_by: self.answer.answered_by,
                channel_parent_answer_id: self.answer.channel_parent_answer_id,
            }),
            None => Told::InquiryConfirmation(pb::InquiryConfirmation {
                inquiry,
                confirmed_by: self.answer.answered_by,
            }),
        }
    }

    fn judge(&self, shown: Option<pb::ChannelInquiry>) -> Verdict {
        let evidence = match &shown {
            Some(shown) => json!({
                "state": shown.state().as_str_name(),
                "messages": shown.messages.len(),
            }),
            None => json!({ "shown": false }),
        };
        let sight = shown.map(|shown| sight(shown, &self.answer.channel_parent_answer_id));
        verdict_of(judge(sight.as_ref(), &self.saying()), evidence)
    }
}

fn sight(shown: pb::ChannelInquiry, parent: &str) -> Sight {
    let state = match shown.state() {
        pb::InquiryState::Answered => QuestionState::Answered,
        pb::InquiryState::ToConfirm => QuestionState::ToConfirm,
        pb::InquiryState::Closed => QuestionState::Closed,
        pb::InquiryState::Waiting | pb::InquiryState::Unspecified => QuestionState::Waiting,
    };
    let mut messages = shown.messages.iter();
    let wants_this =
        messages.any(|message| message.channel_answer_id == parent && message.needs_answer);
    let ours = |message: &pb::InquiryMessage| message.author() == pb::InquiryAuthor::Merchant;
    Sight {
        state,
        wants_this,
        merchant_words: shown
            .messages
            .into_iter()
            .filter(ours)
            .map(|message| message.text)
            .collect(),
    }
}

#[async_trait]
impl EffectHandler for AnswerInquiryHandler {
    fn kind(&self) -> EffectKind {
        EffectKind::AnswerInquiry
    }

    /// Channels take one at a time.
    fn batch_size(&self) -> usize {
        1
    }

    fn probe_spacing(&self) -> Duration {
        self.probe_spacing
    }

    /// A look at the question: it must still wait for this answer.
    async fn verify(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for effect in batch {
            let now = self.app.clock.now();
            let spoken = match self.spoken(effect).await {
                Ok(spoken) => spoken,
                Err(Mute::Blocked(why)) => {
                    verdicts.push(Verdict::Blocked {
                        reason: "INTENT_MALFORMED".to_owned(),
                        detail: why.to_owned(),
                        evidence: Value::Null,
                    });
                    continue;
                }
                Err(Mute::Later(error)) => {
                    tracing::error!(effect.id = %effect.effect_id, error = %error, "an answer could not be read: {error}");
                    verdicts.push(Verdict::Later {
                        at: now + chrono::TimeDelta::seconds(5),
                        reason: "FACTS_UNREADABLE".to_owned(),
                        detail: "the stored answer could not be read".to_owned(),
                    });
                    continue;
                }
            };
            let shown = self
                .app
                .channel_proxy
                .inquiry(effect, spoken.inquiry())
                .await;
            verdicts.push(match shown {
                Ok(shown) => spoken.judge(shown),
                Err(status) => Verdict::Later {
                    at: look_again(&status, now),
                    reason: reason(&status),
                    detail: detail(&status),
                },
            });
        }
        verdicts
    }

    async fn send(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for effect in batch {
            let Ok(spoken) = self.spoken(effect).await else {
                outcomes.push(SendOutcome::RefusedLater {
                    at: None,
                    reason: "FACTS_UNREADABLE".to_owned(),
                    detail: "the stored answer could not be read; nothing was sent".to_owned(),
                    evidence: Value::Null,
                });
                continue;
            };
            let told = self.app.channel_proxy.tell(effect, spoken.told()).await;
            let one = std::slice::from_ref(effect);
            outcomes.extend(send_outcomes(one, told.map(|result| vec![result])));
        }
        outcomes
    }

    async fn probe(&self, effect: &ClaimedEffect) -> Probe {
        let now = self.app.clock.now();
        match self.spoken(effect).await {
            Ok(spoken) => {
                let answer = self
                    .app
                    .channel_proxy
                    .probe_told(effect, spoken.told())
                    .await;
                probe_outcome(answer, now)
            }
            Err(Mute::Blocked(why)) => Probe::Conflict {
                reason: "INTENT_MALFORMED".to_owned(),
                detail: why.to_owned(),
                evidence: Value::Null,
            },
            Err(Mute::Later(error)) => Probe::Later {
                at: now + chrono::TimeDelta::seconds(30),
                reason: "FACTS_UNREADABLE".to_owned(),
                detail: error.to_string(),
            },
        }
    }

    async fn settled(
        &self,
        conn: &mut sqlx::PgConnection,
        effects: &[Effect],
    ) -> Result<(), BoxError> {
        Ok(self.app.settle_answers(conn, effects).await?)
    }

    fn after_commit(&self) {
        self.app.wake();
    }
}
