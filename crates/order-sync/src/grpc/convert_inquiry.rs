//! Questions as messages.

use moa_proto::moa::order_sync::v1 as pb;
use moa_service::timestamp;

use crate::app::read_inquiries::SeenInquiry;
use crate::domain::inquiry::{Inquiry, InquiryKind, InquiryState};
use crate::domain::thread::{Author, Thread};

impl From<&Inquiry> for pb::Inquiry {
    fn from(inquiry: &Inquiry) -> Self {
        let facts = &inquiry.facts;
        let kind = match inquiry.key.kind {
            InquiryKind::Product => pb::InquiryKind::Product,
            InquiryKind::Order => pb::InquiryKind::Order,
            InquiryKind::CallCenter => pb::InquiryKind::CallCenter,
        };
        let state = match facts.state {
            InquiryState::Unknown => pb::InquiryState::Unspecified,
            InquiryState::Waiting => pb::InquiryState::Waiting,
            InquiryState::Answered => pb::InquiryState::Answered,
            InquiryState::ToConfirm => pb::InquiryState::ToConfirm,
            InquiryState::Closed => pb::InquiryState::Closed,
        };
        Self {
            inquiry_id: inquiry.inquiry_id.to_string(),
            version: inquiry.version,
            channel: inquiry.channel.clone(),
            channel_account_id: inquiry.channel_account_id.to_string(),
            channel_inquiry_id: inquiry.key.channel_inquiry_id.clone(),
            kind: kind.into(),
            state: state.into(),
            asked_at: Some(timestamp(facts.asked_at)),
            waiting_since: Some(timestamp(inquiry.waiting_since)),
            answer_by: facts.answer_by.map(timestamp),
            urgent_from: Some(timestamp(inquiry.urgent_from)),
            answered_at: facts.answered_at.map(timestamp),
            channel_order_ids: facts.channel_order_ids.clone(),
            channel_listing_ids: facts.channel_listing_ids.clone(),
            channel_product_id: facts.channel_product_id.clone(),
            product_name: facts.product_name.clone(),
            category: facts.category.clone(),
            channel_parent_answer_id: inquiry.channel_parent_answer_id.clone(),
            message_count: inquiry.message_count,
            created_at: Some(timestamp(inquiry.created_at)),
            updated_at: Some(timestamp(inquiry.updated_at)),
        }
    }
}

impl From<SeenInquiry> for pb::ListedInquiry {
    fn from(seen: SeenInquiry) -> Self {
        let urgency = match seen.urgent_because {
            Some(_) => pb::InquiryUrgency::Urgent,
            None => pb::InquiryUrgency::Normal,
        };
        let because = seen.urgent_because.map(|because| because.as_str());
        let inquiry = pb::Inquiry {
            product_name: seen.product_name,
            ..(&seen.inquiry).into()
        };
        Self {
            inquiry: Some(inquiry),
            urgency: urgency.into(),
            urgent_because: because.unwrap_or_default().to_owned(),
            order_ids: seen.order_ids.iter().map(ToString::to_string).collect(),
            has_open_claim: seen.has_open_claim,
            masked_excerpt: seen.masked_excerpt,
            assigned_to: seen
                .assigned_to
                .map_or_else(String::new, |id| id.to_string()),
        }
    }
}

impl From<Thread> for pb::InquiryThread {
    fn from(thread: Thread) -> Self {
        let messages = thread
            .messages
            .into_iter()
            .map(|message| pb::InquiryThreadMessage {
                channel_answer_id: message.channel_answer_id,
                author: match message.author {
                    Author::Unknown => pb::InquiryAuthor::Unspecified,
                    Author::Buyer => pb::InquiryAuthor::Buyer,
                    Author::Merchant => pb::InquiryAuthor::Merchant,
                    Author::Channel => pb::InquiryAuthor::Channel,
                }
                .into(),
                at: message.at.map(timestamp),
                text: message.text,
                needs_answer: message.needs_answer,
            });
        Self {
            messages: messages.collect(),
            text: thread.text,
            asked_by: thread.asked_by,
        }
    }
}
