//! Reading what a merchant tells a channel, a file per topic. The same messages stand in requests and in probes.

mod claim;
mod inquiry;
mod listing;
mod parcel;

use chrono::{DateTime, Utc};
use moa_money::{Currency, Money};
use moa_proto::moa::money::v1 as money_pb;
use moa_service::parse::parse_text;
use moa_service::{invalid_field, parse_timestamp};
use prost_types::Timestamp;
use tonic::Status;

pub use claim::claim_ref;
pub use inquiry::{inquiry_kind, inquiry_ref};
pub use listing::listing_ref;

use crate::domain::operation::{Operation, Waybill};

/// The longest note to a buyer, in characters.
const MAX_NOTE: usize = 500;

/// A message that tells a channel something.
pub trait Message {
    /// Its field in requests and probes.
    const FIELD: &'static str;

    /// What it tells.
    fn read(self) -> Result<Operation, Status>;
}

/// Reads an operation that must be there.
pub fn operation<M: Message>(message: Option<M>) -> Result<Operation, Status> {
    message
        .ok_or_else(|| invalid_field(M::FIELD, "is missing"))?
        .read()
}

fn missing(field: &str) -> Status {
    invalid_field(field, "is missing")
}

fn optional_time(field: &str, at: Option<Timestamp>) -> Result<Option<DateTime<Utc>>, Status> {
    at.map(|at| parse_timestamp(field, Some(at))).transpose()
}

fn waybill(field: &str, carrier: &str, tracking_number: &str) -> Result<Waybill, Status> {
    Ok(Waybill {
        carrier: parse_text(&format!("{field}.carrier"), carrier, 40)?,
        tracking_number: parse_text(&format!("{field}.tracking_number"), tracking_number, 40)?,
    })
}

fn quantity(field: &str, quantity: i32) -> Result<i32, Status> {
    if quantity < 1 {
        return Err(invalid_field(field, "must be at least 1"));
    }
    Ok(quantity)
}

/// A text that may be empty.
fn note(field: &str, text: &str) -> Result<String, Status> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    parse_text(field, text, MAX_NOTE)
}

fn money(field: &str, money: money_pb::Money) -> Result<Money, Status> {
    let currency = Currency::parse(&money.currency).map_err(|_| {
        invalid_field(
            &format!("{field}.currency"),
            "must be three capital letters",
        )
    })?;
    if money.amount_minor < 1 {
        return Err(invalid_field(
            &format!("{field}.amount_minor"),
            "must be at least 1",
        ));
    }
    Ok(Money {
        amount_minor: money.amount_minor,
        currency,
    })
}
