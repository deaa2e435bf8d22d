//! What the page shows, in words that every channel can fill in.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// One channel. To stand on the page, a channel makes one of these from the world.
pub struct ChannelView {
    /// As the control desk calls it.
    pub code: &'static str,
    /// In Korean.
    pub name: &'static str,
    /// Newest first.
    pub orders: Vec<OrderCard>,
    /// Newest first.
    pub inquiries: Vec<InquiryCard>,
}

pub struct OrderCard {
    pub id: String,
    pub at: DateTime<Utc>,
    /// Who sells.
    pub account: String,
    pub receiver: String,
    pub parcels: Vec<ParcelCard>,
    pub claims: Vec<ClaimCard>,
    /// What the buyer can do now.
    pub actions: Vec<Action>,
}

pub struct ParcelCard {
    pub id: String,
    pub state: State,
    pub goods: String,
    /// Carrier and number, or empty.
    pub tracking: String,
}

pub struct ClaimCard {
    pub what: String,
    pub state: State,
    pub actions: Vec<Action>,
}

pub struct InquiryCard {
    pub kind: &'static str,
    pub at: DateTime<Utc>,
    pub order: String,
    pub text: String,
    pub answer: Option<String>,
}

/// A state in Korean, with its colour.
#[derive(Clone, Copy)]
pub struct State {
    pub text: &'static str,
    pub tone: Tone,
}

#[derive(Clone, Copy)]
pub enum Tone {
    /// Waits for the seller.
    New,
    /// The seller works on it.
    Work,
    /// With the carrier.
    Way,
    Done,
    /// Cancelled, returned, refused.
    Gone,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Work => "work",
            Self::Way => "way",
            Self::Done => "done",
            Self::Gone => "gone",
        }
    }
}

/// A button: a `POST` to the desk.
pub struct Action {
    pub label: &'static str,
    /// What follows `/control/`.
    pub path: String,
    pub body: Value,
    /// What to ask before; the answer becomes `text` of the body.
    pub question: Option<&'static str>,
}

impl Action {
    pub fn new(label: &'static str, path: String) -> Self {
        Self {
            label,
            path,
            body: Value::Object(serde_json::Map::new()),
            question: None,
        }
    }
}
