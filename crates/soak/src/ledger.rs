//! What the outside world saw, folded as it is read.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use e2e::LedgerEntry;
use serde_json::Value;

use crate::orders::Key;

/// Statuses by which a channel says that a call is outside its documents.
const OUTSIDE: [u64; 6] = [400, 404, 405, 412, 415, 422];

/// The fold.
#[derive(Debug, Default)]
pub struct Seen {
    /// Number of the last entry.
    pub last: u64,
    /// Tracking numbers taken for each parcel.
    pub uploads: HashMap<Key, Vec<String>>,
    /// Calls refused as outside the documents.
    pub refused: Vec<RefusedCall>,
    /// Calls by channel and status.
    pub calls: BTreeMap<(String, u64), u64>,
    /// Requests that the hub refused as made at the wrong moment, by reason.
    pub refusals: BTreeMap<String, u64>,
    /// Entries by kind and, of refusals, code; without calls.
    pub kinds: BTreeMap<String, u64>,
    /// Seconds from an order's place in the lists to the acknowledgement of each of its parcels.
    pub acknowledged_after: Vec<f64>,
    visible_at: HashMap<Key, DateTime<Utc>>,
}

/// A call that a channel refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCall {
    pub channel: String,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub status: u64,
}

impl Seen {
    /// Adds an entry.
    pub fn observe(&mut self, entry: &LedgerEntry) {
        self.last = entry.seq;
        let channel = entry.channel.clone().unwrap_or_default();
        if entry.kind == "call" {
            self.called(channel, &entry.detail);
            return;
        }
        let code = entry.detail.get("code").and_then(Value::as_str);
        let kind = code.map_or(entry.kind.clone(), |code| format!("{} {code}", entry.kind));
        *self.kinds.entry(kind).or_default() += 1;
        let order = entry.channel_order_id.clone();
        let parcel = entry.channel_parcel_id.clone();
        match (entry.kind.as_str(), order, parcel) {
            ("order_placed", Some(order), _) => {
                self.visible_at
                    .insert((channel, order), shown_at(entry).unwrap_or(entry.at));
            }
            ("acknowledged", Some(order), Some(_)) => {
                if let Some(at) = self.visible_at.get(&(channel, order)) {
                    self.acknowledged_after
                        .push((entry.at - at).as_seconds_f64());
                }
            }
            ("dispatched", _, Some(parcel)) => {
                let number = text(&entry.detail, "tracking_number");
                self.uploads
                    .entry((channel, parcel))
                    .or_default()
                    .push(number);
            }
            _ => {}
        }
    }

    /// Whether a parcel has left.
    pub fn has_left(&self, channel: &str, parcel: &str) -> bool {
        self.uploads
            .contains_key(&(channel.to_owned(), parcel.to_owned()))
    }

    fn called(&mut self, channel: String, detail: &Value) {
        let status = detail
            .get("status")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        if OUTSIDE.contains(&status) {
            self.refused.push(RefusedCall {
                channel: channel.clone(),
                method: text(detail, "method"),
                path: text(detail, "path"),
                status,
            });
        }
        *self.calls.entry((channel, status)).or_default() += 1;
    }
}

/// When lists show an order.
fn shown_at(placed: &LedgerEntry) -> Option<DateTime<Utc>> {
    placed.detail.get("visible_at")?.as_str()?.parse().ok()
}

fn text(detail: &Value, member: &str) -> String {
    let found = detail.get(member).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}
