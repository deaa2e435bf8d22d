//! Orders as order-sync told them, without personal data, and what speaks against shipping a line.

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, LineId, MerchantId, OrderId, VariantId};

use super::receiver::Receiver;

/// An order of the "orders" feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSnapshot {
    /// Whose order it is.
    pub merchant_id: MerchantId,
    /// The order.
    pub order_id: OrderId,
    /// A lower or equal one than ours is old news.
    pub version: i64,
    /// Channel code.
    pub channel: String,
    /// The log-in it came by.
    pub account_id: ChannelAccountId,
    /// The channel's id.
    pub channel_order_id: String,
    /// When the buyer ordered.
    pub ordered_at: DateTime<Utc>,
    /// Whom it is for.
    pub receiver: Receiver,
    /// Its personal data was erased.
    pub contact_erased: bool,
    /// All of its lines.
    pub lines: Vec<LineSnapshot>,
}

/// A line of an [`OrderSnapshot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSnapshot {
    /// The line.
    pub line_id: LineId,
    /// The channel's id.
    pub channel_line_id: String,
    /// The channel's unit of acknowledge and dispatch; it may change.
    pub channel_parcel_id: String,
    /// What it was sold as.
    pub channel_listing_id: String,
    /// The channel's words for it.
    pub product_name: String,
    /// The buyer's choice; empty without options.
    pub option_name: String,
    /// Bought, before any cancel.
    pub quantity: i32,
    /// Cancelled for good.
    pub cancelled_quantity: i32,
    /// Waiting for a cancel to be decided.
    pub held_quantity: i32,
    /// A demand that is not decided yet.
    pub open_claim: Option<OpenClaim>,
    /// Where it stands at the channel.
    pub state: LineState,
    /// Whose number is at the channel; empty until dispatched.
    pub channel_tracking_number: String,
}

/// Where a line stands at its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Paid, not accepted yet.
    Placed,
    /// Accepted by the merchant.
    Acknowledged,
    /// Has a tracking number at the channel.
    Dispatched,
    /// Arrived.
    Delivered,
    /// The buyer confirmed it.
    Confirmed,
    /// Will not be shipped.
    Cancelled,
    /// Came back.
    Returned,
    /// A word of the channel that Moa does not know.
    Unknown,
}

impl LineState {
    /// Whether the parcel left.
    pub const fn has_left(self) -> bool {
        matches!(self, Self::Dispatched | Self::Delivered | Self::Confirmed)
    }

    /// Whether the line is over without a sale.
    pub const fn is_taken_back(self) -> bool {
        matches!(self, Self::Cancelled | Self::Returned)
    }
}

/// A demand of the buyer that is not decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenClaim {
    /// A cancel, or the wish that the parcel shall not leave.
    Cancel,
    /// A return or an exchange.
    AfterSale,
}

/// What a line is about, once catalog knows its listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapping {
    /// Catalog was not asked yet.
    Unresolved,
    /// Catalog does not know the listing: the merchant must say what it stands for.
    Unmapped,
    /// Known: a variant, or a set of several. Never empty; by variant.
    Mapped(Vec<Component>),
}

/// So many units of a variant in one unit of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The sellable unit.
    pub variant_id: VariantId,
    /// How it is delivered.
    pub kind: VariantKind,
    /// Units of the variant in one unit of the line.
    pub quantity: i32,
    /// The merchant's code.
    pub sku: String,
    /// The product's and the variant's name.
    pub name: String,
}

impl Component {
    /// Units of the variant in so many units of the line.
    pub fn units(&self, of_line: i32) -> i32 {
        of_line.saturating_mul(self.quantity)
    }
}

/// How a variant is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariantKind {
    /// Packed and carried.
    Physical,
    /// By a link.
    Digital,
}

/// An order as we hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Whose order it is.
    pub merchant_id: MerchantId,
    /// The order.
    pub order_id: OrderId,
    /// The log-in it came by.
    pub account_id: ChannelAccountId,
    /// The channel's id.
    pub channel_order_id: String,
    /// Whom it is for.
    pub receiver: Receiver,
    /// All of its lines.
    pub lines: Vec<OrderLine>,
}

/// A line as we hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// What the channel says.
    pub snapshot: LineSnapshot,
    /// What it stands for.
    pub mapping: Mapping,
    /// When we first saw it.
    pub first_seen_at: DateTime<Utc>,
    /// Since when it has its state.
    pub state_since: DateTime<Utc>,
    /// Since when something speaks against shipping it.
    pub objection_since: Option<DateTime<Utc>>,
}

impl Order {
    /// The line with this id.
    pub fn line(&self, line_id: LineId) -> Option<&OrderLine> {
        self.lines
            .iter()
            .find(|line| line.snapshot.line_id == line_id)
    }

    /// The lines of a channel parcel.
    pub fn parcel_lines<'a>(
        &'a self,
        channel_parcel_id: &'a str,
    ) -> impl Iterator<Item = &'a OrderLine> {
        self.lines
            .iter()
            .filter(move |line| line.snapshot.channel_parcel_id == channel_parcel_id)
    }

    /// Its channel parcels, each once, in the order of the lines.
    pub fn parcel_ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for line in &self.lines {
            if !ids.contains(&line.snapshot.channel_parcel_id.as_str()) {
                ids.push(&line.snapshot.channel_parcel_id);
            }
        }
        ids
    }
}

impl OrderLine {
    /// Whether it is delivered by links alone. A set with anything to be packed is not: its digital parts go out by
    /// their links all the same, and the line leaves with its parcel.
    pub fn is_digital(&self) -> bool {
        self.is_mapped()
            && self
                .components()
                .iter()
                .all(|component| component.kind == VariantKind::Digital)
    }

    /// Whether we know what it stands for.
    pub fn is_mapped(&self) -> bool {
        matches!(self.mapping, Mapping::Mapped(_))
    }

    /// What it stands for, as far as we know.
    pub fn components(&self) -> &[Component] {
        match &self.mapping {
            Mapping::Mapped(components) => components,
            Mapping::Unresolved | Mapping::Unmapped => &[],
        }
    }
}

impl LineSnapshot {
    /// Units that are still owed to the buyer, those in question included.
    pub fn remaining(&self) -> i32 {
        if self.state.is_taken_back() {
            0
        } else {
            (self.quantity - self.cancelled_quantity).max(0)
        }
    }

    /// What speaks against sending `packed` units of it now.
    pub fn objection(&self, packed: i32) -> Option<Objection> {
        if self.remaining() < packed.max(1) {
            let detail = if self.remaining() == 0 {
                format!(
                    "the order of \"{}\" was cancelled at the channel",
                    self.product_name
                )
            } else {
                format!(
                    "of \"{}\" only {} of the {packed} packed remain; the others were cancelled at the channel",
                    self.product_name,
                    self.remaining()
                )
            };
            return Some(Objection {
                reason: ObjectionReason::OrderCancelled,
                detail,
            });
        }
        // A channel counts units of a return as held, too.
        let is_after_sale = self.open_claim == Some(OpenClaim::AfterSale);
        if self.open_claim == Some(OpenClaim::Cancel) || (self.held_quantity > 0 && !is_after_sale)
        {
            return Some(Objection {
                reason: ObjectionReason::CancelRequested,
                detail: format!(
                    "the buyer asked to cancel \"{}\"; the channel has not decided yet",
                    self.product_name
                ),
            });
        }
        if is_after_sale {
            return Some(Objection {
                reason: ObjectionReason::ClaimOpen,
                detail: format!(
                    "a return or exchange of \"{}\" is open at the channel",
                    self.product_name
                ),
            });
        }
        None
    }

    /// Why a parcel with `packed` units of it, which has left, must be taken back: the cancel slipped in after the last
    /// look. What arrived comes back as a return, which is another matter.
    pub fn repair(&self, packed: i32) -> Option<Objection> {
        if matches!(
            self.state,
            LineState::Delivered | LineState::Confirmed | LineState::Returned
        ) {
            return None;
        }
        self.objection(packed)
            .filter(|objection| objection.reason != ObjectionReason::ClaimOpen)
    }
}

/// Why something must not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The kind.
    pub reason: ObjectionReason,
    /// The same for people.
    pub detail: String,
}

/// The kinds of [`Objection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectionReason {
    /// Cancelled or returned for good, wholly or in part.
    OrderCancelled,
    /// A cancel waits to be decided.
    CancelRequested,
    /// A return or exchange waits to be decided.
    ClaimOpen,
    /// The parcel was packed for another receiver.
    ReceiverChanged,
}

impl ObjectionReason {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::CancelRequested => "CANCEL_REQUESTED",
            Self::ClaimOpen => "CLAIM_OPEN",
            Self::ReceiverChanged => "RECEIVER_CHANGED",
        }
    }
}

#[cfg(test)]
#[path = "order_fixtures.rs"]
pub(crate) mod fixtures;

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
