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

/// Fields and their JSON.
type Told = [(&'static str, &'static str)];

/// The first line of a v5 page whose amounts are set to these, each a JSON text; the others are not told.
fn line_with(amounts: &[(&str, &str)]) -> Result<ChannelOrderLine, String> {
    let mut page: Value =
        serde_json::from_str(include_str!("fixtures/ordersheets_v5.json")).unwrap();
    let item = page["data"][0]["orderItems"][0].as_object_mut().unwrap();
    for field in [
        "discountPrice",
        "instantCouponDiscount",
        "downloadableCouponDiscount",
        "coupangDiscount",
    ] {
        item.remove(field);
    }
    for (field, json) in amounts {
        item.insert((*field).to_owned(), serde_json::from_str(json).unwrap());
    }
    let mut parsed = orders(page.to_string().as_bytes(), READ_AT).unwrap();
    match parsed.rejected.pop() {
        Some(row) => Err(row.reason),
        None => Ok(parsed.orders.remove(0).lines.remove(0)),
    }
}

#[test]
fn discounts_are_told_apart_by_who_bears_them_when_the_parts_make_up_the_whole() {
    // The line costs 18,000 won: what is paid, all discounts, the seller's.
    let table: &[(&Told, i64, Option<i64>, Option<i64>)] = &[
        (&[], 18_000, None, None),
        (&[("discountPrice", "null")], 18_000, Some(0), Some(0)),
        (&[("discountPrice", "1000")], 17_000, Some(1000), None),
        (
            &[
                ("discountPrice", "4200"),
                ("instantCouponDiscount", "2700"),
                ("downloadableCouponDiscount", "500"),
                ("coupangDiscount", "1000"),
            ],
            13_800,
            Some(4200),
            Some(3200),
        ),
        (
            &[("discountPrice", "700"), ("coupangDiscount", "700")],
            17_300,
            Some(700),
            Some(0),
        ),
        (
            &[("discountPrice", "900"), ("coupangDiscount", "700")],
            17_100,
            Some(900),
            None,
        ),
        (
            &[("discountPrice", "null"), ("instantCouponDiscount", "300")],
            17_700,
            Some(300),
            Some(300),
        ),
    ];
    for (told, paid, total, by_merchant) in table {
        let line = line_with(told).unwrap();
        assert_eq!(line.line_total, Some(Money::krw(*paid)), "{told:?}");
        assert_eq!(line.discounts.total, total.map(Money::krw), "{told:?}");
        assert_eq!(
            line.discounts.by_merchant,
            by_merchant.map(Money::krw),
            "{told:?}"
        );
        assert_eq!(line.expected_settlement, None, "told when it settles");
    }
}

#[test]
fn an_amount_that_is_only_shown_costs_no_order() {
    let told = line_with(&[("coupangDiscount", "-1"), ("discountPrice", "700")]).unwrap();
    assert_eq!(told.line_total, Some(Money::krw(17_300)));
    assert_eq!(told.discounts, Discounts::new(Some(Money::krw(700)), None));
    for absurd in ["9223372036854775808", "-700", "0.5", "{}"] {
        let line = line_with(&[("discountPrice", absurd)]).unwrap();
        assert_eq!(line.line_total, None, "{absurd}: what is paid is not known");
        assert_eq!(line.discounts.total, None, "{absurd}");
    }
    let most = "9223372036854775807";
    let line = line_with(&[("instantCouponDiscount", most), ("coupangDiscount", most)]);
    assert_eq!(
        line.unwrap().discounts,
        Discounts::default(),
        "a sum beyond all bounds is none"
    );
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
