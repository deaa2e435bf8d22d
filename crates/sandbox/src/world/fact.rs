//! What can happen. The journal is a list of these; the world, the ledger and the verdict are made from it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::exchange::ExchangeEvent;
use super::inquiry::InquiryEvent;
use super::keys::KeyEvent;
use super::message::Message;
use super::model::{Looks, Order, Parcel, Tracking};
use super::people::Person;
use super::places::Address;
use super::receipt::Receipt;
use super::returns::ReturnEvent;
use super::shelf::ShelfChange;
use crate::smartstore::world::SmartFact;

/// A channel the sandbox plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Coupang,
    #[serde(rename = "smartstore")]
    SmartStore,
    Solapi,
    Slack,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    OrderPlaced {
        order: Box<Order>,
        parcels: Vec<Parcel>,
    },
    /// The channel's lists begin to show the order.
    OrderVisible {
        order: i64,
    },
    /// The buyer wants it elsewhere, as long as nobody acknowledged it.
    AddressChanged {
        order: i64,
        receiver: Person,
        address: Address,
        /// What the buyer tells the carrier now; as before when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    Acknowledged {
        parcel: i64,
        at: DateTime<Utc>,
    },
    /// An upload of a tracking number was accepted.
    Dispatched {
        upload: Upload,
    },
    DispatchRefused {
        upload: Upload,
        code: String,
    },
    /// Some goods of a parcel left in one of their own (`upload.parcel`, `parcel`); the others keep the old one.
    Split {
        upload: Upload,
        from: i64,
        parcel: Box<Parcel>,
        planned: Vec<PlannedDay>,
    },
    /// The number of a dispatched parcel was corrected.
    TrackingChanged {
        parcel: i64,
        tracking: Tracking,
    },
    InTransit {
        parcel: i64,
        at: DateTime<Utc>,
    },
    Delivered {
        parcel: i64,
        at: DateTime<Utc>,
    },
    /// Cancelled at once, because nobody had acknowledged it.
    Cancelled {
        receipt: Receipt,
    },
    StopRequested {
        receipt: Receipt,
    },
    /// The seller confirmed that the goods did not leave.
    StopConfirmed {
        receipt: i64,
        at: DateTime<Utc>,
    },
    /// The seller answered that the goods had left already.
    ShippedAnyway {
        receipt: i64,
        tracking: Tracking,
    },
    Return {
        event: ReturnEvent,
    },
    Exchange {
        event: ExchangeEvent,
    },
    Inquiry {
        event: InquiryEvent,
    },
    /// The seller changed an option.
    Shelf {
        vendor_item_id: i64,
        change: ShelfChange,
    },
    /// The buyer confirmed that all is well, before Coupang does after a week.
    PurchaseConfirmed {
        parcel: i64,
        at: DateTime<Utc>,
    },
    /// Something that happened at SmartStore, whose orders are built differently.
    #[serde(rename = "smartstore")]
    SmartStore {
        fact: Box<SmartFact>,
    },
    MessageAccepted {
        message: Box<Message>,
    },
    MessageRefused {
        account: u32,
        to: String,
        code: String,
    },
    SlackPosted {
        account: u32,
        text: String,
    },
    SlackThrottled {
        account: u32,
    },
    QuotaViolation {
        channel: Channel,
        account: u32,
    },
    BadSignature {
        channel: Channel,
        account: Option<u32>,
        reason: String,
    },
    /// A key at Coupang.
    Key {
        account: u32,
        event: KeyEvent,
    },
    /// The channel answers nothing any more for a while.
    ShutOut {
        channel: Channel,
        account: u32,
        reason: String,
    },
    ClockMoved {
        offset_seconds: i64,
    },
    /// Every call, when the sandbox is verbose.
    Call {
        channel: Channel,
        method: String,
        path: String,
        status: u16,
    },
}

/// When goods that stay behind will be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedDay {
    pub vendor_item_id: i64,
    pub day: NaiveDate,
}

/// An upload of a tracking number for one parcel, with what the account had been shown when it arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    pub parcel: i64,
    pub tracking: Tracking,
    /// When the call arrived (real time).
    pub arrived_at: DateTime<Utc>,
    /// Since when the parcel should not have been shipped, if so.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The latest reads of it before this call.
    pub looks: Looks,
    /// Whether the sandbox was up long enough for a missing read to mean something.
    pub looks_complete: bool,
}
