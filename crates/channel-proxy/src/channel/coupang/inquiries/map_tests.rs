use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::map::{ReadInquiries, inquiries};
use super::wire::page;
use crate::channel::coupang::wire::Envelope;
use crate::domain::inquiry::{ChannelInquiry, InquiryKind};

const READ_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// Everything a mapped question says, the words included: the fixtures are invented.
fn render((inquiries, rejected): ReadInquiries) -> Value {
    let message = |message: &crate::domain::inquiry::InquiryMessage| {
        json!([
            message.channel_answer_id,
            message.channel_parent_answer_id,
            format!("{:?}", message.author),
            message.at,
            message.text,
            message.needs_answer,
        ])
    };
    let inquiry = |it: &ChannelInquiry| {
        json!({
            "id": it.channel_inquiry_id,
            "kind": format!("{:?}", it.kind),
            "state": format!("{:?}", it.state),
            "asked_at": it.asked_at,
            "answered_at": it.answered_at,
            "answer_by": it.answer_by,
            "text": it.text,
            "orders": it.channel_order_ids,
            "listings": it.channel_listing_ids,
            "product": [it.channel_product_id, it.product_name],
            "category": it.category,
            "messages": it.messages.iter().map(message).collect::<Vec<_>>(),
        })
    };
    json!({
        "inquiries": inquiries.iter().map(inquiry).collect::<Vec<_>>(),
        "rejected": format!("{rejected:?}"),
    })
}

fn read(kind: InquiryKind, body: &str) -> (Value, String) {
    let envelope = Envelope::read(body.as_bytes()).unwrap();
    let (rows, next) = page(&envelope).unwrap();
    (render(inquiries(kind, rows, READ_AT).unwrap()), next)
}

#[test]
fn product_questions_map_with_their_answers_oldest_first() {
    let body = include_str!("../fixtures/online_inquiries_v5.json");
    let (rendered, next) = read(InquiryKind::Product, body);
    assert_eq!(next, "2");
    insta::assert_json_snapshot!(rendered);
}

#[test]
fn the_call_centre_asks_for_an_answer_or_for_a_confirmation() {
    let body = include_str!("../fixtures/call_center_inquiries_v5.json");
    let (rendered, next) = read(InquiryKind::CallCenter, body);
    assert_eq!(next, "", "the last page");
    insta::assert_json_snapshot!(rendered);
}

#[test]
fn what_was_asked_and_answered_prints_nothing() {
    let body = include_str!("../fixtures/online_inquiries_v5.json");
    let envelope = Envelope::read(body.as_bytes()).unwrap();
    let (rows, _) = page(&envelope).unwrap();
    let (inquiries, _) = inquiries(InquiryKind::Product, rows, READ_AT).unwrap();
    let printed = format!("{inquiries:?}");
    assert!(
        printed.contains("5001") && !printed.contains("언제"),
        "{printed}"
    );
}
