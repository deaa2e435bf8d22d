//! Whether a question may be answered: by what is stored of it, and by what a fresh look at the channel shows.

use moa_id::EffectId;

use super::look::{Looked, Standing};

/// Where a question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InquiryKind {
    /// On a product's page.
    Product,
    /// About an order, by the buyer.
    Order,
    /// Passed on by the channel's call centre.
    CallCenter,
}

impl InquiryKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Product => "PRODUCT",
            Self::Order => "ORDER",
            Self::CallCenter => "CALL_CENTER",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Product, Self::Order, Self::CallCenter]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// Where a question stands at its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionState {
    /// It waits for an answer; also when nobody knows better.
    Waiting,
    /// It was answered.
    Answered,
    /// It waits for a confirmation.
    ToConfirm,
    /// No answer is taken any more.
    Closed,
}

/// What is to be said, without the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyKind {
    /// An answer.
    Answer,
    /// A confirmation that it was read.
    Confirmation,
}

/// An answer that exists already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its effect.
    pub effect_id: EffectId,
    /// Where it stands.
    pub standing: Standing,
    /// The request that it came of.
    pub request_id: String,
}

/// What answering comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The first answer: a new effect.
    Intend,
    /// A new text for the effect that failed.
    TryAgain(EffectId),
    /// The same request again.
    Nothing,
}

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// It was answered.
    #[error("this question was answered already")]
    AlreadyAnswered,
    /// An answer is on its way.
    #[error("an answer to this question is on its way; wait for what becomes of it")]
    UnderWay,
    /// The channel closed it.
    #[error("the channel closed this question and takes no answer")]
    Closed,
    /// It wants the other kind of reply.
    #[error("the channel wants this question confirmed, not answered")]
    WantsConfirmation,
    /// It wants the other kind of reply.
    #[error("the channel wants this question answered, not confirmed")]
    WantsAnswer,
}

/// Why a channel would not take an answer, known before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Stable, as the channel's own refusal would be.
    pub reason: String,
    /// For people.
    pub detail: String,
}

impl Unfit {
    /// The field of the request that another value would help; empty when none would.
    pub fn field(&self) -> &'static str {
        match self.reason.as_str() {
            "ANSWERER_UNKNOWN" => "answered_by",
            "ANSWER_LENGTH" => "text",
            _ => "",
        }
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

/// Decides by what is stored. An existing answer counts before what the channel shows, which may lag behind it.
pub fn decide(
    state: QuestionState,
    reply: ReplyKind,
    existing: Option<&Existing>,
    request_id: &str,
) -> Result<Step, AnswerRefusal> {
    if let Some(existing) = existing {
        if existing.request_id == request_id {
            return Ok(Step::Nothing);
        }
        match existing.standing {
            Standing::Given => return Err(AnswerRefusal::AlreadyAnswered),
            Standing::UnderWay => return Err(AnswerRefusal::UnderWay),
            Standing::Failed => {}
        }
    }
    match (state, reply) {
        (QuestionState::Closed, _) => return Err(AnswerRefusal::Closed),
        (QuestionState::Answered, _) => return Err(AnswerRefusal::AlreadyAnswered),
        (QuestionState::ToConfirm, ReplyKind::Answer) => {
            return Err(AnswerRefusal::WantsConfirmation);
        }
        (QuestionState::Waiting, ReplyKind::Confirmation) => {
            return Err(AnswerRefusal::WantsAnswer);
        }
        (QuestionState::Waiting, ReplyKind::Answer)
        | (QuestionState::ToConfirm, ReplyKind::Confirmation) => {}
    }
    Ok(match existing {
        Some(existing) => Step::TryAgain(existing.effect_id),
        None => Step::Intend,
    })
}

/// What a fresh look at a question shows.
pub struct Sight {
    /// Where it stands.
    pub state: QuestionState,
    /// The channel wants an answer to the very message that is to be answered; of no meaning for the question itself.
    pub wants_this: bool,
    /// The merchant's words that stand there.
    pub merchant_words: Vec<String>,
}

/// What to say, as far as a look needs to know it.
pub enum Saying<'a> {
    /// These words, to the question itself.
    ToQuestion(&'a str),
    /// These words, to one message.
    ToMessage(&'a str),
    /// That it was read.
    Confirmation,
}

/// Judges what a look shows; `None` when the channel does not show the question any more.
pub fn judge(sight: Option<&Sight>, saying: &Saying<'_>) -> Looked {
    use QuestionState::{Answered, Closed, ToConfirm, Waiting};
    let Some(sight) = sight else {
        return Looked::against(
            "INQUIRY_NOT_FOUND",
            "the channel does not show this question any more",
        );
    };
    let text = match saying {
        Saying::Confirmation => {
            return match sight.state {
                ToConfirm => Looked::Clear,
                Answered | Closed => Looked::AlreadyDone,
                Waiting => Looked::against(
                    "INQUIRY_NOT_ANSWERABLE",
                    "the channel waits for an answer, not for a confirmation",
                ),
            };
        }
        Saying::ToMessage(_) if sight.state == Waiting && sight.wants_this => return Looked::Clear,
        Saying::ToQuestion(_) if sight.state == Waiting => return Looked::Clear,
        Saying::ToMessage(text) | Saying::ToQuestion(text) => text,
    };
    let mut said = sight.merchant_words.iter();
    if said.any(|words| same_words(words, text)) {
        return Looked::AlreadyDone;
    }
    match sight.state {
        Closed => Looked::against("INQUIRY_CLOSED", "the channel closed this question"),
        ToConfirm => Looked::against(
            "INQUIRY_NOT_ANSWERABLE",
            "the channel waits for a confirmation, not for an answer",
        ),
        Answered | Waiting => Looked::against(
            "INQUIRY_ALREADY_ANSWERED",
            "it was answered elsewhere meanwhile; see what stands at the channel",
        ),
    }
}

/// Channels store texts with other line ends and blanks than were sent.
fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;

    use super::QuestionState::{Answered, Closed, ToConfirm, Waiting};
    use super::*;

    fn existing(standing: Standing) -> Existing {
        Existing {
            effect_id: Ids::seeded(1).next(),
            standing,
            request_id: "first".to_owned(),
        }
    }

    #[test]
    fn every_question_is_answered_once() {
        use ReplyKind::Answer;
        assert_eq!(decide(Waiting, Answer, None, "r"), Ok(Step::Intend));
        let given = existing(Standing::Given);
        assert_eq!(
            decide(Waiting, Answer, Some(&given), "r"),
            Err(AnswerRefusal::AlreadyAnswered),
            "also while the channel does not show it yet"
        );
        let under_way = existing(Standing::UnderWay);
        assert_eq!(
            decide(Waiting, Answer, Some(&under_way), "r"),
            Err(AnswerRefusal::UnderWay)
        );
        assert_eq!(
            decide(Waiting, Answer, Some(&under_way), "first"),
            Ok(Step::Nothing)
        );
        let failed = existing(Standing::Failed);
        assert_eq!(
            decide(Waiting, Answer, Some(&failed), "r"),
            Ok(Step::TryAgain(failed.effect_id))
        );
    }

    #[test]
    fn what_the_channel_wants_decides_which_reply_is_taken() {
        use ReplyKind::{Answer, Confirmation};
        for (state, reply, refusal) in [
            (Closed, Answer, AnswerRefusal::Closed),
            (Answered, Answer, AnswerRefusal::AlreadyAnswered),
            (ToConfirm, Answer, AnswerRefusal::WantsConfirmation),
            (Waiting, Confirmation, AnswerRefusal::WantsAnswer),
        ] {
            assert_eq!(decide(state, reply, None, "r"), Err(refusal));
        }
        assert_eq!(decide(ToConfirm, Confirmation, None, "r"), Ok(Step::Intend));
    }

    fn sight(state: QuestionState, wants_this: bool, words: &[&str]) -> Sight {
        Sight {
            state,
            wants_this,
            merchant_words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    #[test]
    fn a_look_stops_a_second_answer() {
        let said = Saying::ToQuestion("내일 갑니다");
        assert_eq!(
            judge(Some(&sight(Waiting, false, &[])), &said),
            Looked::Clear
        );
        let ours = sight(Answered, false, &["내일  갑니다\n"]);
        assert_eq!(judge(Some(&ours), &said), Looked::AlreadyDone);
        for (sight, reason) in [
            (
                Some(sight(Answered, false, &["모레요"])),
                "INQUIRY_ALREADY_ANSWERED",
            ),
            (Some(sight(Closed, false, &[])), "INQUIRY_CLOSED"),
            (Some(sight(ToConfirm, false, &[])), "INQUIRY_NOT_ANSWERABLE"),
            (None, "INQUIRY_NOT_FOUND"),
        ] {
            let Looked::Against(said_reason, _) = judge(sight.as_ref(), &said) else {
                panic!("{reason} expected");
            };
            assert_eq!(said_reason, reason);
        }
    }

    #[test]
    fn the_same_words_may_answer_the_next_message() {
        let said = Saying::ToMessage("네, 확인했습니다");
        let asked_anew = sight(Waiting, true, &["네, 확인했습니다"]);
        assert_eq!(judge(Some(&asked_anew), &said), Looked::Clear);
        let answered = sight(Waiting, false, &["네, 확인했습니다"]);
        assert_eq!(judge(Some(&answered), &said), Looked::AlreadyDone);
    }

    #[test]
    fn a_confirmation_that_stands_is_not_given_again() {
        let confirm = Saying::Confirmation;
        assert_eq!(
            judge(Some(&sight(ToConfirm, false, &[])), &confirm),
            Looked::Clear
        );
        assert_eq!(
            judge(Some(&sight(Closed, false, &[])), &confirm),
            Looked::AlreadyDone
        );
    }

    #[test]
    fn stored_kinds_read_back() {
        for kind in [
            InquiryKind::Product,
            InquiryKind::Order,
            InquiryKind::CallCenter,
        ] {
            assert_eq!(InquiryKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(InquiryKind::parse("MAIL"), None);
    }
}
