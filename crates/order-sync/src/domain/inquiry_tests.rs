use moa_id::Ids;

use super::super::thread::{Author, Message};
use super::super::urgency::{Because, urgency};
use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + second, 0).unwrap()
}

fn origin(answer_within: Option<TimeDelta>) -> Origin<'static> {
    Origin {
        channel: "coupang",
        channel_account_id: Ids::seeded(3).next(),
        answer_within,
    }
}

fn seen(state: InquiryState, text: &str, second: i64) -> FetchedInquiry {
    FetchedInquiry {
        key: InquiryKey {
            kind: InquiryKind::Product,
            channel_inquiry_id: "1".to_owned(),
        },
        facts: InquiryFacts {
            state,
            asked_at: at(0),
            answered_at: None,
            answer_by: None,
            channel_order_ids: vec!["1001".to_owned()],
            channel_listing_ids: Vec::new(),
            channel_product_id: String::new(),
            product_name: "사과".to_owned(),
            category: String::new(),
        },
        thread: Thread {
            text: text.to_owned(),
            ..Thread::default()
        },
        read_at: at(second),
    }
}

fn first(fetched: &FetchedInquiry) -> Inquiry {
    let day = Some(TimeDelta::hours(24));
    Inquiry::new(Ids::seeded(1).next(), &origin(day), fetched, [0; 32], at(9))
}

#[test]
fn the_channel_s_time_counts_where_the_question_names_none() {
    let inquiry = first(&seen(InquiryState::Waiting, "어떤 색인가요?", 1));
    assert_eq!(inquiry.facts.answer_by, Some(at(24 * 3600)));
    assert_eq!(inquiry.urgent_from, at(16 * 3600));
    assert_eq!(urgency(&inquiry, false, at(10)), None);
    assert_eq!(urgency(&inquiry, true, at(10)), Some(Because::Claim));
    assert_eq!(
        urgency(&inquiry, false, at(17 * 3600)),
        Some(Because::Deadline)
    );
}

#[test]
fn an_answered_question_is_never_urgent() {
    let inquiry = first(&seen(InquiryState::Answered, "당장 환불해 주세요", 1));
    assert!(inquiry.has_urgent_words);
    assert_eq!(inquiry.facts.answer_by, None);
    assert_eq!(urgency(&inquiry, true, at(99 * 3600)), None);
}

#[test]
fn a_read_that_shows_nothing_new_changes_nothing_and_an_older_one_neither() {
    let inquiry = first(&seen(InquiryState::Waiting, "색이요?", 5));
    let day = origin(Some(TimeDelta::hours(24)));
    let same = seen(InquiryState::Waiting, "색이요?", 6);
    assert_eq!(inquiry.updated_by(&day, &same, [0; 32], at(20)), None);
    let older = seen(InquiryState::Answered, "색이요?", 4);
    assert_eq!(inquiry.updated_by(&day, &older, [1; 32], at(20)), None);
}

#[test]
fn an_answer_raises_the_version_and_blanks_take_nothing_away() {
    let inquiry = first(&seen(InquiryState::Waiting, "색이요?", 5));
    let mut answered = seen(InquiryState::Answered, "색이요?", 6);
    answered.facts.product_name.clear();
    answered.facts.channel_order_ids.clear();
    let after = inquiry
        .updated_by(&origin(None), &answered, [1; 32], at(20))
        .unwrap();
    assert_eq!(
        (after.version, after.facts.state),
        (2, InquiryState::Answered)
    );
    assert_eq!(after.facts.product_name, "사과");
    assert_eq!(after.facts.channel_order_ids, ["1001"]);
    assert_eq!(after.facts.answer_by, None);
}

#[test]
fn the_message_that_wants_an_answer_is_what_waits() {
    let mut fetched = seen(InquiryState::Waiting, "", 1);
    fetched.thread.messages.push(Message {
        channel_answer_id: "77".to_owned(),
        author: Author::Channel,
        at: Some(at(600)),
        text: "고객에게 답해 주세요".to_owned(),
        needs_answer: true,
    });
    let inquiry = first(&fetched);
    assert_eq!(inquiry.channel_parent_answer_id, "77");
    assert_eq!(inquiry.waiting_since, at(600));
    assert_eq!(inquiry.facts.answer_by, Some(at(600 + 24 * 3600)));
}

#[test]
fn two_sights_of_a_question_in_a_page_become_one() {
    let page = vec![
        seen(InquiryState::Answered, "", 2),
        seen(InquiryState::Waiting, "색이요?", 1),
    ];
    let joined = joined(page);
    assert_eq!(joined.len(), 1);
    assert_eq!(joined[0].facts.state, InquiryState::Answered);
    assert_eq!(joined[0].thread.text, "색이요?");
}
