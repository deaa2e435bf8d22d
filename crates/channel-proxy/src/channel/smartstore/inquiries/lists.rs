//! Reading what buyers ask. Neither list can be read by id, so one question is looked for in the list of the time at
//! which it was asked.

use chrono::{DateTime, TimeDelta, Utc};
use moa_service::PageToken;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::map::inquiry;
use crate::channel::smartstore::calls::{Call, always, exchange};
use crate::channel::smartstore::errors::{Refusal, malformed};
use crate::channel::smartstore::token::Tokens;
use crate::channel::smartstore::windows::{encoded, korean_day, wire_time};
use crate::channel::smartstore::wire;
use crate::channel::{FetchError, InquiriesQuery, Page, ReadQuery, Reply, Session, Single};
use crate::domain::account::InvalidField;
use crate::domain::buckets::Bucket;
use crate::domain::facts::Read;
use crate::domain::inquiry::{ChannelInquiry, InquiryKind, InquiryState};
use crate::domain::operation::InquiryRef;
use crate::domain::order::RejectedRow;
use crate::domain::quota::CallClass;

/// Where the list of questions goes on.
const PAGES: PageToken = PageToken::of("smartstore.inquiries");

pub const QUESTIONS: Bucket = Bucket("contents/qnas");
pub const INQUIRIES: Bucket = Bucket("pay-user/inquiries");

/// Rows of a page of either list.
pub const PAGE: u32 = 100;
/// The longest window of the list about orders.
const MAX_DAYS: i64 = 365;
/// Pages that are looked through for one question.
const LOOK_PAGES: u32 = 20;
/// How far around the time it was asked one question is looked for.
const AROUND: TimeDelta = TimeDelta::minutes(5);

/// Which rows of which list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    kind: InquiryKind,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// Only these; absent means all.
    answered: Option<bool>,
}

/// Where a list goes on.
#[derive(Serialize, Deserialize)]
struct Progress {
    question: (bool, i64, i64, Option<bool>),
    page: u32,
}

impl Question {
    fn key(&self) -> (bool, i64, i64, Option<bool>) {
        (
            self.kind == InquiryKind::Product,
            self.from.timestamp_millis(),
            self.to.timestamp_millis(),
            self.answered,
        )
    }

    fn bucket(&self) -> Bucket {
        if self.kind == InquiryKind::Product {
            QUESTIONS
        } else {
            INQUIRIES
        }
    }

    /// Path and query of a page. The list about orders counts whole Korean days.
    fn page(&self, page: u32) -> (&'static str, String) {
        let last = self.to - TimeDelta::milliseconds(1);
        let answered = match self.answered {
            Some(answered) => format!("&answered={answered}"),
            None => String::new(),
        };
        if self.kind == InquiryKind::Product {
            let (from, to) = (wire_time(self.from), wire_time(last));
            let query = format!(
                "page={page}&size={PAGE}&fromDate={}&toDate={}{answered}",
                encoded(&from),
                encoded(&to)
            );
            ("/v1/contents/qnas", query)
        } else {
            let query = format!(
                "page={page}&size={PAGE}&startSearchDate={}&endSearchDate={}{answered}",
                korean_day(self.from),
                korean_day(last)
            );
            ("/v1/pay-user/inquiries", query)
        }
    }
}

fn check_kind(kind: InquiryKind) -> Result<(), InvalidField> {
    match kind {
        InquiryKind::Product | InquiryKind::Order => Ok(()),
        InquiryKind::CallCenter => Err(InvalidField::new(
            "kind",
            "must be PRODUCT or ORDER: SmartStore's call centre passes nothing on",
        )),
    }
}

pub async fn fetch_inquiries(
    tokens: &Tokens,
    session: &Session,
    query: &InquiriesQuery,
) -> Result<Page<ChannelInquiry>, FetchError> {
    check_kind(query.kind)?;
    if query.from >= query.to {
        return Err(InvalidField::new("to", "must be after from").into());
    }
    if query.to - query.from > TimeDelta::days(MAX_DAYS) {
        return Err(InvalidField::new("to", "must be at most 365 days after from").into());
    }
    let answered = match query.state {
        None => None,
        Some(InquiryState::Waiting) => Some(false),
        Some(InquiryState::Answered) => Some(true),
        Some(InquiryState::ToConfirm | InquiryState::Closed) => {
            return Err(InvalidField::new(
                "state",
                "must be WAITING or ANSWERED: SmartStore knows no other",
            )
            .into());
        }
    };
    let question = Question {
        kind: query.kind,
        from: query.from,
        to: query.to,
        answered,
    };
    let page = page_of(&query.page_token, &question)?;
    let asked = read(
        tokens,
        session,
        &question,
        page,
        (query.class, query.deadline),
    )
    .await?;
    let next = asked.has_next.then(|| Progress {
        question: question.key(),
        page: page.saturating_add(1),
    });
    Ok(Page {
        rows: asked.rows,
        rejected: asked.rejected,
        next_page_token: PAGES.encode(next.as_ref()),
        read_at: asked.reply.sent_at,
        raw: asked.reply.body,
    })
}

fn page_of(token: &str, question: &Question) -> Result<u32, InvalidField> {
    let refused = || {
        InvalidField::new(
            "page_token",
            "is not one that this list gave out for the same question; begin without it",
        )
    };
    let progress: Option<Progress> = PAGES.decode(token).map_err(|_| refused())?;
    match progress {
        None => Ok(1),
        Some(progress) if progress.question == question.key() => Ok(progress.page),
        Some(_) => Err(refused()),
    }
}

/// A page as it was answered.
struct Asked {
    reply: Reply,
    rows: Vec<ChannelInquiry>,
    rejected: Vec<RejectedRow>,
    has_next: bool,
}

async fn read(
    tokens: &Tokens,
    session: &Session,
    question: &Question,
    page: u32,
    (class, deadline): (CallClass, Instant),
) -> Result<Asked, Refusal> {
    let slot = session.slot_in(question.bucket(), class, deadline).await?;
    let (path, query) = question.page(page);
    let call = Call {
        method: &Method::GET,
        path,
        query: &query,
        body: None,
    };
    let (reply, body) = exchange(tokens, session, slot, call, deadline, &always).await?;
    let contents = match body.get("contents").or_else(|| body.get("content")) {
        Some(Value::Array(rows)) => rows.as_slice(),
        _ => {
            let error = wire::bad("content", "is no array");
            return Err(malformed(&error).into());
        }
    };
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (index, row) in contents.iter().enumerate() {
        match inquiry(question.kind, row, reply.sent_at) {
            // Whole days were asked for.
            Ok(inquiry) if outside(&inquiry, question) => {}
            Ok(inquiry) => rows.push(inquiry),
            Err(error) => rejected.push(RejectedRow {
                index,
                channel_order_id: wire::named_order(row),
                reason: error.to_string(),
            }),
        }
    }
    Ok(Asked {
        has_next: body.get("last") == Some(&Value::Bool(false)) && !contents.is_empty(),
        reply,
        rows,
        rejected,
    })
}

fn outside(inquiry: &ChannelInquiry, question: &Question) -> bool {
    inquiry
        .asked_at
        .is_some_and(|at| at < question.from || at >= question.to)
}

/// One question as a look found it.
pub struct Sight {
    pub inquiry: Option<ChannelInquiry>,
    pub reads: Vec<Read>,
    reply: Option<Reply>,
}

/// When a question was asked, by which alone it is found.
pub fn asked_at(inquiry: &InquiryRef) -> Result<DateTime<Utc>, InvalidField> {
    check_kind(inquiry.kind)?;
    inquiry.asked_at.ok_or_else(|| {
        InvalidField::new(
            "inquiry.asked_at",
            "is missing: SmartStore finds a question by the time at which it was asked",
        )
    })
}

/// Looks for one question.
pub async fn look(
    tokens: &Tokens,
    session: &Session,
    inquiry: &InquiryRef,
    (class, deadline): (CallClass, Instant),
) -> Result<Sight, FetchError> {
    let at = asked_at(inquiry)?;
    let question = Question {
        kind: inquiry.kind,
        from: at - AROUND,
        to: at + AROUND,
        answered: None,
    };
    let mut sight = Sight {
        inquiry: None,
        reads: Vec::new(),
        reply: None,
    };
    for page in 1..=LOOK_PAGES {
        let asked = read(tokens, session, &question, page, (class, deadline)).await?;
        let reply = &asked.reply;
        sight.reads.push(Read {
            what: "inquiries",
            sent_at: reply.sent_at,
            sent: reply.sent,
            answered_at: reply.answered_at,
            http_status: reply.http_status,
        });
        let is_it = |row: &ChannelInquiry| row.channel_inquiry_id == inquiry.channel_inquiry_id;
        sight.inquiry = asked.rows.into_iter().find(is_it);
        sight.reply = Some(asked.reply);
        if sight.inquiry.is_some() || !asked.has_next {
            break;
        }
    }
    Ok(sight)
}

pub async fn fetch_inquiry(
    tokens: &Tokens,
    session: &Session,
    query: &ReadQuery<InquiryRef>,
) -> Result<Single<ChannelInquiry>, FetchError> {
    let sight = look(tokens, session, &query.what, (query.class, query.deadline)).await?;
    let raw = sight.reply.as_ref().filter(|_| sight.inquiry.is_some());
    Ok(Single {
        raw: raw.map(|reply| reply.body.clone()).unwrap_or_default(),
        read_at: sight
            .reply
            .map_or_else(|| session.now(), |reply| reply.sent_at),
        found: sight.inquiry,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn both_lists_are_asked_in_their_own_words() {
        let question = |kind, answered| Question {
            kind,
            from: at("2026-11-26T14:30:00Z"),
            to: at("2026-11-27T15:00:00Z"),
            answered,
        };
        let (path, query) = question(InquiryKind::Product, None).page(2);
        assert_eq!(path, "/v1/contents/qnas");
        assert!(
            query.starts_with("page=2&size=100&fromDate=2026-11-26T23%3A30%3A00.000%2B09%3A00")
        );
        let (path, query) = question(InquiryKind::Order, Some(false)).page(1);
        assert_eq!(path, "/v1/pay-user/inquiries");
        assert_eq!(
            query,
            "page=1&size=100&startSearchDate=2026-11-26&endSearchDate=2026-11-27&answered=false"
        );
    }
}
