//! What the gateway and the sandbox answer, as far as stories look at it.

#![expect(
    missing_docs,
    reason = "the fields are those of the HTTP API and of the sandbox, which document them"
)]

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Order {
    pub id: String,
    pub channel: String,
    pub channel_account_id: String,
    pub channel_order_id: String,
    pub state: String,
    pub shipment_state: Option<String>,
    pub hold: Option<Hold>,
    pub lines: Vec<OrderLine>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct OrderLine {
    pub id: String,
    pub channel_line_id: String,
    pub channel_parcel_id: String,
    pub product_name: String,
    pub quantity: i32,
    pub state: String,
    pub kind: Option<String>,
    pub tracking_number: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hold {
    pub reason: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TimelineEntry {
    pub at: String,
    pub kind: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Shipment {
    pub id: String,
    pub state: String,
    pub carrier: String,
    pub tracking_number: String,
    pub hold: Option<Hold>,
    pub order_ids: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Effect {
    pub id: String,
    pub service: String,
    pub kind: String,
    pub state: String,
    pub subject_id: String,
    pub order_id: Option<String>,
    pub reason: Option<String>,
    pub attempt_count: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entitlement {
    pub id: String,
    pub order_id: String,
    pub state: String,
    pub link_sent_at: Option<String>,
    pub activated_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChannelAccount {
    pub id: String,
    pub channel: String,
    pub state: String,
    pub channel_seller_id: String,
    pub last_test: Option<ChannelAccountTest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChannelAccountTest {
    pub ok: bool,
    pub reason: Option<String>,
    pub detail: Option<String>,
}

/// A refusal (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub reason: String,
    #[serde(default)]
    pub fields: Vec<FieldProblem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldProblem {
    pub field: String,
    pub description: String,
}

/// An order as the sandbox placed it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlacedOrder {
    pub channel_order_id: String,
    pub channel_parcel_ids: Vec<String>,
}

/// The sandbox's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Verdict {
    pub orders_placed: u64,
    pub orders_acknowledged: u64,
    pub dispatches_accepted: u64,
    pub dispatches_after_cancel: u64,
    pub dispatches_doubled: u64,
    pub messages_accepted: u64,
    pub messages_doubled: u64,
    pub quota_violations: u64,
    pub bad_signatures: u64,
    pub shut_outs: u64,
}

impl Verdict {
    /// Nothing was doubled, sent after a cancel, too fast, wrongly signed or so wrong that a channel shut us out.
    pub fn is_clean(&self) -> bool {
        let faults = [
            self.dispatches_after_cancel,
            self.dispatches_doubled,
            self.messages_doubled,
            self.quota_violations,
            self.bad_signatures,
            self.shut_outs,
        ];
        faults.iter().all(|count| *count == 0)
    }
}

/// Something that the outside world saw.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LedgerEntry {
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub channel: Option<String>,
    pub kind: String,
    pub channel_order_id: Option<String>,
    pub channel_parcel_id: Option<String>,
    pub detail: Value,
}

/// An application of the sandbox's SmartStore.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Application {
    pub client_id: String,
    pub client_secret: String,
    pub base_url: String,
    pub listings: Vec<Value>,
}

/// A seller's log-in at the sandbox's Coupang.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Vendor {
    pub vendor_id: String,
    pub wing_user_id: String,
    pub access_key: String,
    pub secret_key: String,
    pub base_url: String,
    pub listings: Vec<Value>,
}
