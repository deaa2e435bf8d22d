//! Questions of channel-proxy as our values. A row that cannot be read says which field and why, never the value.

use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;

use super::convert::{id, time};
use crate::domain::account::InquirySource;
use crate::domain::inquiry::{FetchedInquiry, InquiryFacts, InquiryKey, InquiryKind, InquiryState};
use crate::domain::thread::{Author, Message, Thread};

/// Longer texts come from no channel.
const TEXT_CHARS: usize = 20_000;
/// Longer names neither.
const NAME_CHARS: usize = 1000;
/// More messages are in no thread.
const MAX_MESSAGES: usize = 500;
/// A question is about no more orders or listings.
const MAX_IDS: usize = 200;

/// What an account's channel lists of questions; nothing where it does not say that they can be read.
pub(crate) fn inquiry_source(account: &pb::ChannelAccount) -> InquirySource {
    let Some(capabilities) = &account.capabilities else {
        return InquirySource::default();
    };
    let mut operations = capabilities.operations();
    if !operations.any(|operation| operation == pb::ChannelOperation::FetchInquiries) {
        return InquirySource::default();
    }
    let mut kinds: Vec<InquiryKind> = capabilities.inquiry_kinds().filter_map(kind).collect();
    kinds.sort();
    kinds.dedup();
    let within = capabilities.answer_within.as_ref();
    let within = within.map(|within| TimeDelta::seconds(within.seconds.clamp(0, 365 * 86_400)));
    InquirySource {
        kinds,
        answer_within: within.filter(|within| *within > TimeDelta::zero()),
    }
}

fn kind(kind: pb::InquiryKind) -> Option<InquiryKind> {
    match kind {
        pb::InquiryKind::Product => Some(InquiryKind::Product),
        pb::InquiryKind::Order => Some(InquiryKind::Order),
        pb::InquiryKind::CallCenter => Some(InquiryKind::CallCenter),
        pb::InquiryKind::Unspecified => None,
    }
}

/// The channel's list that a kind stands in.
pub(crate) fn kind_to_pb(kind: InquiryKind) -> pb::InquiryKind {
    match kind {
        InquiryKind::Product => pb::InquiryKind::Product,
        InquiryKind::Order => pb::InquiryKind::Order,
        InquiryKind::CallCenter => pb::InquiryKind::CallCenter,
    }
}

/// A question. A state without a word of ours counts as waiting.
pub(crate) fn inquiry(
    inquiry: pb::ChannelInquiry,
    page_read_at: DateTime<Utc>,
) -> Result<FetchedInquiry, String> {
    let read_at = time(inquiry.read_at).unwrap_or(page_read_at);
    let kind = kind(inquiry.kind()).ok_or("kind is none that Moa knows")?;
    let state = match inquiry.state() {
        pb::InquiryState::Waiting => InquiryState::Waiting,
        pb::InquiryState::Answered => InquiryState::Answered,
        pb::InquiryState::ToConfirm => InquiryState::ToConfirm,
        pb::InquiryState::Closed => InquiryState::Closed,
        pb::InquiryState::Unspecified => InquiryState::Unknown,
    };
    if inquiry.messages.len() > MAX_MESSAGES {
        return Err(format!("messages must be at most {MAX_MESSAGES}"));
    }
    let messages = inquiry.messages.into_iter().enumerate();
    let messages = messages.map(|(index, message)| {
        self::message(message).map_err(|reason| format!("messages[{index}].{reason}"))
    });
    Ok(FetchedInquiry {
        key: InquiryKey {
            kind,
            channel_inquiry_id: id("channel_inquiry_id", inquiry.channel_inquiry_id)?,
        },
        facts: InquiryFacts {
            state,
            asked_at: time(inquiry.asked_at).ok_or("asked_at is missing or no time")?,
            answered_at: time(inquiry.answered_at),
            answer_by: time(inquiry.answer_by),
            channel_order_ids: ids("channel_order_ids", inquiry.channel_order_ids)?,
            channel_listing_ids: ids("channel_listing_ids", inquiry.channel_listing_ids)?,
            channel_product_id: text("channel_product_id", inquiry.channel_product_id, NAME_CHARS)?,
            product_name: text("product_name", inquiry.product_name, NAME_CHARS)?,
            category: text("category", inquiry.category, NAME_CHARS)?,
        },
        thread: Thread {
            text: text("text", inquiry.text, TEXT_CHARS)?,
            asked_by: text("asked_by", inquiry.asked_by, NAME_CHARS)?,
            messages: messages.collect::<Result<_, String>>()?,
        },
        read_at,
    })
}

fn message(message: pb::InquiryMessage) -> Result<Message, String> {
    let author = match message.author() {
        pb::InquiryAuthor::Buyer => Author::Buyer,
        pb::InquiryAuthor::Merchant => Author::Merchant,
        pb::InquiryAuthor::Channel => Author::Channel,
        pb::InquiryAuthor::Unspecified => Author::Unknown,
    };
    Ok(Message {
        channel_answer_id: text("channel_answer_id", message.channel_answer_id, 120)?,
        author,
        at: time(message.at),
        text: text("text", message.text, TEXT_CHARS)?,
        needs_answer: message.needs_answer,
    })
}

fn ids(field: &str, all: Vec<String>) -> Result<Vec<String>, String> {
    if all.len() > MAX_IDS {
        return Err(format!("{field} must be at most {MAX_IDS}"));
    }
    all.into_iter().map(|one| id(field, one)).collect()
}

fn text(field: &str, text: String, most: usize) -> Result<String, String> {
    if text.chars().count() > most || text.contains('\0') {
        return Err(format!(
            "{field} must have at most {most} characters and no NUL"
        ));
    }
    Ok(text)
}
