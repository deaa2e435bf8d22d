//! What buyers ask: about goods, in public; and of Coupang's call centre, which hands it on to the seller.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::World;

/// How long the call centre waits for the seller before it answers by itself.
pub const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// A question about goods.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Question {
    pub id: i64,
    pub account: u32,
    pub vendor_item_id: i64,
    /// Orders of the asker that hold the option; may be none.
    pub order_ids: Vec<i64>,
    pub content: String,
    pub asked_at: DateTime<Utc>,
    pub answers: Vec<Answer>,
    pub deleted: bool,
}

/// What the seller wrote.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    pub id: i64,
    pub content: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// A matter that the call centre handed to the seller.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counsel {
    pub id: i64,
    pub account: u32,
    pub order_id: i64,
    pub vendor_item_id: i64,
    pub content: String,
    pub asked_at: DateTime<Utc>,
    pub wants: CounselWish,
    pub state: CounselState,
    pub answer: Option<Answer>,
}

/// What the seller should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounselWish {
    Answer,
    /// Take note of it.
    Confirmation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CounselState {
    Open,
    Answered,
    Confirmed,
    /// The call centre answered by itself.
    Lapsed,
}

impl Counsel {
    pub fn is_open(&self) -> bool {
        self.state == CounselState::Open
    }

    /// The id of the agent's note, which an answer names as its parent.
    pub fn note_id(&self) -> i64 {
        self.id * 10_000 + 1
    }
}

/// What can happen to either.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum InquiryEvent {
    QuestionAsked {
        question: Question,
    },
    QuestionAnswered {
        question: i64,
        answer: Answer,
    },
    QuestionDeleted {
        question: i64,
    },
    CounselAsked {
        counsel: Counsel,
    },
    CounselAnswered {
        counsel: i64,
        answer: Answer,
    },
    CounselConfirmed {
        counsel: i64,
        by: String,
        at: DateTime<Utc>,
    },
    CounselLapsed {
        counsel: i64,
        at: DateTime<Utc>,
    },
}

impl InquiryEvent {
    /// The name of the ledger entry.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::QuestionAsked { .. } => "question_asked",
            Self::QuestionAnswered { .. } => "question_answered",
            Self::QuestionDeleted { .. } => "question_deleted",
            Self::CounselAsked { .. } => "counsel_asked",
            Self::CounselAnswered { .. } => "counsel_answered",
            Self::CounselConfirmed { .. } => "counsel_confirmed",
            Self::CounselLapsed { .. } => "counsel_lapsed",
        }
    }

    /// The inquiry, by the number that reads show.
    pub fn inquiry_id(&self) -> i64 {
        match self {
            Self::QuestionAsked { question } => question.id,
            Self::QuestionAnswered { question, .. } | Self::QuestionDeleted { question } => {
                *question
            }
            Self::CounselAsked { counsel } => counsel.id,
            Self::CounselAnswered { counsel, .. }
            | Self::CounselConfirmed { counsel, .. }
            | Self::CounselLapsed { counsel, .. } => *counsel,
        }
    }
}

impl World {
    /// A question of the buyer of an order about one option of it.
    pub fn draft_question(
        &self,
        account: u32,
        order_id: i64,
        vendor_item_id: i64,
        content: String,
        asked_at: DateTime<Utc>,
    ) -> Question {
        let serial = i64::try_from(self.questions.len()).unwrap_or_default();
        Question {
            id: 741_000_000 + serial * 3 + 17,
            account,
            vendor_item_id,
            order_ids: vec![order_id],
            content,
            asked_at,
            answers: Vec::new(),
            deleted: false,
        }
    }

    /// A matter that the buyer of an order brings to the call centre.
    pub fn draft_counsel(
        &self,
        account: u32,
        order_id: i64,
        vendor_item_id: i64,
        content: String,
        wants: CounselWish,
        asked_at: DateTime<Utc>,
    ) -> Counsel {
        let serial = i64::try_from(self.counsels.len()).unwrap_or_default();
        Counsel {
            id: 852_000_000 + serial * 7 + 23,
            account,
            order_id,
            vendor_item_id,
            content,
            asked_at,
            wants,
            state: CounselState::Open,
            answer: None,
        }
    }

    pub fn question(&self, id: i64) -> Option<&Question> {
        self.questions.get(&id)
    }

    pub fn counsel(&self, id: i64) -> Option<&Counsel> {
        self.counsels.get(&id)
    }

    /// Every question, newest first.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.questions.values().rev()
    }

    /// Every matter at the call centre, newest first.
    pub fn counsels(&self) -> impl Iterator<Item = &Counsel> {
        self.counsels.values().rev()
    }

    /// Matters that nobody answered in time, and when the next of them will be.
    pub fn lapsing(&self, now: DateTime<Utc>, limit: usize) -> (Vec<i64>, Option<DateTime<Utc>>) {
        let due: Vec<i64> = self
            .open_counsels
            .iter()
            .take_while(|(at, _)| *at + PATIENCE <= now)
            .take(limit)
            .map(|(_, id)| *id)
            .collect();
        let next = self.open_counsels.iter().nth(due.len());
        (due, next.map(|(at, _)| *at + PATIENCE))
    }

    pub(super) fn apply_inquiry(&mut self, event: &InquiryEvent) {
        match event {
            InquiryEvent::QuestionAsked { question } => {
                self.questions.insert(question.id, question.clone());
            }
            InquiryEvent::QuestionAnswered { question, answer } => {
                if let Some(question) = self.questions.get_mut(question) {
                    question.answers.push(answer.clone());
                }
            }
            InquiryEvent::QuestionDeleted { question } => {
                if let Some(question) = self.questions.get_mut(question) {
                    question.deleted = true;
                }
            }
            InquiryEvent::CounselAsked { counsel } => {
                self.open_counsels.insert((counsel.asked_at, counsel.id));
                self.counsels.insert(counsel.id, counsel.clone());
            }
            InquiryEvent::CounselAnswered { counsel, answer } => {
                self.close_counsel(*counsel, CounselState::Answered, answer.clone());
            }
            InquiryEvent::CounselConfirmed { counsel, by, at } => {
                let answer = Answer {
                    id: *counsel * 10_000 + 2,
                    content: "확인".to_owned(),
                    by: by.clone(),
                    at: *at,
                };
                self.close_counsel(*counsel, CounselState::Confirmed, answer);
            }
            InquiryEvent::CounselLapsed { counsel, at } => {
                let answer = Answer {
                    id: *counsel * 10_000 + 2,
                    content: "24시간 내 답변이 없어 자동으로 처리되었습니다.".to_owned(),
                    by: "SYSTEM".to_owned(),
                    at: *at,
                };
                self.close_counsel(*counsel, CounselState::Lapsed, answer);
            }
        }
    }

    fn close_counsel(&mut self, id: i64, state: CounselState, answer: Answer) {
        if let Some(counsel) = self.counsels.get_mut(&id) {
            counsel.state = state;
            counsel.answer = Some(answer);
            self.open_counsels.remove(&(counsel.asked_at, id));
        }
    }
}
