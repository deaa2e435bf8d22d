//! An after-sale demand as a channel shows it, in our words.

use chrono::{DateTime, Utc};

/// One demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelClaim {
    /// The channel's id.
    pub channel_claim_id: String,
    /// The order it is about.
    pub channel_order_id: String,
    /// What is wanted.
    pub kind: ClaimKind,
    /// How far it is.
    pub state: ClaimState,
    /// What it is about; empty means the whole order.
    pub lines: Vec<ChannelClaimLine>,
    /// When it was made, where the channel says so.
    pub requested_at: Option<DateTime<Utc>>,
    /// When the read that showed this was sent.
    pub read_at: DateTime<Utc>,
    /// The channel's reason code; never the buyer's free text.
    pub reason: String,
}

/// A line of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelClaimLine {
    /// The order's line.
    pub channel_line_id: String,
    /// The parcel it was in; empty when unknown.
    pub channel_parcel_id: String,
    /// How many of it.
    pub quantity: i32,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// Cancelled before acknowledge: done at once.
    Cancel,
    /// The parcel shall not leave.
    StopShipment,
    /// The goods come back.
    Return,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimState {
    /// Wanted.
    Requested,
    /// Done.
    Completed,
    /// The channel's word for it is one we do not know: treated as open.
    Unknown,
}

impl ChannelClaim {
    /// Whether the claim may still stop a parcel.
    pub fn is_open(&self) -> bool {
        self.state != ClaimState::Completed
    }

    /// How many of a parcel's line the claim is about; all of it when the claim names no lines.
    pub fn quantity_of(&self, parcel_id: &str, line_id: &str) -> Option<i32> {
        if self.lines.is_empty() {
            return Some(i32::MAX);
        }
        self.lines
            .iter()
            .find(|line| {
                line.channel_line_id == line_id
                    && (line.channel_parcel_id.is_empty() || line.channel_parcel_id == parcel_id)
            })
            .map(|line| line.quantity)
    }
}
