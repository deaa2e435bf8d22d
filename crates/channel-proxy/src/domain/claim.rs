//! An after-sale demand as a channel shows it, in our words.

use std::fmt;

use chrono::{DateTime, Utc};
use moa_money::Money;

use crate::domain::claim_deadline::ClaimDeadline;
use crate::domain::effect::EffectKind;

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
    /// How far it is, finer than the state.
    pub stage: ClaimStage,
    /// What the merchant may do about it now.
    pub actions: Vec<EffectKind>,
    /// Whose fault it is, where the channel says so.
    pub fault: Option<ClaimFault>,
    /// Shipping of the return: positive when the merchant pays.
    pub shipping_charge: Option<Money>,
    /// The channel refunds before the goods are back.
    pub refunds_early: bool,
    /// Parcels in which goods come back.
    pub collections: Vec<ClaimParcel>,
    /// Parcels in which an exchange's goods go out.
    pub reshipments: Vec<ClaimParcel>,
    /// When it changed last, where the channel says so.
    pub updated_at: Option<DateTime<Utc>>,
    /// Where goods are fetched and go.
    pub contact: ClaimContact,
    /// On hold by the merchant.
    pub held: bool,
    /// What the channel does by itself when the merchant does not act, where that is known.
    pub deadline: Option<ClaimDeadline>,
    /// What the buyer says to have put into the parcel.
    pub enclosed_charge: Option<Money>,
    /// Demanded of the buyer beside shipping.
    pub extra_charge: Option<Money>,
    /// What the channel pays of the shipping in the buyer's place.
    pub channel_support: Option<Money>,
    /// How the buyer pays the shipping, in the channel's own word.
    pub charge_method: String,
}

/// A parcel of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimParcel {
    /// What a reshipment names; empty for goods that come back.
    pub channel_parcel_id: String,
    /// Our carrier code; absent when the channel's is none of ours.
    pub carrier: Option<&'static str>,
    /// The channel's own carrier code.
    pub channel_carrier: String,
    /// Empty until known.
    pub tracking_number: String,
}

/// Personal data of one claim. Prints as `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ClaimContact {
    /// Where goods are fetched.
    pub collect: Address,
    /// Where an exchange's goods go.
    pub deliver: Address,
    /// The buyer's own words.
    pub buyer_note: String,
}

impl fmt::Debug for ClaimContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Somebody's address. Prints as `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Who is there.
    pub name: String,
    /// Digits with a leading zero.
    pub phone: String,
    /// Five digits in Korea.
    pub postcode: String,
    /// Street and house.
    pub address1: String,
    /// Flat.
    pub address2: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
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
    /// What the buyer wants instead; empty when it is the same.
    pub replacement_listing_id: String,
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
    /// The goods come back and others go out.
    Exchange,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimState {
    /// Wanted.
    Requested,
    /// Done.
    Completed,
    /// The buyer took it back.
    Withdrawn,
    /// The merchant refused it.
    Rejected,
    /// The channel's word for it is one we do not know: treated as open.
    Unknown,
}

/// How far a claim is, finer than its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimStage {
    /// Wanted.
    Requested,
    /// The goods are on their way back.
    Collecting,
    /// The goods are back with the merchant.
    Collected,
    /// The channel itself examines it.
    ChannelCheck,
    /// An exchange's goods left.
    Reshipped,
    /// Done.
    Completed,
    /// The merchant refused it.
    Rejected,
    /// The buyer took it back.
    Withdrawn,
    /// The channel's own word that we do not know: kept, never dropped.
    Unknown(String),
}

/// Whose fault a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimFault {
    /// The buyer's.
    Buyer,
    /// The merchant's.
    Merchant,
    /// The channel's or its warehouse's.
    Channel,
    /// Nobody's.
    Nobody,
}

impl ChannelClaim {
    /// A claim of which nothing else is known.
    pub fn new(
        channel_claim_id: impl Into<String>,
        channel_order_id: impl Into<String>,
        kind: ClaimKind,
        state: ClaimState,
        read_at: DateTime<Utc>,
    ) -> Self {
        let stage = match state {
            ClaimState::Requested => ClaimStage::Requested,
            ClaimState::Completed => ClaimStage::Completed,
            ClaimState::Withdrawn => ClaimStage::Withdrawn,
            ClaimState::Rejected => ClaimStage::Rejected,
            ClaimState::Unknown => ClaimStage::Unknown(String::new()),
        };
        Self {
            channel_claim_id: channel_claim_id.into(),
            channel_order_id: channel_order_id.into(),
            kind,
            state,
            lines: Vec::new(),
            requested_at: None,
            read_at,
            reason: String::new(),
            stage,
            actions: Vec::new(),
            fault: None,
            shipping_charge: None,
            refunds_early: false,
            collections: Vec::new(),
            reshipments: Vec::new(),
            updated_at: None,
            contact: ClaimContact::default(),
            held: false,
            deadline: None,
            enclosed_charge: None,
            extra_charge: None,
            channel_support: None,
            charge_method: String::new(),
        }
    }

    /// Whether the claim may still stop a parcel.
    pub fn is_open(&self) -> bool {
        matches!(self.state, ClaimState::Requested | ClaimState::Unknown)
    }

    /// How many pieces it is about.
    pub fn quantity(&self) -> i32 {
        let quantities = self.lines.iter().map(|line| line.quantity);
        quantities.fold(0, i32::saturating_add)
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
