use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::channel::json::answer;

#[test]
fn codes_read_as_number_or_text_and_data_as_object_or_array() {
    for body in [
        json!({"code": 200, "message": "OK", "data": [{"a": 1}]}),
        json!({"code": "200", "message": "OK", "data": {"a": 1}}),
    ] {
        let envelope = Envelope::read(body.to_string().as_bytes()).unwrap();
        assert!(envelope.is_success());
        assert_eq!(envelope.rows().unwrap().len(), 1);
    }
    let envelope = Envelope::read(br#"{"code":200,"message":"OK","data":null}"#).unwrap();
    assert!(
        envelope.rows().is_err(),
        "no rows is not the same as an empty page"
    );
}

#[test]
fn money_reads_in_both_renderings_and_refuses_another_currency() {
    let read = |value: Value| money(answer(&json!({"p": value})).root(), "p");
    let amount = Some(Money::krw(19000));
    assert_eq!(
        read(json!({"currencyCode": "KRW", "units": 19000, "nanos": 0})),
        Ok(amount)
    );
    assert_eq!(
        read(json!({"currencyCode": "KRW", "units": "19000"})),
        Ok(amount)
    );
    assert_eq!(read(json!(19000)), Ok(amount));
    assert_eq!(read(json!(19000.0)), Ok(amount));
    assert_eq!(read(json!(null)), Ok(None));
    assert!(read(json!({"currencyCode": "TWD", "units": 1})).is_err());
    assert!(read(json!("much")).is_err());
}

#[test]
fn times_read_with_an_offset_or_as_korean_time() {
    let expected = DateTime::parse_from_rfc3339("2026-03-01T01:15:30Z").unwrap();
    for text in [
        "2026-03-01T10:15:30.000000+09:00",
        "2026-02-28T17:15:30-08:00",
        "2026-03-01T10:15:30",
        "2026-03-01 10:15:30",
    ] {
        assert_eq!(
            instant(answer(&json!({"t": text})).root(), "t"),
            Some(expected.into()),
            "{text}"
        );
    }
    assert_eq!(instant(answer(&json!({"t": ""})).root(), "t"), None);
}

#[test]
fn an_id_is_digits_and_keeps_all_of_them() {
    let read = |value: Value| id(answer(&json!({"i": value})).root(), "i");
    assert_eq!(
        read(json!(642_538_970_006_401_429_u64)).unwrap(),
        "642538970006401429"
    );
    assert_eq!(
        read(json!("642538970006401429")).unwrap(),
        "642538970006401429"
    );
    for wrong in [
        json!(null),
        json!(""),
        json!(1.5),
        json!(-1),
        json!("1;drop"),
        json!([1]),
    ] {
        assert!(read(wrong).is_err());
    }
}

/// The fields that any reader here looks at.
const KEYS: &[&str] = &[
    "code",
    "data",
    "message",
    "nextToken",
    "hasNext",
    "content",
    "pagination",
    "currentPage",
    "totalPages",
    "orderItems",
    "shipmentBoxId",
    "orderId",
    "status",
    "vendorItemId",
    "shippingCount",
    "orderedAt",
    "salesPrice",
    "units",
    "currencyCode",
    "responseList",
    "splitShipping",
    "ableSplitShipping",
    "receiver",
    "cancelCount",
    "returnItems",
    "receiptId",
    "returnDeliveryDtos",
    "returnShippingCharge",
    "deliveryInvoiceNo",
    "exchangeId",
    "exchangeStatus",
    "exchangeItemDtoV1s",
    "orderItemId",
    "quantity",
    "exchangeAddressDtoV1",
    "deliveryInvoiceGroupDtos",
    "deliveryInvoiceDtos",
    "cancelId",
    "createdAt",
    "details",
    "deliveryStatus",
    "updatedAt",
    "inquiryId",
    "commentDtoList",
    "orderIds",
    "replies",
    "parentAnswerId",
    "needAnswer",
    "inquiryAt",
    "sellerProductId",
    "items",
    "salePrice",
    "amountInStock",
    "onSale",
    "statusName",
    "saleType",
    "deliveryFee",
    "amount",
    "saleAmount",
    "serviceFee",
    "couranteeFee",
    "saleDate",
    "failedVendorItemIds",
    "receiptMap",
    "orderPrice",
    "discountPrice",
    "instantCouponDiscount",
    "downloadableCouponDiscount",
    "coupangDiscount",
    "units",
];

/// Values that readers take for something: near misses find more than noise does.
const WORDS: &[&str] = &[
    "SALE",
    "REFUND",
    "RECEIPT",
    "PROGRESS",
    "ACCEPT",
    "KRW",
    "0",
    "1",
    "2026-02-29",
    "2026-03-01T10:15:30+09:00",
    "9999999999999999999",
    "requestAnswer",
    "vendor",
    "",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        proptest::sample::select(WORDS).prop_map(Value::from),
    ];
    let keys = proptest::sample::select(KEYS);
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(keys.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn read_every_way(value: &Value) {
    use crate::channel::coupang::{claims, inquiries, map, parcels, products, revenue};
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let body = value.to_string();
    let read = answer(value);
    let value = read.root();
    let _ = OrderSheet::read(value);
    let _ = claims::wire::ReturnRequest::read(value).map(|row| claims::map::claim(row, now));
    let _ = claims::wire::Exchange::read(value).map(|row| claims::map::exchange(row, now));
    let _ = claims::wire::Withdrawal::read(value);
    let _ = inquiries::wire::Question::read(value).map(|row| inquiries::map::question(row, now));
    let _ = inquiries::wire::Counsel::read(value).map(|row| inquiries::map::counsel(row, now));
    let _ = products::wire::product(value, now);
    let _ = products::wire::offer("1", value, now);
    let _ = map::orders(body.as_bytes(), now);
    let Ok(envelope) = Envelope::read(body.as_bytes()) else {
        return;
    };
    let _ = box_results(&envelope);
    let _ = map::sheets(&envelope, now);
    let _ = claims::map::claims(&envelope, now);
    let _ = claims::map::exchanges(&envelope, now);
    let _ = claims::map::withdrawals(&envelope, now);
    let _ = inquiries::wire::page(&envelope);
    let _ = parcels::history::events(&envelope);
    let _ = revenue::settlements(&envelope);
}

proptest! {
    /// Every reader of every kind of answer: whatever comes, it is read or refused.
    #[test]
    fn no_answer_makes_a_reader_panic(value in any_json()) {
        read_every_way(&value);
    }

    #[test]
    fn no_body_makes_a_reader_panic(data in any_json(), code in "200|400|SUCCESS|") {
        let body = serde_json::json!({"code": code, "data": data});
        read_every_way(&body);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Envelope::read(&bytes);
    }
}
