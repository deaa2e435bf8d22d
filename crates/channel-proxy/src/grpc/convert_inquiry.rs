//! Questions as messages.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::timestamp;

use crate::domain::inquiry::{
    ChannelInquiry, InquiryAuthor, InquiryKind, InquiryMessage, InquiryState,
};

/// Where buyers ask.
pub fn inquiry_kind(kind: InquiryKind) -> pb::InquiryKind {
    match kind {
        InquiryKind::Product => pb::InquiryKind::Product,
        InquiryKind::Order => pb::InquiryKind::Order,
        InquiryKind::CallCenter => pb::InquiryKind::CallCenter,
    }
}

impl From<ChannelInquiry> for pb::ChannelInquiry {
    fn from(inquiry: ChannelInquiry) -> Self {
        let state = match inquiry.state {
            InquiryState::Waiting => pb::InquiryState::Waiting,
            InquiryState::Answered => pb::InquiryState::Answered,
            InquiryState::ToConfirm => pb::InquiryState::ToConfirm,
            InquiryState::Closed => pb::InquiryState::Closed,
        };
        Self {
            channel_inquiry_id: inquiry.channel_inquiry_id,
            kind: inquiry_kind(inquiry.kind).into(),
            state: state.into(),
            asked_at: inquiry.asked_at.map(timestamp),
            answered_at: inquiry.answered_at.map(timestamp),
            text: inquiry.text,
            channel_order_ids: inquiry.channel_order_ids,
            channel_listing_ids: inquiry.channel_listing_ids,
            channel_product_id: inquiry.channel_product_id,
            product_name: inquiry.product_name,
            category: inquiry.category,
            asked_by: inquiry.asked_by,
            messages: inquiry.messages.into_iter().map(Into::into).collect(),
            read_at: Some(timestamp(inquiry.read_at)),
            answer_by: inquiry.answer_by.map(timestamp),
        }
    }
}

impl From<InquiryMessage> for pb::InquiryMessage {
    fn from(message: InquiryMessage) -> Self {
        let author = match message.author {
            InquiryAuthor::Buyer => pb::InquiryAuthor::Buyer,
            InquiryAuthor::Merchant => pb::InquiryAuthor::Merchant,
            InquiryAuthor::Channel => pb::InquiryAuthor::Channel,
            InquiryAuthor::Unknown => pb::InquiryAuthor::Unspecified,
        };
        Self {
            channel_answer_id: message.channel_answer_id,
            channel_parent_answer_id: message.channel_parent_answer_id,
            author: author.into(),
            at: message.at.map(timestamp),
            text: message.text,
            needs_answer: message.needs_answer,
        }
    }
}
