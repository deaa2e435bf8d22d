//! Every reader of SmartStore's answers in one place, for whoever looks for bytes that none of them may choke on.

use chrono::DateTime;
use tokio::time::Instant;

use super::errors::check;
use super::products::goods::{Goods, found, numbers};
use super::products::look::contents;
use super::wire::{self, Changes, Detail, WriteResults};
use super::{claims, inquiries, lists, map, reads, settlements, shapes, token};
use crate::channel::Reply;
use crate::domain::inquiry::InquiryKind;

const STATUSES: [u16; 9] = [200, 204, 308, 400, 401, 403, 429, 500, 504];
/// Calls whose answers are compared with the documents.
const COMPARED: [&str; 8] = [
    "smartstore.product_orders.changes",
    "smartstore.product_orders.query",
    "smartstore.product_orders.list",
    "smartstore.product_orders.confirm",
    "smartstore.questions.list",
    "smartstore.inquiries.list",
    "smartstore.products.search",
    "smartstore.settlements.cases",
];

/// Feeds bytes to every reader; how many of them found sense in them.
pub fn read_all(bytes: &[u8]) -> usize {
    let at = DateTime::UNIX_EPOCH;
    let mut made_sense = 0;
    let mut count = |it: bool| made_sense += usize::from(it);
    for status in STATUSES {
        count(check(&Reply::sample(status, bytes)).is_ok());
    }
    let Ok(body) = wire::body(bytes) else {
        return made_sense;
    };
    count(Changes::read(&body).is_ok_and(|changes| changes.rows.iter().any(Result::is_ok)));
    count(wire::has_next(&body));
    count(map::orders(&body, at).is_ok());
    count(lists::raw(Some(&body)).len() > 2);
    count(WriteResults::read(&body).is_ok());
    count(reads::ids(&body).is_ok_and(|ids| !ids.is_empty()));
    count(token::read(&body, Instant::now()).is_ok());
    for row in wire::detail_rows(&body).unwrap_or_default() {
        let Ok(detail) = Detail::read(row) else {
            continue;
        };
        count(claims::claims(&detail, at).is_ok());
        count(!reads::events(&detail).is_empty());
        map::parcel(&detail);
        map::seen_line(&detail);
    }
    for list in ["contents", "content"] {
        let rows = body.get(list).and_then(serde_json::Value::as_array);
        for row in rows.into_iter().flatten() {
            for kind in [InquiryKind::Product, InquiryKind::Order] {
                count(inquiries::map::inquiry(kind, row, at).is_ok());
            }
        }
    }
    for product in contents(&body).unwrap_or_default() {
        let shown = product
            .get("channelProducts")
            .and_then(serde_json::Value::as_array);
        for product in shown.into_iter().flatten() {
            count(found(product, at).is_ok());
        }
    }
    if let Ok(goods) = Goods::read(&body) {
        for listing in ["7", "7-40001122"] {
            let offer = numbers(listing).and_then(|numbers| goods.offer(listing, numbers, at));
            count(offer.is_some());
        }
        count(!goods.listings("7").is_empty());
    }
    let elements = body.get("elements").and_then(serde_json::Value::as_array);
    for element in elements.into_iter().flatten() {
        count(settlements::settlement(element).is_ok());
    }
    for api in COMPARED {
        count(shapes::shape(api).is_some_and(|shape| shape.unknown_in(&body).is_empty()));
    }
    made_sense
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_makes_sense_to_somebody() {
        for sample in [
            include_str!("fixtures/changes.json"),
            include_str!("fixtures/details.json"),
            include_str!("fixtures/list.json"),
            include_str!("fixtures/questions.json"),
            include_str!("fixtures/inquiries.json"),
            include_str!("fixtures/products.json"),
            include_str!("fixtures/product.json"),
            include_str!("fixtures/settlements.json"),
        ] {
            assert!(read_all(sample.as_bytes()) > 2, "{sample}");
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
                include_bytes!("fixtures/changes.json"),
                include_bytes!("fixtures/details.json"),
                include_bytes!("fixtures/product.json"),
                include_bytes!("fixtures/settlements.json"),
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
