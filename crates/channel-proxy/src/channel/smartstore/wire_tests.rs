use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::channel::smartstore::{claims, map};

const CHANGES: &str = include_str!("fixtures/changes.json");
const DETAILS: &str = include_str!("fixtures/details.json");
const LIST: &str = include_str!("fixtures/list.json");

fn read(text: &str) -> Value {
    body(text.as_bytes()).unwrap()
}

#[test]
fn the_feed_names_its_rows_and_where_it_goes_on() {
    let changes = Changes::read(&read(CHANGES)).unwrap();
    let more = changes.more.unwrap();
    assert_eq!(more.from, "2026-11-27T21:30:00.000+09:00");
    assert_eq!(more.sequence, "2026112711000009");
    let (paid, claimed, broken) = (&changes.rows[0], &changes.rows[1], &changes.rows[2]);
    assert!(!paid.as_ref().unwrap().tells_of_a_claim());
    assert!(claimed.as_ref().unwrap().tells_of_a_claim());
    let (order_id, error) = broken.as_ref().unwrap_err();
    assert_eq!(order_id, "2026112710000008");
    assert_eq!(error.field, "productOrderId");
}

#[test]
fn a_feed_without_a_change_has_no_data_and_is_a_page_all_the_same() {
    let empty = read(r#"{"timestamp":"2026-11-27T22:10:00.000+09:00","traceId":"x"}"#);
    assert_eq!(Changes::read(&empty), Ok(Changes::default()));
    assert_eq!(detail_rows(&empty), Ok(Vec::new()));
    let strange = json!({"data": {"lastChangedStatuses": []}});
    assert!(Changes::read(&strange).is_err(), "their key has no d");
}

#[test]
fn details_are_found_in_a_query_in_a_list_and_in_a_kept_page() {
    let query = read(DETAILS);
    assert_eq!(detail_rows(&query).unwrap().len(), 8);
    let list = read(LIST);
    assert_eq!(detail_rows(&list).unwrap().len(), 2);
    assert!(has_next(&list));
    assert!(!has_next(&query));
    let kept = json!(detail_rows(&query).unwrap());
    assert_eq!(detail_rows(&kept).unwrap().len(), 8);
    assert!(detail_rows(&json!({"data": "no"})).is_err());
}

#[test]
fn what_an_order_cannot_do_without_must_be_there_and_is_named() {
    let page = read(DETAILS);
    let row = page["data"][0].clone();
    let refused = |part: &str, field: &str, value: Value| {
        let mut row = row.clone();
        row[part][field] = value;
        Detail::read(&row).unwrap_err().field
    };
    assert_eq!(refused("order", "orderId", Value::Null), "orderId");
    assert_eq!(refused("order", "orderId", json!("1/2")), "orderId");
    for field in ["productOrderId", "productOrderStatus", "productId"] {
        assert_eq!(refused("productOrder", field, Value::Null), field);
    }
    assert_eq!(
        refused("productOrder", "initialQuantity", json!(-1)),
        "initialQuantity"
    );
    let mut claimed = page["data"][3].clone();
    claimed["currentClaim"]["cancel"]["claimId"] = json!("?");
    let detail = Detail::read(&claimed).unwrap();
    assert_eq!(detail.claims.unwrap_err().field, "claimId");
}

#[test]
fn claims_are_found_where_they_stood_until_october_too() {
    let page = read(DETAILS);
    let mut row = page["data"][3].clone();
    let claim = row["currentClaim"]["cancel"].take();
    row.as_object_mut().unwrap().remove("currentClaim");
    row["cancel"] = claim;
    assert_eq!(
        Detail::read(&row).unwrap(),
        Detail::read(&page["data"][3]).unwrap()
    );
}

#[test]
fn a_write_s_results_stand_in_two_lists_under_two_names() {
    let confirmed = json!({"data": {
        "successProductOrderInfos": [{"productOrderId": "1", "isReceiverAddressChanged": true}],
        "failProductOrderInfos": [{"productOrderId": "2", "code": 104443, "message": "이미"}],
    }});
    let results = WriteResults::read(&confirmed).unwrap();
    assert_eq!(results.succeeded, ["1"]);
    assert_eq!(results.failed[0].code, "104443");
    let dispatched = json!({"data": {"successProductOrderIds": ["3"]}});
    assert_eq!(WriteResults::read(&dispatched).unwrap().succeeded, ["3"]);
    assert!(WriteResults::read(&json!({})).is_err());
}

#[test]
fn people_never_print() {
    let printed = format!("{:?}", Detail::read(&read(DETAILS)["data"][0]));
    assert!(
        !printed.contains("홍길동") && !printed.contains("1234"),
        "{printed}"
    );
}

fn all_readers(value: &Value) {
    drop(Changes::read(value));
    drop(WriteResults::read(value));
    drop(map::orders(value, DateTime::UNIX_EPOCH));
    for row in detail_rows(value).unwrap_or_default() {
        if let Ok(detail) = Detail::read(row) {
            drop(claims::claims(&detail, DateTime::UNIX_EPOCH));
            map::parcel(&detail);
        }
    }
}

proptest! {
    /// Whatever bytes arrive: an answer or a refusal, never a panic.
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(value) = body(&bytes) {
            all_readers(&value);
        }
    }

    /// A page with one value replaced by another of any kind never panics either.
    #[test]
    fn a_page_with_a_strange_value_never_panics(at in 0usize..200, kind in 0usize..7, number in any::<i64>()) {
        for fixture in [CHANGES, DETAILS, LIST] {
            let mut page = read(fixture);
            let strange = [
                Value::Null,
                json!(number),
                json!(number.to_string()),
                json!(1.5),
                json!([]),
                json!({}),
                json!("가\u{0}나"),
            ][kind].clone();
            replace(&mut page, &mut (at + 1), &strange);
            all_readers(&page);
        }
    }
}

/// Replaces the value reached after `countdown` steps through the page.
fn replace(value: &mut Value, countdown: &mut usize, with: &Value) {
    if *countdown == 0 {
        return;
    }
    *countdown -= 1;
    if *countdown == 0 {
        *value = with.clone();
        return;
    }
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| replace(item, countdown, with)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| replace(field, countdown, with)),
        _ => {}
    }
}
