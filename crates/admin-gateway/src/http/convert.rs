//! Small bridges between the contracts of other services and our JSON.

use chrono::{DateTime, Utc};
use moa_proto::moa::money::v1 as pb;
use prost_types::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An amount in the currency's minor unit. Won has no minor unit: 19,000 won is 19000.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Money {
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

impl From<pb::Money> for Money {
    fn from(money: pb::Money) -> Self {
        Self {
            amount_minor: money.amount_minor,
            currency: money.currency,
        }
    }
}

/// An empty text of a contract is an absent value of ours.
pub fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A time of a contract; none when absent or no time at all.
pub fn time(at: Option<Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

/// A time that its contract promises: 1970 shows a broken promise without failing the whole list.
pub fn time_or_epoch(at: Option<Timestamp>) -> DateTime<Utc> {
    time(at).unwrap_or_default()
}
