//! Rows of both lists in our words.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::channel::smartstore::wire::{self, BadField};
use crate::domain::inquiry::{
    ChannelInquiry, InquiryAuthor, InquiryKind, InquiryMessage, InquiryState,
};

/// One question with its answer.
pub fn inquiry(
    kind: InquiryKind,
    row: &Value,
    read_at: DateTime<Utc>,
) -> Result<ChannelInquiry, BadField> {
    let is_product = kind == InquiryKind::Product;
    let answer = if is_product {
        wire::text(row, "answer")
    } else {
        wire::text(row, "answerContent")
    };
    let answered_at = wire::instant(row, "answerRegistrationDateTime");
    let messages = if answer.is_empty() {
        Vec::new()
    } else {
        vec![InquiryMessage {
            channel_answer_id: wire::text(row, "answerContentId"),
            channel_parent_answer_id: String::new(),
            author: InquiryAuthor::Merchant,
            at: answered_at,
            text: answer,
            needs_answer: false,
        }]
    };
    let state = if wire::flag(row, "answered") {
        InquiryState::Answered
    } else {
        InquiryState::Waiting
    };
    let common = ChannelInquiry {
        channel_inquiry_id: wire::id(
            row,
            if is_product {
                "questionId"
            } else {
                "inquiryNo"
            },
        )?,
        kind,
        state,
        asked_at: wire::instant(
            row,
            if is_product {
                "createDate"
            } else {
                "inquiryRegistrationDateTime"
            },
        ),
        answered_at,
        text: String::new(),
        channel_order_ids: Vec::new(),
        channel_listing_ids: Vec::new(),
        channel_product_id: String::new(),
        product_name: wire::text(row, "productName"),
        category: String::new(),
        asked_by: String::new(),
        messages,
        read_at,
        answer_by: None,
    };
    if is_product {
        return Ok(ChannelInquiry {
            text: wire::text(row, "question"),
            channel_product_id: wire::text(row, "productId"),
            asked_by: wire::text(row, "maskedWriterId"),
            ..common
        });
    }
    let (title, content) = (wire::text(row, "title"), wire::text(row, "inquiryContent"));
    let order_id = wire::text(row, "orderId");
    Ok(ChannelInquiry {
        text: if title.is_empty() {
            content
        } else {
            format!("{title}\n{content}")
        },
        channel_order_ids: Some(order_id)
            .filter(|id| !id.is_empty())
            .into_iter()
            .collect(),
        channel_product_id: wire::text(row, "productNo"),
        category: wire::text(row, "category"),
        asked_by: wire::text(row, "customerName"),
        ..common
    })
}
