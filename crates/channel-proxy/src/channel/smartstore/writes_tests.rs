use chrono::DateTime;

use super::*;
use crate::domain::permit::Cargo;

fn failed(code: &str, message: &str) -> FailedItem {
    FailedItem {
        product_order_id: "1".to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

#[test]
fn every_documented_code_has_its_word() {
    use WriteOutcome::{RefusedFinal, Unclear};
    let table = [
        ("4000", RefusedFinal, "CHANNEL_REFUSED"),
        ("9999", Unclear, "CHANNEL_FAULT"),
        ("100001", RefusedFinal, "PARCEL_NOT_FOUND"),
        ("100003", RefusedFinal, "PARCEL_NOT_FOUND"),
        ("101009", RefusedFinal, "PARCEL_NOT_FOUND"),
        ("101011", RefusedFinal, "CHANNEL_SHIPS_ITSELF"),
        ("104105", RefusedFinal, "DUE_DATE_OUT_OF_RANGE"),
        ("104116", RefusedFinal, "DELIVERY_METHOD_REFUSED"),
        ("104117", RefusedFinal, "DELIVERY_METHOD_REFUSED"),
        ("104118", RefusedFinal, "CARRIER_UNKNOWN"),
        ("104119", RefusedFinal, "CARRIER_UNKNOWN"),
        ("104120", RefusedFinal, "TRACKING_NUMBER_MISSING"),
        ("104121", RefusedFinal, "TRACKING_NUMBER_REUSED"),
        ("104122", RefusedFinal, "TRACKING_NUMBER_INVALID"),
        ("104131", RefusedFinal, "CHANNEL_REFUSED"),
        ("104133", RefusedFinal, "CHANNEL_REFUSED"),
        ("104135", Unclear, "PARCEL_STATE_CHANGED"),
        ("104139", RefusedFinal, "CHANNEL_REFUSED"),
        ("104203", RefusedFinal, "NOT_CANCELLABLE"),
        ("104417", RefusedFinal, "CLAIM_STATE_CHANGED"),
        ("104442", Unclear, "PARCEL_STATE_CHANGED"),
        ("104443", Unclear, "PARCEL_STATE_CHANGED"),
        ("105001", RefusedFinal, "CHANNEL_REFUSED"),
        ("105306", RefusedFinal, "CHANNEL_REFUSED"),
        ("105308", RefusedFinal, "CHANNEL_SHIPS_ITSELF"),
        ("777777", RefusedFinal, "CHANNEL_REFUSED"),
    ];
    for (code, outcome, reason) in table {
        let answer = refusal(&failed(code, "안 됩니다"));
        assert_eq!(
            (answer.outcome, answer.reason.as_str()),
            (outcome, reason),
            "{code}"
        );
    }
    let reused = refusal(&failed("104121", "이미 사용된 송장번호입니다."));
    assert_eq!(reused.reason, "TRACKING_NUMBER_REUSED");
    let repeated = refusal(&failed("", "이미 발송 처리된 주문입니다."));
    assert_eq!(repeated.outcome, Unclear, "a look decides whose it was");
}

fn parcel(carrier: &str) -> DispatchParcel {
    DispatchParcel {
        cargo: Cargo::new("1", "10", Vec::new()),
        carrier: carrier.to_owned(),
        tracking_number: "680405450931".to_owned(),
        planned: Vec::new(),
    }
}

#[test]
fn a_carrier_goes_with_its_number_and_a_direct_delivery_without() {
    let at = "2026-11-28T05:00:00.000+09:00";
    assert_eq!(
        dispatch_item(&parcel("CJ_LOGISTICS"), at),
        Some(json!({
            "productOrderId": "10",
            "deliveryMethod": "DELIVERY",
            "deliveryCompanyCode": "CJGLS",
            "trackingNumber": "680405450931",
            "dispatchDate": at,
        }))
    );
    assert_eq!(
        dispatch_item(&parcel("DIRECT"), at),
        Some(json!({
            "productOrderId": "10",
            "deliveryMethod": "DIRECT_DELIVERY",
            "dispatchDate": at,
        }))
    );
    assert_eq!(dispatch_item(&parcel("NOBODY"), at), None);
}

#[test]
fn an_item_in_both_lists_failed_and_one_in_none_is_unclear() {
    let reply = Reply {
        http_status: 200,
        headers: Default::default(),
        body: bytes::Bytes::new(),
        sent_at: DateTime::UNIX_EPOCH,
        sent: std::time::Instant::now(),
        answered_at: DateTime::UNIX_EPOCH,
        call: crate::channel::Call::unwatched(),
    };
    let body = json!({"data": {
        "successProductOrderIds": ["1", "2"],
        "failProductOrderInfos": [{"productOrderId": "2", "code": "104122", "message": "no"}],
    }});
    let results = results(reply, &body).unwrap();
    assert!(matches!(results.of("1"), Item::Succeeded));
    assert!(matches!(results.of("2"), Item::Failed(_)));
    assert!(matches!(results.of("3"), Item::Unmentioned));
    assert_eq!(unmentioned().outcome, WriteOutcome::Unclear);
    assert!(results.evidence("2").contains("104122"));
}

#[test]
fn a_wrong_number_is_known_before_it_is_sent() {
    assert_eq!(check_tracking("CJ_LOGISTICS", "680405450931"), Ok(()));
    assert_eq!(check_tracking("DIRECT", ""), Ok(()));
    let reason = |carrier, number| check_tracking(carrier, number).unwrap_err().reason;
    assert_eq!(
        reason("CJ_LOGISTICS", "6804-0545-0931"),
        "TRACKING_NUMBER_INVALID"
    );
    assert_eq!(reason("NOBODY", "1"), "CARRIER_UNKNOWN");
}
