use serde_json::{Value, json};

use super::*;

const READ_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// Everything a mapped order says, contact included: the fixtures are invented.
fn render(parsed: &ParsedOrders) -> Value {
    let order = |order: &ChannelOrder| {
        let contact = &order.contact;
        json!({
            "channel_order_id": order.channel_order_id,
            "ordered_at": order.ordered_at,
            "paid_at": order.paid_at,
            "shipping_fee": order.shipping_fee.map(|fee| fee.to_string()),
            "contact": [
                contact.orderer_name, contact.orderer_phone, contact.receiver_name, contact.receiver_phone,
                contact.postcode, contact.address1, contact.address2, contact.delivery_note, contact.email,
            ],
            "lines": order.lines.iter().map(|line| format!("{line:?}")).collect::<Vec<_>>(),
        })
    };
    json!({
        "orders": parsed.orders.iter().map(order).collect::<Vec<_>>(),
        "rejected": parsed.rejected.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>(),
    })
}

fn parse(fixture: &str) -> ParsedOrders {
    orders(fixture.as_bytes(), READ_AT).unwrap()
}

#[test]
fn a_v5_page_maps_to_our_words() {
    let parsed = parse(include_str!("fixtures/ordersheets_v5.json"));
    insta::assert_json_snapshot!(render(&parsed));
}

#[test]
fn a_v4_page_maps_to_the_same_words() {
    let parsed = parse(include_str!("fixtures/ordersheets_v4.json"));
    insta::assert_json_snapshot!(render(&parsed));
}

#[test]
fn a_page_with_bad_rows_loses_only_those() {
    let parsed = parse(include_str!("fixtures/ordersheets_bad_rows.json"));
    assert_eq!(parsed.orders.len(), 1);
    insta::assert_json_snapshot!(render(&parsed));
}

#[test]
fn a_page_whose_rows_name_no_order_is_garbage_and_an_empty_page_is_not() {
    let page = |data: Value| {
        orders(
            json!({"code": 200, "data": data}).to_string().as_bytes(),
            READ_AT,
        )
    };
    for garbage in [
        json!({"unexpected": 1}),
        json!([{"unexpected": 1}, 7]),
        json!("no"),
        json!(null),
    ] {
        assert!(page(garbage.clone()).is_err(), "{garbage}");
    }
    assert_eq!(page(json!([])), Ok(ParsedOrders::default()));
    assert_eq!(page(json!([{"orderId": 1}])).unwrap().rejected.len(), 1);
}

#[test]
fn an_unknown_state_is_kept_with_its_word() {
    assert_eq!(state("HOVERING"), LineState::Unknown("HOVERING".to_owned()));
    let long = "X".repeat(100);
    assert_eq!(state(&long), LineState::Unknown("X".repeat(40)));
}

#[test]
fn phones_of_both_renderings_are_one_number() {
    assert_eq!(phone("+825021234567"), "05021234567");
    assert_eq!(phone("+8205021234567"), "05021234567");
    assert_eq!(phone("0502-123-4567"), "05021234567");
    assert_eq!(phone(""), "");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_mapping_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = orders(&bytes, READ_AT);
    }

    /// Any cut of a real page is refused or read, never a panic.
    #[test]
    fn no_cut_of_a_page_makes_the_mapping_panic(cut in 0usize..3000, put in ".{0,3}") {
        let page = include_str!("fixtures/ordersheets_v5.json");
        let at = page.char_indices().map(|(i, _)| i).nth(cut).unwrap_or(page.len());
        let (head, tail) = page.split_at(at);
        let _ = orders(format!("{head}{put}{tail}").as_bytes(), READ_AT);
        let _ = orders(head.as_bytes(), READ_AT);
    }
}
