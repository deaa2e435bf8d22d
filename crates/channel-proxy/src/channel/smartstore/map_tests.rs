use serde_json::json;

use super::*;
use crate::domain::claim_deadline::ClaimDeadline;
use crate::domain::facts::{Judgement, PackedLine, ParcelFacts, ParcelSight};
use crate::domain::permit::Cargo;

fn page() -> Value {
    serde_json::from_str(include_str!("fixtures/details.json")).unwrap()
}

fn detail(index: usize) -> Detail {
    Detail::read(&page()["data"][index]).unwrap()
}

fn changed(index: usize, change: impl FnOnce(&mut Value)) -> Detail {
    let mut row = page()["data"][index].take();
    change(&mut row);
    Detail::read(&row).unwrap()
}

#[test]
fn a_page_maps_to_our_words() {
    let parsed = orders(&page(), DateTime::UNIX_EPOCH).unwrap();
    insta::assert_debug_snapshot!(parsed);
    let contact = &parsed.orders[0].contact;
    assert_eq!(contact.receiver_name, "홍길동");
    assert_eq!(contact.receiver_phone, "01000001234");
    assert_eq!(contact.orderer_phone, "01000005678");
    assert_eq!(contact.postcode, "06236");
    let present = parsed
        .orders
        .iter()
        .find(|order| order.channel_order_id == "2026112710000005");
    assert_eq!(
        present.unwrap().contact.receiver_phone,
        "",
        "a masked number is none"
    );
}

#[test]
fn a_line_tells_its_discounts_and_what_naver_expects_to_pay_out() {
    let line = |change: fn(&mut Value)| {
        let mut page = page();
        change(&mut page["data"][0]["productOrder"]);
        let parsed = orders(&page, DateTime::UNIX_EPOCH).unwrap();
        let rejected = parsed.rejected.into_iter().next();
        rejected.map_or_else(
            || Ok(parsed.orders[0].lines[0].clone()),
            |row| Err(row.reason),
        )
    };
    let won = |amount| Some(Money::krw(amount));
    let told = line(|_| ()).unwrap();
    assert_eq!(told.line_total, won(33_000));
    assert_eq!(told.discounts, Discounts::new(won(1000), won(700)));
    assert_eq!(told.expected_settlement, won(31_890));

    let by_product = line(|product| {
        product["initialProductDiscountAmount"].take();
    });
    assert_eq!(
        by_product.unwrap().discounts.total,
        won(1000),
        "the older name"
    );
    let more = line(|product| product["sellerBurdenDiscountAmount"] = json!(1001));
    assert_eq!(more.unwrap().discounts, Discounts::new(won(1000), None));
    let negative = line(|product| product["sellerBurdenDiscountAmount"] = json!(-1));
    assert_eq!(
        negative.unwrap().discounts,
        Discounts::new(won(1000), None),
        "what is only shown costs no order"
    );
    let unreadable = line(|product| product["expectedSettlementAmount"] = json!("much"));
    assert_eq!(unreadable.unwrap().expected_settlement, None);
    let owed = line(|product| product["expectedSettlementAmount"] = json!(-200));
    assert_eq!(
        owed.unwrap().expected_settlement,
        won(-200),
        "fees may exceed"
    );
}

#[test]
fn claims_map_by_their_own_list_and_the_row_s_words() {
    let claims: Vec<ChannelClaim> = (0..8)
        .flat_map(|index| claims(&detail(index), DateTime::UNIX_EPOCH).unwrap())
        .collect();
    insta::assert_debug_snapshot!(claims);
}

#[test]
fn a_refund_that_is_told_for_a_day_is_a_deadline_unless_the_merchant_holds_it_back() {
    let read = |status: &str, change: fn(&mut Value)| {
        let detail = changed(1, |row| {
            let product = &mut row["productOrder"];
            product["productOrderStatus"] = json!("DELIVERED");
            product["claimType"] = json!("RETURN");
            product["claimStatus"] = json!(status);
            product["claimId"] = json!("7");
            let mut claim = json!({
                "claimId": "7", "claimStatus": status, "returnReason": "INTENT_CHANGED",
                "refundExpectedDate": "2026-12-01T10:00:00.000+09:00",
                "claimDeliveryFeeDemandAmount": 3000, "claimDeliveryFeePayMethod": "환불금에서 차감",
                "claimDeliveryFeeSupportAmount": 1000, "etcFeeDemandAmount": 500,
            });
            change(&mut claim);
            row["currentClaim"] = json!({"return": claim});
        });
        claims(&detail, DateTime::UNIX_EPOCH).unwrap().remove(0)
    };
    let told = read("COLLECT_DONE", |_| ());
    let at = "2026-12-01T01:00:00Z".parse().unwrap();
    assert_eq!(told.deadline, Some(ClaimDeadline::refunded_as_told(at)));
    let won = |amount| Some(Money::krw(amount));
    assert_eq!(told.shipping_charge, won(-3000), "the buyer pays");
    assert_eq!(
        (told.extra_charge, told.channel_support),
        (won(500), won(1000))
    );
    assert_eq!(told.charge_method, "환불금에서 차감");

    let held = read("COLLECT_DONE", |claim| {
        claim["holdbackStatus"] = json!("HOLDBACK")
    });
    assert_eq!(held.deadline, None);
    assert_eq!(
        read("RETURN_DONE", |_| ()).deadline,
        None,
        "nothing is left to do"
    );
    let silent = read("COLLECT_DONE", |claim| {
        claim["refundExpectedDate"].take();
        claim["etcFeeDemandAmount"] = json!("much");
    });
    assert_eq!((silent.deadline, silent.extra_charge), (None, None));
}

#[test]
fn a_page_with_a_bad_row_loses_only_that() {
    let mut page = page();
    page["data"][0]["productOrder"]["quantity"] = json!("many");
    page["data"][0]["productOrder"]["initialQuantity"] = json!("many");
    let parsed = orders(&page, DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(parsed.rejected.len(), 1);
    assert_eq!(parsed.rejected[0].channel_order_id, "2026112710000001");
    assert_eq!(
        parsed.orders[0].lines.len(),
        1,
        "the order's other line stays"
    );
    let nameless = json!({"data": [{"error": 1}, {}]});
    assert!(orders(&nameless, DateTime::UNIX_EPOCH).is_err());
}

#[test]
fn states_map_by_both_words() {
    let table = [
        ("PAYED", "NOT_YET", LineState::Placed),
        ("PAYED", "CANCEL", LineState::Placed),
        ("PAYED", "OK", LineState::Acknowledged),
        ("DELIVERING", "OK", LineState::Dispatched),
        ("DELIVERED", "OK", LineState::Delivered),
        ("EXCHANGED", "OK", LineState::Delivered),
        ("PURCHASE_DECIDED", "OK", LineState::Confirmed),
        ("CANCELED", "", LineState::Cancelled),
        ("RETURNED", "OK", LineState::Returned),
        ("NEW_WORD", "OK", LineState::Unknown("NEW_WORD".to_owned())),
    ];
    for (status, place, expected) in table {
        let detail = changed(0, |row| {
            row["productOrder"]["productOrderStatus"] = json!(status);
            row["productOrder"]["placeOrderStatus"] = json!(place);
        });
        assert_eq!(state(&detail.product), expected, "{status} {place}");
    }
}

/// What a dispatch of all that is left is told after a look at `detail`.
fn judged(detail: &Detail) -> &'static str {
    let line = seen_line(detail);
    let packed = vec![PackedLine {
        channel_line_id: line.channel_line_id.clone(),
        quantity: line.quantity - line.cancelled,
    }];
    let facts = ParcelFacts {
        parcel: ParcelSight::Seen(parcel(detail)),
        claims: claims(detail, DateTime::UNIX_EPOCH).unwrap(),
        reads: Vec::new(),
    };
    let id = &detail.product.product_order_id;
    match facts.judge(&Cargo::new(&detail.order.order_id, id, packed)) {
        Judgement::Clear => "CLEAR",
        Judgement::AlreadyDispatched { .. } => "ALREADY_DISPATCHED",
        Judgement::Blocked { reason, .. } => reason,
    }
}

#[test]
fn every_running_claim_stops_a_dispatch_and_no_ended_one_does() {
    let with = |claim_type: &str, key: &str, status: &str| {
        changed(1, |row| {
            row["productOrder"]["claimType"] = json!(claim_type);
            row["productOrder"]["claimStatus"] = json!(status);
            row["productOrder"]["claimId"] = json!("7");
            if key != "none" {
                row["currentClaim"] = json!({key: {"claimId": "7", "claimStatus": status}});
            }
        })
    };
    assert_eq!(judged(&detail(0)), "PARCEL_NOT_ACKNOWLEDGED");
    assert_eq!(judged(&detail(1)), "CLEAR");
    let table = [
        ("CANCEL", "cancel", "CANCEL_REQUEST", "CANCEL_REQUESTED"),
        ("CANCEL", "cancel", "CANCELING", "CANCEL_REQUESTED"),
        ("CANCEL", "cancel", "CANCEL_DONE", "ORDER_CANCELLED"),
        ("CANCEL", "cancel", "CANCEL_REJECT", "CLEAR"),
        ("CANCEL", "none", "", "CLEAR"),
        ("CANCEL", "cancel", "", "CANCEL_REQUESTED"),
        ("CANCEL", "cancel", "NEW_WORD", "CANCEL_REQUESTED"),
        (
            "ADMIN_CANCEL",
            "none",
            "ADMIN_CANCELING",
            "CANCEL_REQUESTED",
        ),
        ("ADMIN_CANCEL", "none", "ADMIN_CANCEL_REJECT", "CLEAR"),
        ("RETURN", "return", "RETURN_REQUEST", "CLAIM_OPEN"),
        ("RETURN", "return", "COLLECTING", "CLAIM_OPEN"),
        ("RETURN", "return", "RETURN_REJECT", "CLEAR"),
        ("EXCHANGE", "exchange", "EXCHANGE_REQUEST", "CLAIM_OPEN"),
        ("EXCHANGE", "exchange", "COLLECT_DONE", "CLAIM_OPEN"),
        ("EXCHANGE", "exchange", "EXCHANGE_DONE", "CLEAR"),
        ("NEW_KIND", "none", "NEW_WORD", "CANCEL_REQUESTED"),
        (
            "PURCHASE_DECISION_HOLDBACK",
            "none",
            "PURCHASE_DECISION_HOLDBACK",
            "CLEAR",
        ),
    ];
    for (claim_type, key, status, expected) in table {
        let judged = judged(&with(claim_type, key, status));
        assert_eq!(judged, expected, "{claim_type} {status}");
    }
}

#[test]
fn a_running_claim_counts_wherever_it_stands() {
    let in_row_only = changed(1, |row| {
        row["productOrder"]["claimType"] = json!("CANCEL");
        row["productOrder"]["claimStatus"] = json!("CANCEL_REQUEST");
    });
    assert_eq!(judged(&in_row_only), "CANCEL_REQUESTED");
    assert_eq!(seen_line(&in_row_only).held, 1);
    let in_claims_only = changed(1, |row| {
        row["currentClaim"] = json!({"cancel": {"claimId": "7", "claimStatus": "CANCEL_REQUEST"}});
    });
    assert_eq!(judged(&in_claims_only), "CANCEL_REQUESTED");
    let partly = detail(3);
    assert_eq!(judged(&partly), "CANCEL_REQUESTED");
    let line = seen_line(&partly);
    assert_eq!((line.quantity, line.cancelled, line.held), (3, 1, 1));
}

#[test]
fn a_cancel_that_the_row_tells_of_stops_a_dispatch_whatever_is_listed() {
    let ended = |id: &str| json!([{"claimId": id, "claimType": "CANCEL", "claimStatus": "CANCEL_REJECT", "requestQuantity": 1}]);
    let table = [
        json!({"claimStatus": "CANCEL_REQUEST"}),
        json!({"claimStatus": "CANCEL_REQUEST", "claimType": "CANCEL"}),
        json!({"claimStatus": "CANCEL_REQUEST", "claimType": "CANCEL", "claimId": "7"}),
        json!({"claimStatus": "CANCEL_REQUEST", "claimType": "CANCEL", "claimId": "8"}),
        json!({"claimStatus": "NEW_WORD"}),
    ];
    for words in table {
        let detail = changed(1, |row| {
            for (field, word) in words.as_object().unwrap() {
                row["productOrder"][field] = word.clone();
            }
            row["completedClaims"] = ended("7");
        });
        assert_eq!(judged(&detail), "CANCEL_REQUESTED", "{words}");
        assert_eq!(seen_line(&detail).held, 1, "{words}");
        let claims = claims(&detail, DateTime::UNIX_EPOCH).unwrap();
        let ids: HashSet<_> = claims.iter().map(|claim| &claim.channel_claim_id).collect();
        assert_eq!(ids.len(), claims.len(), "each claim once: {words}");
    }
    let quiet = changed(1, |row| row["completedClaims"] = ended("7"));
    assert_eq!(judged(&quiet), "CLEAR");
}

/// Taken back, a claim stands among those that are over with the word of its request.
#[test]
fn a_claim_that_was_taken_back_is_over_unless_the_row_says_otherwise() {
    let table = [
        ("CANCEL_REQUEST", "", "CLEAR"),
        ("RETURN_REQUEST", "", "CLEAR"),
        ("CANCEL_REQUEST", "CANCEL_DONE", "CLEAR"),
        ("CANCEL_REQUEST", "CANCEL_REQUEST", "CANCEL_REQUESTED"),
        ("NEW_WORD", "", "CANCEL_REQUESTED"),
    ];
    for (listed, of_row, expected) in table {
        let detail = changed(1, |row| {
            row["productOrder"]["claimStatus"] = json!(of_row);
            row["completedClaims"] =
                json!([{"claimId": "7", "claimType": "CANCEL", "claimStatus": listed}]);
        });
        assert_eq!(judged(&detail), expected, "{listed} {of_row}");
    }
    let withdrawn = changed(1, |row| {
        row["completedClaims"] =
            json!([{"claimId": "7", "claimType": "CANCEL", "claimStatus": "CANCEL_REQUEST"}]);
    });
    let claim = claims(&withdrawn, DateTime::UNIX_EPOCH).unwrap().remove(0);
    assert_eq!(claim.state, crate::domain::claim::ClaimState::Withdrawn);
    assert_eq!(claim.actions, []);
}

#[test]
fn a_running_claim_that_cannot_be_told_is_no_absence_of_claims() {
    let unstated = changed(1, |row| {
        row["currentClaim"] = json!({"cancel": {"claimId": "7"}})
    });
    assert_eq!(judged(&unstated), "CANCEL_REQUESTED");
    for strange in [
        json!([]),
        json!("7"),
        json!({"newKind": {"claimId": "7"}}),
        json!({"cancel": []}),
    ] {
        let mut row = page()["data"][1].take();
        row["currentClaim"] = strange;
        let claims = Detail::read(&row).unwrap().claims;
        assert_eq!(claims.unwrap_err().field, "currentClaim");
    }
    for nothing in [json!(null), json!({}), json!({"cancel": null})] {
        let quiet = changed(1, |row| row["currentClaim"] = nothing);
        assert_eq!(judged(&quiet), "CLEAR");
    }
}

#[test]
fn an_order_is_collected_and_held_though_a_claim_of_it_cannot_be_read() {
    let mut row = page()["data"][1].take();
    row["completedClaims"] = json!([{"claimId": "?", "claimType": "CANCEL"}]);
    let parsed = orders(&json!([row]), DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(parsed.rejected, Vec::new());
    let line = &parsed.orders[0].lines[0];
    assert_eq!((line.quantity, line.held_quantity), (1, 1));
    let detail = Detail::read(&row).unwrap();
    assert!(claims(&detail, DateTime::UNIX_EPOCH).is_err());
}

#[test]
fn a_present_nobody_took_yet_is_held_since_it_has_no_address() {
    let waiting = changed(5, |row| {
        row["productOrder"]["placeOrderStatus"] = json!("OK")
    });
    assert_eq!(judged(&waiting), "LINE_HELD");
    assert_eq!(judged(&detail(4)), "ORDER_CANCELLED");
}
