use e2e::{LedgerEntry, OrderLine};
use serde_json::{Value, json};

use super::*;
use crate::orders::Step;

fn key(id: &str) -> Key {
    ("coupang".to_owned(), id.to_owned())
}

fn placed(parcel: &str, cancelled: bool) -> Placed {
    Placed {
        kind: Kind::Physical,
        parcels: vec![parcel.to_owned()],
        tracking_number: "601200000001".to_owned(),
        cancelled,
        step: Step::Sent,
    }
}

fn shown(id: &str, parcel: &str, state: &str) -> Order {
    Order {
        id: format!("ours-{id}"),
        channel: "coupang".to_owned(),
        channel_account_id: "account".to_owned(),
        channel_order_id: id.to_owned(),
        state: state.to_owned(),
        shipment_state: None,
        hold: None,
        lines: vec![OrderLine {
            id: "line".to_owned(),
            channel_line_id: "1".to_owned(),
            channel_parcel_id: parcel.to_owned(),
            product_name: String::new(),
            quantity: 1,
            state: state.to_owned(),
            kind: None,
            tracking_number: None,
        }],
    }
}

fn entry(kind: &str, parcel: Option<&str>, detail: Value) -> LedgerEntry {
    LedgerEntry {
        seq: 1,
        at: chrono::DateTime::UNIX_EPOCH,
        channel: Some("coupang".to_owned()),
        kind: kind.to_owned(),
        channel_order_id: None,
        channel_parcel_id: parcel.map(str::to_owned),
        detail,
    }
}

fn left(parcel: &str, number: &str) -> LedgerEntry {
    entry(
        "dispatched",
        Some(parcel),
        json!({"tracking_number": number}),
    )
}

fn called(path: &str, status: u16) -> LedgerEntry {
    entry(
        "call",
        None,
        json!({"method": "GET", "path": path, "status": status}),
    )
}

fn verdict(orders_placed: u64) -> Verdict {
    serde_json::from_value(json!({
        "orders_placed": orders_placed, "orders_acknowledged": 0, "dispatches_accepted": 0,
        "dispatches_after_cancel": 0, "dispatches_doubled": 0, "messages_accepted": 0, "messages_doubled": 0,
        "quota_violations": 0, "bad_signatures": 0, "shut_outs": 0,
    }))
    .unwrap()
}

fn judged(placed: &[(&str, Placed)], board: &[Order], entries: &[LedgerEntry]) -> Vec<String> {
    let placed: HashMap<Key, Placed> = placed
        .iter()
        .map(|(id, order)| (key(id), order.clone()))
        .collect();
    let mut seen = Seen::default();
    for entry in entries {
        seen.observe(entry);
    }
    violations(&placed, board, &seen, verdict(placed.len() as u64))
}

#[test]
fn nothing_is_wrong_with_an_order_that_left_once_under_its_number() {
    let found = judged(
        &[("7", placed("70", false))],
        &[shown("7", "70", "DISPATCHED")],
        &[
            left("70", "601200000001"),
            called("/a?page=1", 200),
            called("/b", 500),
        ],
    );
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn what_is_lost_invented_doubled_or_mixed_up_is_named() {
    let cases: [(&str, Vec<Order>, Vec<LedgerEntry>); 7] = [
        ("placed and not on the board", vec![], vec![]),
        (
            "twice on the board",
            vec![shown("7", "70", "PLACED"), shown("7", "70", "PLACED")],
            vec![],
        ),
        (
            "on the board and never placed",
            vec![shown("7", "70", "PLACED"), shown("8", "80", "PLACED")],
            vec![],
        ),
        (
            "left more than once",
            vec![shown("7", "70", "DISPATCHED")],
            vec![left("70", "601200000001"), left("70", "601200000001")],
        ),
        (
            "left under another number",
            vec![shown("7", "70", "DISPATCHED")],
            vec![left("70", "999999999999")],
        ),
        (
            "dispatched on the board only",
            vec![shown("7", "70", "DISPATCHED")],
            vec![],
        ),
        (
            "left and never placed",
            vec![shown("7", "70", "PLACED")],
            vec![left("90", "601200000001")],
        ),
    ];
    for (kind, board, entries) in cases {
        let found = judged(&[("7", placed("70", false))], &board, &entries);
        assert!(
            found.len() == 1 && found[0].contains(kind),
            "{kind}: {found:?}"
        );
    }
}

#[test]
fn a_refused_call_is_outside_the_documents_unless_it_looked_at_a_cancelled_order() {
    let single = "/v2/providers/openapi/apis/api/v5/vendors/A0/ordersheets/70";
    let list = "/v2/providers/openapi/apis/api/v5/vendors/A0/ordersheets?createdAtFrom=x";
    let board = [shown("7", "70", "CANCELLED")];
    for (path, cancelled, wrong) in [(single, true, 0), (single, false, 1), (list, true, 1)] {
        let found = judged(
            &[("7", placed("70", cancelled))],
            &board,
            &[called(path, 400)],
        );
        assert_eq!(found.len(), wrong, "{path}: {found:?}");
    }
}

#[test]
fn an_order_that_was_cancelled_before_any_list_showed_it_is_not_missing() {
    assert!(judged(&[("7", placed("70", true))], &[], &[]).is_empty());
}
