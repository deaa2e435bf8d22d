use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::map::inquiry;
use crate::domain::inquiry::{ChannelInquiry, InquiryKind};

const READ_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn rows(body: &str, list: &str) -> Vec<Value> {
    let page: Value = serde_json::from_str(body).unwrap();
    page[list].as_array().unwrap().clone()
}

/// Everything a mapped question says, the words included: the fixtures are invented.
fn render(it: &ChannelInquiry) -> Value {
    let message = |message: &crate::domain::inquiry::InquiryMessage| {
        json!([
            message.channel_answer_id,
            format!("{:?}", message.author),
            message.at,
            message.text,
        ])
    };
    json!({
        "id": it.channel_inquiry_id,
        "kind": format!("{:?}", it.kind),
        "state": format!("{:?}", it.state),
        "asked_at": it.asked_at,
        "answered_at": it.answered_at,
        "text": it.text,
        "orders": it.channel_order_ids,
        "product": [it.channel_product_id, it.product_name],
        "category": it.category,
        "asked_by": it.asked_by,
        "messages": it.messages.iter().map(message).collect::<Vec<_>>(),
    })
}

fn rendered(kind: InquiryKind, rows: &[Value]) -> Vec<Value> {
    let read = |row: &Value| match inquiry(kind, row, READ_AT) {
        Ok(inquiry) => render(&inquiry),
        Err(error) => json!({"rejected": error.to_string()}),
    };
    rows.iter().map(read).collect()
}

#[test]
fn product_questions_map_with_their_one_answer() {
    let rows = rows(include_str!("../fixtures/questions.json"), "contents");
    insta::assert_json_snapshot!(rendered(InquiryKind::Product, &rows));
}

#[test]
fn questions_about_orders_map_with_title_and_words() {
    let rows = rows(include_str!("../fixtures/inquiries.json"), "content");
    insta::assert_json_snapshot!(rendered(InquiryKind::Order, &rows));
}

#[test]
fn what_was_asked_and_answered_prints_nothing() {
    let rows = rows(include_str!("../fixtures/inquiries.json"), "content");
    let inquiry = inquiry(InquiryKind::Order, &rows[0], READ_AT).unwrap();
    let printed = format!("{inquiry:?}");
    assert!(
        printed.contains("5001") && !printed.contains("급해요"),
        "{printed}"
    );
}
