use super::*;

/// An answer of the channel.
pub fn reply(http_status: u16, body: &str) -> Reply {
    Reply {
        http_status,
        headers: Default::default(),
        body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        sent_at: DateTime::UNIX_EPOCH,
        sent: std::time::Instant::now(),
        answered_at: DateTime::UNIX_EPOCH,
        call: crate::channel::Call::unwatched(),
    }
}

#[test]
fn every_documented_result_of_an_upload_has_its_outcome() {
    let table = [
        ("OK", true, false, "CONFIRMED", ""),
        (
            "NOT_FOUND_SHIPMENT_BOX",
            false,
            false,
            "REFUSED_FINAL",
            "PARCEL_NOT_FOUND",
        ),
        (
            "INVALID_STATUS",
            false,
            false,
            "UNCLEAR",
            "PARCEL_STATE_CHANGED",
        ),
        (
            "PERMISSION_DENIED",
            false,
            true,
            "REFUSED_LATER",
            "CHANNEL_PERMISSION_DENIED",
        ),
        (
            "DUPLICATE_INVOICE_NUMBER",
            false,
            true,
            "UNCLEAR",
            "TRACKING_NUMBER_DUPLICATE",
        ),
        (
            "INVALID_INVOICE_NUMBER",
            false,
            true,
            "REFUSED_FINAL",
            "TRACKING_NUMBER_INVALID",
        ),
        (
            "ORDER_DELIVERY_CANCELED",
            false,
            false,
            "BLOCKED",
            "ORDER_CANCELLED",
        ),
        (
            "ORDER_DELIVERY_PARTIAL_STOP_REQUESTED",
            false,
            true,
            "BLOCKED",
            "CANCEL_REQUESTED",
        ),
        (
            "ORDER_DELIVERY_CANCELED_HOLDING_FOR_CANCEL",
            false,
            true,
            "BLOCKED",
            "CANCEL_REQUESTED",
        ),
        (
            "UNDEFINED_ERROR_OCCUR",
            false,
            true,
            "UNCLEAR",
            "CHANNEL_FAULT",
        ),
        (
            "NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD",
            false,
            false,
            "REFUSED_FINAL",
            "TRACKING_NUMBER_REUSED",
        ),
        (
            "NOT_FOUND_INVOICE_NUMBER",
            false,
            false,
            "REFUSED_FINAL",
            "TRACKING_NUMBER_MISSING",
        ),
        (
            "NOT_FOUND_VENDOR_ITEM",
            false,
            false,
            "REFUSED_FINAL",
            "PARCEL_CHANGED",
        ),
        (
            "NOT_ALLOW_VENDOR_DIRECT",
            false,
            false,
            "REFUSED_FINAL",
            "SPLIT_NOT_POSSIBLE",
        ),
        ("SOMETHING_NEW", false, true, "UNCLEAR", "CHANNEL_REFUSED"),
        (
            "SOMETHING_NEW",
            false,
            false,
            "REFUSED_FINAL",
            "CHANNEL_REFUSED",
        ),
    ];
    for (code, succeed, retry_required, outcome, reason) in table {
        let result = BoxResult {
            shipment_box_id: "1".to_owned(),
            succeed,
            result_code: code.to_owned(),
            retry_required,
            result_message: String::new(),
        };
        let answer = dispatch_answer(&result, DateTime::UNIX_EPOCH);
        assert_eq!(answer.outcome.as_str(), outcome, "{code}");
        assert_eq!(answer.reason, reason, "{code}");
    }
}

#[test]
fn a_wrong_number_holds_up_only_its_own_parcel() {
    use crate::domain::failure::{CallFailure, FailureKind};
    let message = "CJ대한통운의 송장번호 형식에 맞지않는 운송장 번호 입니다. [111]";
    let refusal = Refusal {
        failure: CallFailure::without_effect(FailureKind::Refused, message),
        http_status: Some(400),
        message: message.to_owned(),
    };
    let parcel = |tracking_number: &str| DispatchParcel {
        cargo: crate::domain::permit::Cargo::new("1", "10", Vec::new()),
        carrier: "CJ_LOGISTICS".to_owned(),
        tracking_number: tracking_number.to_owned(),
        planned: Vec::new(),
    };
    let wrong = dispatch_whole_refusal(&refusal, &parcel("111"), 2);
    assert_eq!(wrong.outcome, WriteOutcome::RefusedFinal);
    assert_eq!(wrong.reason, "TRACKING_NUMBER_INVALID");
    let other = dispatch_whole_refusal(&refusal, &parcel("222"), 2);
    assert_eq!(other.outcome, WriteOutcome::RefusedLater);
    assert_eq!(other.reason, "BATCH_REFUSED");
}

#[test]
fn of_several_results_of_one_box_the_refusal_counts() {
    let row = |succeed: bool, code: &str| json!({"shipmentBoxId": 1, "succeed": succeed, "resultCode": code});
    let rows = [
        row(true, "OK"),
        row(false, "INVALID_STATUS"),
        row(true, "OK"),
    ];
    let body = json!({"code": "200", "data": {"responseList": rows}}).to_string();
    let reply = reply(200, &body);
    let envelope = Envelope::read(&reply.body).unwrap();
    let (_, boxes) = boxes(Ok((reply, envelope))).unwrap();
    assert_eq!(boxes["1"].result_code, "INVALID_STATUS");
}

#[test]
fn an_acknowledge_of_a_parcel_in_another_state_is_looked_into() {
    let result = BoxResult {
        shipment_box_id: "1".to_owned(),
        succeed: false,
        result_code: String::new(),
        retry_required: false,
        result_message: "배송상태를 변경할 수 없습니다. 주문내역을 확인해주세요.".to_owned(),
    };
    assert!(is_state_refusal(&result));
    let answer = acknowledge_refusal(&result, DateTime::UNIX_EPOCH);
    assert_eq!(answer.outcome, WriteOutcome::Unclear);
}
