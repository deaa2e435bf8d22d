use chrono::{DateTime, Utc};
use moa_money::Money;
use serde_json::{Value, json};

use super::map::{claims, exchanges, withdrawals};
use crate::channel::coupang::wire::Envelope;
use crate::domain::claim::{Address, ChannelClaim};
use crate::domain::claim_deadline::ClaimDeadline;

const READ_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// Everything a mapped claim says, contact included: the fixtures are invented.
fn render((claims, rejected): super::map::ReadClaims) -> Value {
    let address = |a: &Address| json!([a.name, a.phone, a.postcode, a.address1, a.address2]);
    let claim = |claim: &ChannelClaim| {
        json!({
            "claim": format!("{claim:?}"),
            "collect": address(&claim.contact.collect),
            "deliver": address(&claim.contact.deliver),
            "buyer_note": claim.contact.buyer_note,
        })
    };
    json!({
        "claims": claims.iter().map(claim).collect::<Vec<_>>(),
        "rejected": format!("{rejected:?}"),
    })
}

fn envelope(body: &str) -> Envelope {
    Envelope::read(body.as_bytes()).unwrap()
}

#[test]
fn claims_map_by_what_was_released() {
    let page = envelope(include_str!("../fixtures/return_requests_v6.json"));
    insta::assert_json_snapshot!(render(claims(&page, READ_AT).unwrap()));
}

#[test]
fn what_coupang_refunds_by_itself_has_a_deadline_while_the_seller_may_act() {
    let page: Value =
        serde_json::from_str(include_str!("../fixtures/return_requests_v6.json")).unwrap();
    let read = |row: usize, change: &dyn Fn(&mut Value)| {
        let mut page = json!({"code": 200, "data": [page["data"][row]]});
        change(&mut page["data"][0]);
        let (mut read, _) = claims(&envelope(&page.to_string()), READ_AT).unwrap();
        read.remove(0)
    };
    let at = |text: &str| text.parse::<DateTime<Utc>>().ok();
    // A stop: nobody says when.
    let stop = read(0, &|_| ());
    assert_eq!(stop.deadline, Some(ClaimDeadline::refunded_by_rule(None)));
    // A return: nothing happens by itself before the goods are back, and three working days later it does.
    let asked = read(3, &|_| ());
    assert_eq!(asked.deadline, None);
    let back = read(3, &|row| {
        row["receiptStatus"] = json!("VENDOR_WAREHOUSE_CONFIRM");
        row["modifiedAt"] = json!("2026-03-05T11:00:00+09:00");
        row["enclosePrice"] = json!({"currencyCode": "KRW", "units": 3000, "nanos": 0});
    });
    let due = at("2026-03-10T02:00:00Z");
    assert_eq!(
        back.deadline,
        Some(ClaimDeadline::refunded_by_rule(None)),
        "an edit is no confirmation"
    );
    assert_eq!(back.enclosed_charge, Some(Money::krw(3000)));
    let confirmed = read(3, &|row| {
        row["receiptStatus"] = json!("VENDOR_WAREHOUSE_CONFIRM");
        row["modifiedAt"] = json!("2026-03-06T11:00:00+09:00");
        row["completeConfirmDate"] = json!("2026-03-05T11:00:00");
    });
    assert_eq!(
        confirmed.deadline,
        Some(ClaimDeadline::refunded_by_rule(due))
    );
    // One whose money is gone has none, and a charge that is none loses no claim.
    let done = read(4, &|row| row["enclosePrice"] = json!("much"));
    assert_eq!((done.deadline, done.enclosed_charge), (None, None));
}

#[test]
fn exchanges_map_by_how_far_the_goods_are() {
    let page = envelope(include_str!("../fixtures/exchange_requests_v4.json"));
    insta::assert_json_snapshot!(render(exchanges(&page, READ_AT).unwrap()));
}

#[test]
fn withdrawals_name_their_claim_and_the_next_page() {
    let page = envelope(include_str!("../fixtures/return_withdraw_requests_v4.json"));
    assert_eq!(page.next_token, "2");
    insta::assert_json_snapshot!(render(withdrawals(&page, READ_AT).unwrap()));
}
