//! The SQL of this service: rows in, domain values out.

pub(crate) mod accesses;
pub(crate) mod accounts;
pub(crate) mod answer_templates;
pub(crate) mod claim_details;
pub(crate) mod claims;
pub(crate) mod contacts;
pub(crate) mod coverage;
pub(crate) mod coverage_gaps;
pub(crate) mod cursors;
pub(crate) mod inquiries;
pub(crate) mod inquiry_assignments;
pub(crate) mod inquiry_lists;
pub(crate) mod lines;
pub(crate) mod listings;
pub(crate) mod order_lists;
pub(crate) mod orders;
pub(crate) mod overlaps;
pub(crate) mod parked_rows;
pub(crate) mod people;
pub(crate) mod product_walks;
pub(crate) mod raw_pages;
pub(crate) mod rereads;
pub(crate) mod retention;
pub(crate) mod sweeps;
pub(crate) mod whereabouts;
pub(crate) mod windows;

use chrono::{DateTime, Utc};
use moa_money::Currency;
use serde_json::Value;

use crate::Error;

/// Times of facts as stored: microseconds, in the order of the fields; none when one read showed everything.
fn times_to_json(times: &[DateTime<Utc>]) -> Option<Value> {
    (!times.is_empty()).then(|| times.iter().map(DateTime::timestamp_micros).collect())
}

fn times_from_json(stored: Option<&Value>) -> Vec<DateTime<Utc>> {
    let Some(Value::Array(micros)) = stored else {
        return Vec::new();
    };
    let times = micros
        .iter()
        .map(|micros| DateTime::from_timestamp_micros(micros.as_i64()?));
    times.collect::<Option<_>>().unwrap_or_default()
}

fn parse_currency(
    table: &'static str,
    id: &dyn std::fmt::Display,
    code: Option<String>,
) -> Result<Option<Currency>, Error> {
    code.map(|code| Currency::parse(&code))
        .transpose()
        .map_err(|error| undecodable(table, id, error))
}

fn undecodable(
    table: &'static str,
    id: &dyn std::fmt::Display,
    reason: impl std::fmt::Display,
) -> Error {
    Error::Undecodable {
        table,
        id: id.to_string(),
        reason: reason.to_string(),
    }
}
