//! What buyers ask: about goods, in public (상품 문의); and about their orders (고객 문의).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SmartStore;

/// A question about goods.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Question {
    pub id: i64,
    pub account: u32,
    pub channel_no: i64,
    pub product_name: String,
    pub content: String,
    pub writer_id: String,
    pub asked_at: DateTime<Utc>,
    pub answer: Option<String>,
}

/// A question about an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inquiry {
    pub id: i64,
    pub account: u32,
    pub order_id: i64,
    pub product_order: i64,
    /// 상품, 배송, 반품, 교환, 환불 or 기타.
    pub category: String,
    pub title: String,
    pub content: String,
    pub asked_at: DateTime<Utc>,
    pub answer: Option<InquiryAnswer>,
}

/// What the seller wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquiryAnswer {
    pub id: i64,
    pub content: String,
    pub template: Option<String>,
    pub at: DateTime<Utc>,
}

impl SmartStore {
    pub fn question(&self, id: i64) -> Option<&Question> {
        self.questions.get(&id)
    }

    /// The questions of an account asked inside `from` to `to` (both included), newest first.
    pub fn questions(
        &self,
        account: u32,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = &Question> {
        // Numbers rise with time, so the newest have the largest.
        self.questions
            .values()
            .rev()
            .filter(move |row| row.account == account && row.asked_at >= from && row.asked_at <= to)
    }

    /// The number of the next question.
    pub fn next_question_id(&self) -> i64 {
        310_000_000 + i64::try_from(self.questions.len()).unwrap_or_default() * 3 + 1
    }

    pub fn inquiry(&self, id: i64) -> Option<&Inquiry> {
        self.inquiries.get(&id)
    }

    /// The inquiries of an account asked inside `from` to `to` (the end excluded), newest first.
    pub fn inquiries(
        &self,
        account: u32,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = &Inquiry> {
        self.inquiries
            .values()
            .rev()
            .filter(move |row| row.account == account && row.asked_at >= from && row.asked_at < to)
    }

    /// The number of the next inquiry.
    pub fn next_inquiry_id(&self) -> i64 {
        150_000_000 + i64::try_from(self.inquiries.len()).unwrap_or_default() * 7 + 1
    }
}
