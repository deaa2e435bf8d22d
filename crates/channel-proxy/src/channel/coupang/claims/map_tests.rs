use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::map::{claims, exchanges, withdrawals};
use crate::channel::coupang::wire::Envelope;
use crate::domain::claim::{Address, ChannelClaim};

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
