//! Coupang's questions into ours.

use chrono::{DateTime, TimeDelta, Utc};

use super::wire::{Counsel, Question, Reply};
use crate::channel::coupang::map::rows;
use crate::channel::coupang::wire::BadField;
use crate::channel::json::Json;
use crate::domain::inquiry::{
    ChannelInquiry, InquiryAuthor, InquiryKind, InquiryMessage, InquiryState,
};
use crate::domain::order::RejectedRow;

/// After a day without an answer the call centre closes a question with a note of its own.
const ANSWER_WITHIN: TimeDelta = TimeDelta::hours(24);

/// Questions with the rows that could not be read.
pub type ReadInquiries = (Vec<ChannelInquiry>, Vec<RejectedRow>);

/// A page of one kind.
pub fn inquiries(
    kind: InquiryKind,
    page: &[Json<'_>],
    read_at: DateTime<Utc>,
) -> Result<ReadInquiries, BadField> {
    rows(page, "inquiryId", |_, row| match kind {
        InquiryKind::CallCenter => Ok(counsel(Counsel::read(row)?, read_at)),
        InquiryKind::Product | InquiryKind::Order => Ok(question(Question::read(row)?, read_at)),
    })
}

/// A question on a product's page.
pub fn question(question: Question, read_at: DateTime<Utc>) -> ChannelInquiry {
    let answered_at = question
        .comments
        .iter()
        .filter_map(|comment| comment.inquiry_comment_at)
        .min();
    let state = if question.comments.is_empty() {
        InquiryState::Waiting
    } else {
        InquiryState::Answered
    };
    let comments = question.comments.into_iter().map(|comment| InquiryMessage {
        channel_answer_id: comment.inquiry_comment_id,
        channel_parent_answer_id: String::new(),
        author: InquiryAuthor::Merchant,
        at: comment.inquiry_comment_at,
        text: comment.content,
        needs_answer: false,
    });
    let listing = (!question.vendor_item_id.is_empty()).then_some(question.vendor_item_id);
    ChannelInquiry {
        channel_inquiry_id: question.inquiry_id,
        kind: InquiryKind::Product,
        state,
        asked_at: question.inquiry_at,
        answered_at,
        text: question.content,
        channel_order_ids: question.order_ids,
        channel_listing_ids: listing.into_iter().collect(),
        channel_product_id: question.seller_product_id,
        product_name: String::new(),
        category: String::new(),
        asked_by: String::new(),
        messages: oldest_first(comments.collect()),
        read_at,
        answer_by: None,
    }
}

/// What the call centre passed on. Its `content` is always the same word; what was said stands in the messages.
pub fn counsel(counsel: Counsel, read_at: DateTime<Utc>) -> ChannelInquiry {
    let asks = |reply: &Reply| reply.partner_transfer_status == "requestAnswer";
    let wants_answer = counsel.replies.iter().any(|reply| reply.need_answer);
    let state = match (
        counsel.cs_partner_counseling_status.as_str(),
        counsel.inquiry_status.as_str(),
    ) {
        ("answered", _) => InquiryState::Answered,
        (_, "complete") => InquiryState::Closed,
        _ if wants_answer || counsel.replies.is_empty() => InquiryState::Waiting,
        _ if counsel.replies.iter().any(asks) => InquiryState::ToConfirm,
        _ => InquiryState::Waiting,
    };
    let asked: Option<DateTime<Utc>> = counsel
        .replies
        .iter()
        .filter(|reply| asks(reply))
        .filter_map(|reply| reply.reply_at)
        .max()
        .or(counsel.inquiry_at);
    let is_open = matches!(state, InquiryState::Waiting | InquiryState::ToConfirm);
    let answer_by = asked
        .filter(|_| is_open)
        .and_then(|asked| asked.checked_add_signed(ANSWER_WITHIN));
    let order = (!counsel.order_id.is_empty()).then_some(counsel.order_id);
    ChannelInquiry {
        channel_inquiry_id: counsel.inquiry_id,
        kind: InquiryKind::CallCenter,
        state,
        asked_at: counsel.inquiry_at,
        answered_at: counsel.answered_at,
        text: String::new(),
        channel_order_ids: order.into_iter().collect(),
        channel_listing_ids: counsel.vendor_item_ids,
        channel_product_id: String::new(),
        product_name: counsel.item_name,
        category: counsel.receipt_category,
        asked_by: String::new(),
        messages: oldest_first(counsel.replies.into_iter().map(message).collect()),
        read_at,
        answer_by,
    }
}

fn message(reply: Reply) -> InquiryMessage {
    let author = match reply.answer_type.as_str() {
        "vendor" => InquiryAuthor::Merchant,
        "csAgent" => InquiryAuthor::Channel,
        _ => InquiryAuthor::Unknown,
    };
    InquiryMessage {
        needs_answer: reply.need_answer && reply.partner_transfer_status == "requestAnswer",
        channel_answer_id: reply.answer_id,
        channel_parent_answer_id: reply.parent_answer_id,
        author,
        at: reply.reply_at,
        text: reply.content,
    }
}

fn oldest_first(mut messages: Vec<InquiryMessage>) -> Vec<InquiryMessage> {
    messages.sort_by_key(|message| message.at);
    messages
}
