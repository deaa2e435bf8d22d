//! Questions, page by page and one by one.

use tokio::time::Instant;

use super::map;
use super::wire::{Counsel, page};
use crate::channel::coupang::calls::{
    encoded, malformed, provider_path, read, vendor_id, vendor_path,
};
use crate::channel::coupang::lists::step_at;
use crate::channel::coupang::look::{Asked, stamp};
use crate::channel::coupang::windows::{Span, Window, korean};
use crate::channel::{FetchError, InquiriesQuery, Page, ReadQuery, Session, Single};
use crate::domain::account::InvalidField;
use crate::domain::facts::Read;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::inquiry::{ChannelInquiry, InquiryKind, InquiryState};
use crate::domain::operation::InquiryRef;
use crate::domain::quota::CallClass;

/// Pages of a day in which one question is looked for.
const MAX_PAGES: usize = 10;

/// A look at one question.
pub struct Sight {
    /// Absent when the channel does not show it any more.
    pub inquiry: Option<ChannelInquiry>,
    /// The body exactly as received; empty when there is nothing.
    pub raw: bytes::Bytes,
    /// The reads.
    pub reads: Vec<Read>,
}

pub async fn fetch_inquiries(
    session: &Session,
    query: &InquiriesQuery,
) -> Result<Page<ChannelInquiry>, FetchError> {
    let filter = filter(query.kind, query.state)?;
    let window = Window::parse(query.from, query.to, query.class)?;
    let steps = window.week_day_steps(filter);
    let name = match query.kind {
        InquiryKind::CallCenter => "call-center",
        InquiryKind::Product | InquiryKind::Order => "online",
    };
    let progress = window.progress(&format!("{name},{filter}"), &query.page_token)?;
    let step = step_at(&steps, progress.step)?;

    let (path, query_text) = question(
        session,
        query.kind,
        step.what,
        &step.span,
        &progress.next_token,
    );
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = read(session, slot, &path, &query_text)
        .await
        .map_err(|refusal| refusal.failure)?;
    let (rows, next) = page(&envelope).map_err(|error| malformed(&error))?;
    let (rows, rejected) =
        map::inquiries(query.kind, rows, reply.sent_at).map_err(|error| malformed(&error))?;
    Ok(Page {
        raw: reply.body,
        rows,
        rejected,
        next_page_token: progress.after(&next, steps.len()),
        read_at: reply.sent_at,
    })
}

/// The list's own word for a state.
fn filter(kind: InquiryKind, state: Option<InquiryState>) -> Result<&'static str, InvalidField> {
    match (kind, state) {
        (InquiryKind::Product, None) => Ok("ALL"),
        (InquiryKind::Product, Some(InquiryState::Waiting)) => Ok("NOANSWER"),
        (InquiryKind::Product, Some(InquiryState::Answered)) => Ok("ANSWERED"),
        (InquiryKind::Product, Some(_)) => Err(InvalidField::new(
            "state",
            "must be WAITING, ANSWERED or none: Coupang lists no other product questions",
        )),
        (InquiryKind::CallCenter, None) => Ok("NONE"),
        (InquiryKind::CallCenter, Some(InquiryState::Waiting)) => Ok("NO_ANSWER"),
        (InquiryKind::CallCenter, Some(InquiryState::Answered)) => Ok("ANSWER"),
        (InquiryKind::CallCenter, Some(InquiryState::ToConfirm)) => Ok("TRANSFER"),
        (InquiryKind::CallCenter, Some(InquiryState::Closed)) => Err(InvalidField::new(
            "state",
            "must be WAITING, ANSWERED, TO_CONFIRM or none: Coupang lists no other",
        )),
        (InquiryKind::Order, _) => Err(unknown_kind("kind")),
    }
}

fn unknown_kind(field: &'static str) -> InvalidField {
    InvalidField::new(
        field,
        "must be PRODUCT or CALL_CENTER: Coupang has no other",
    )
}

/// Path and query of one page.
fn question(
    session: &Session,
    kind: InquiryKind,
    filter: &str,
    span: &Span,
    next_page: &str,
) -> (String, String) {
    let (from, to) = match span {
        Span::Minutes(from, to) => (from.date(), to.date()),
        Span::Days(from, to) => (*from, *to),
    };
    let (list, parameter, size) = match kind {
        InquiryKind::CallCenter => ("callCenterInquiries", "partnerCounselingStatus", 30),
        InquiryKind::Product | InquiryKind::Order => ("onlineInquiries", "answeredType", 50),
    };
    let number = match next_page {
        "" => "1".to_owned(),
        number => encoded(number),
    };
    let vendor = vendor_id(session);
    let query = format!(
        "vendorId={vendor}&{parameter}={filter}&inquiryStartAt={from}&inquiryEndAt={to}&pageNum={number}&pageSize={size}"
    );
    (vendor_path(session, "v5", list), query)
}

pub async fn fetch_inquiry(
    session: &Session,
    query: &ReadQuery<InquiryRef>,
) -> Result<Single<ChannelInquiry>, FetchError> {
    check(&query.what)?;
    let sight = look(session, &query.what, query.class, query.deadline).await?;
    let first = sight.reads.first().map(|read| read.sent_at);
    Ok(Single {
        raw: sight.raw,
        found: sight.inquiry,
        read_at: first.unwrap_or_else(|| session.now()),
    })
}

/// What of a question's name Coupang cannot look up.
pub fn check(inquiry: &InquiryRef) -> Result<(), InvalidField> {
    match inquiry.kind {
        InquiryKind::Order => Err(unknown_kind("inquiry.kind")),
        InquiryKind::Product if inquiry.asked_at.is_none() => Err(InvalidField::new(
            "inquiry.asked_at",
            "is missing; Coupang finds a product question by its day alone",
        )),
        _ => Ok(()),
    }
}

/// One question as it is now.
pub async fn look(
    session: &Session,
    inquiry: &InquiryRef,
    class: CallClass,
    deadline: Instant,
) -> Result<Sight, CallFailure> {
    match inquiry.kind {
        InquiryKind::CallCenter => counsel(session, inquiry, class, deadline).await,
        InquiryKind::Product | InquiryKind::Order => {
            product_question(session, inquiry, class, deadline).await
        }
    }
}

/// The single read has no vendor in its path.
async fn counsel(
    session: &Session,
    inquiry: &InquiryRef,
    class: CallClass,
    deadline: Instant,
) -> Result<Sight, CallFailure> {
    let id = encoded(&inquiry.channel_inquiry_id);
    let path = provider_path("openapi", &format!("v5/vendors/callCenterInquiries/{id}"));
    let slot = session.slot(class, deadline).await?;
    let asked = Asked::now(session);
    match read(session, slot, &path, "").await {
        Ok((reply, envelope)) => {
            let counsel = Counsel::read(envelope.data()).map_err(|error| malformed(&error))?;
            Ok(Sight {
                inquiry: Some(map::counsel(counsel, reply.sent_at)),
                reads: vec![stamp("call_center_inquiry", &reply)],
                raw: reply.body,
            })
        }
        Err(refusal) if refusal.is_inquiry_gone() => Ok(Sight {
            inquiry: None,
            raw: bytes::Bytes::new(),
            reads: vec![asked.refused(session, "call_center_inquiry", &refusal)],
        }),
        Err(refusal) => Err(refusal.failure),
    }
}

/// There is no single read: the question is looked for among those of its day.
async fn product_question(
    session: &Session,
    inquiry: &InquiryRef,
    class: CallClass,
    deadline: Instant,
) -> Result<Sight, CallFailure> {
    let mut sight = Sight {
        inquiry: None,
        raw: bytes::Bytes::new(),
        reads: Vec::new(),
    };
    let Some(asked_at) = inquiry.asked_at else {
        return Ok(sight);
    };
    let day = korean(asked_at).date();
    let span = Span::Days(day, day);
    let mut next = String::new();
    for _ in 0..MAX_PAGES {
        let (path, query) = question(session, inquiry.kind, "ALL", &span, &next);
        let slot = session.slot(class, deadline).await?;
        let (reply, envelope) = read(session, slot, &path, &query)
            .await
            .map_err(|refusal| refusal.failure)?;
        let (rows, after) = page(&envelope).map_err(|error| malformed(&error))?;
        let (rows, _) =
            map::inquiries(inquiry.kind, rows, reply.sent_at).map_err(|error| malformed(&error))?;
        sight.reads.push(stamp("online_inquiries", &reply));
        let mut rows = rows.into_iter();
        let found = rows.find(|row| row.channel_inquiry_id == inquiry.channel_inquiry_id);
        if found.is_some() {
            sight.inquiry = found;
            sight.raw = reply.body;
            return Ok(sight);
        }
        if after.is_empty() {
            return Ok(sight);
        }
        next = after;
    }
    Err(CallFailure::without_effect(
        FailureKind::Refused,
        "so many questions were asked on that day that this one cannot be looked for",
    ))
}
