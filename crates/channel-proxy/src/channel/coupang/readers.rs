//! Every reader of Coupang's answers in one place, for whoever looks for bytes that none of them may choke on.

use chrono::DateTime;
use serde_json::Value;

use super::claims::map as claims;
use super::errors::check;
use super::inquiries::{map as inquiries, wire as inquiries_wire};
use super::parcels::{cancel, history};
use super::products::wire as products;
use super::wire::{Envelope, box_results, transaction_id};
use super::{map, revenue, shapes};
use crate::channel::Reply;
use crate::domain::inquiry::InquiryKind;
use crate::domain::operation::CancelledLine;

const STATUSES: [u16; 8] = [200, 302, 400, 403, 412, 429, 500, 521];
/// Calls whose answers are compared with the documents.
const COMPARED: [&str; 10] = [
    "coupang.ordersheets.list",
    "coupang.return_requests.list",
    "coupang.exchange_requests.list",
    "coupang.return_withdrawals.list",
    "coupang.inquiries.list",
    "coupang.call_center_inquiries.list",
    "coupang.call_center_inquiries.get",
    "coupang.products.list",
    "coupang.vendor_items.get",
    "coupang.revenue.list",
];

/// Feeds bytes to every reader; how many of them found sense in them.
pub fn read_all(bytes: &[u8]) -> usize {
    let at = DateTime::UNIX_EPOCH;
    let mut made_sense = 0;
    let mut count = |it: bool| made_sense += usize::from(it);
    count(!transaction_id(bytes).is_empty());
    for status in STATUSES {
        count(check(&Reply::sample(status, bytes)).is_ok());
    }
    count(map::orders(bytes, at).is_ok());
    let Ok(envelope) = Envelope::read(bytes) else {
        return made_sense;
    };
    count(claims::claims(&envelope, at).is_ok());
    count(claims::exchanges(&envelope, at).is_ok());
    count(claims::withdrawals(&envelope, at).is_ok());
    count(history::events(&envelope).is_ok());
    count(box_results(&envelope).is_ok());
    count(revenue::settlements(&envelope).is_ok());
    let line = CancelledLine {
        channel_line_id: "7".to_owned(),
        quantity: 1,
        cancelled_before: 0,
    };
    cancel::answer(&[line], &Reply::sample(200, bytes), &envelope);
    if let Ok((rows, _)) = inquiries_wire::page(&envelope) {
        for kind in [InquiryKind::Product, InquiryKind::CallCenter] {
            count(inquiries::inquiries(kind, rows, at).is_ok());
        }
    }
    let rows = envelope.rows().unwrap_or_default();
    for row in rows.iter().chain([envelope.data()]) {
        count(products::product(row, at).is_ok());
        count(products::offer("7", row, at).is_ok());
    }
    if let Ok(page) = serde_json::from_slice::<Value>(bytes) {
        for api in COMPARED {
            count(shapes::shape(api).is_some_and(|shape| shape.unknown_in(&page).is_empty()));
        }
    }
    made_sense
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_makes_sense_to_somebody() {
        for sample in [
            include_str!("fixtures/ordersheets_v5.json"),
            include_str!("fixtures/return_requests_v6.json"),
            include_str!("fixtures/exchange_requests_v4.json"),
            include_str!("fixtures/return_withdraw_requests_v4.json"),
            include_str!("fixtures/online_inquiries_v5.json"),
            include_str!("fixtures/call_center_inquiries_v5.json"),
            include_str!("fixtures/seller_products_v1.json"),
            include_str!("fixtures/revenue_history_v1.json"),
        ] {
            assert!(read_all(sample.as_bytes()) > 1, "{sample}");
        }
        assert_eq!(read_all(b"<html>"), 0);
    }

    proptest::proptest! {
        /// A sample with some bytes changed is more often nearly right than arbitrary bytes are.
        #[test]
        fn no_reader_panics_on_a_sample_that_was_tampered_with(
            changes in proptest::collection::vec((0_usize..20_000, proptest::prelude::any::<u8>()), 1..6),
            which in 0_usize..4,
        ) {
            let samples: [&[u8]; 4] = [
                include_bytes!("fixtures/ordersheets_v5.json"),
                include_bytes!("fixtures/return_requests_v6.json"),
                include_bytes!("fixtures/exchange_requests_v4.json"),
                include_bytes!("fixtures/revenue_history_v1.json"),
            ];
            let mut bytes = samples[which].to_vec();
            for (at, byte) in changes {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            read_all(&bytes);
        }
    }
}
