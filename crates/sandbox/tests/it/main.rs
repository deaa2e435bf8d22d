//! The sandbox as its callers meet it: real calls over loopback, signed by an implementation of the tests' own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod acknowledge;
mod collection;
mod control;
mod exchanges;
mod faults;
mod gate;
mod hub;
mod inquiries;
mod invoices;
mod lag;
mod money;
mod orders;
mod page;
mod places;
mod products;
mod quirks;
mod rates;
mod restart;
mod returned;
mod returns;
mod seller_cancel;
mod shut_out;
mod slack;
mod smartstore_buyers;
mod smartstore_claims;
mod smartstore_desk;
mod smartstore_dispatch;
mod smartstore_faults;
mod smartstore_gate;
mod smartstore_goods;
mod smartstore_hub;
mod smartstore_orders;
mod solapi;
mod speed;
mod split;
mod verdict;
