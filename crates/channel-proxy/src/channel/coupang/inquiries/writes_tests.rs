use super::*;
use crate::channel::coupang::errors::check as check_reply;
use crate::channel::coupang::writes::tests::reply;
use crate::domain::operation::InquiryRef;

fn refusal(status: u16, message: &str) -> Refusal {
    let body = json!({"code": status.to_string(), "message": message}).to_string();
    check_reply(&reply(status, &body)).unwrap_err()
}

fn answer(kind: InquiryKind, text: &str, by: &str, parent: &str) -> InquiryOperation {
    InquiryOperation {
        inquiry: InquiryRef {
            kind,
            channel_inquiry_id: "5001".to_owned(),
            asked_at: Some(chrono::DateTime::UNIX_EPOCH),
        },
        reply: InquiryReply::Answer {
            text: text.to_owned(),
            answered_by: by.to_owned(),
            channel_parent_answer_id: parent.to_owned(),
        },
    }
}

#[test]
fn every_documented_refusal_has_its_meaning() {
    let table = [
        (400, "동일한 답변이 존재합니다.", Meaning::Done),
        (
            400,
            "userId가 올바르지 않습니다 - 520",
            Meaning::Reason("ANSWERER_UNKNOWN"),
        ),
        (
            400,
            "상담이 종료된 문의입니다 - 522",
            Meaning::State("INQUIRY_CLOSED"),
        ),
        (
            400,
            "The inquiry can't be answer. It can do only inquiryStatus:progress, partnerTransferStatus:requestAnswer",
            Meaning::State("INQUIRY_NOT_ANSWERABLE"),
        ),
        (
            400,
            "The reply content length should be between 2 ~ 1000",
            Meaning::Reason("ANSWER_LENGTH"),
        ),
        (
            404,
            "Inquiry not found",
            Meaning::Reason("INQUIRY_NOT_FOUND"),
        ),
        (400, "something else", Meaning::Other),
        (504, "Request timed out", Meaning::Other),
    ];
    for (status, message, expected) in table {
        assert_eq!(meaning(&refusal(status, message)), expected, "{message}");
    }
}

#[test]
fn an_answer_is_checked_before_it_is_sent() {
    let reason = |operation: &InquiryOperation| check(operation).err().map(|it| it.reason);
    let good = answer(InquiryKind::Product, "네", "wing", "");
    assert_eq!(reason(&good), None);
    let table = [
        (
            answer(InquiryKind::Product, "네", "", ""),
            "ANSWERER_UNKNOWN",
        ),
        (
            answer(InquiryKind::CallCenter, "네", "wing", "1"),
            "ANSWER_LENGTH",
        ),
        (
            answer(InquiryKind::CallCenter, &"네".repeat(1001), "wing", "1"),
            "ANSWER_LENGTH",
        ),
        (
            answer(InquiryKind::CallCenter, "알겠습니다", "wing", ""),
            "INQUIRY_NOT_ANSWERABLE",
        ),
        (
            answer(InquiryKind::Order, "네", "wing", ""),
            "INQUIRY_NOT_ANSWERABLE",
        ),
    ];
    for (operation, expected) in table {
        assert_eq!(reason(&operation).as_deref(), Some(expected));
    }
}

#[test]
fn a_refusal_that_quotes_the_answer_is_told_without_it() {
    let operation = answer(InquiryKind::Product, "김철수님 댁으로 보냅니다", "wing", "");
    let quoting = refusal(400, "Could not read JSON: 김철수님 댁으로 보냅니다");
    let told = whole_refusal(&silent(&quoting, &operation.reply));
    let all = format!("{told:?}");
    assert!(!all.contains("김철수"), "{all}");
    assert!(all.contains("400"), "{all}");
    let plain = silent(&refusal(400, "no"), &operation.reply);
    assert_eq!(plain.message, "no");
}
