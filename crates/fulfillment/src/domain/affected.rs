//! What a changed mapping means for a line.

use chrono::{DateTime, Utc};
use moa_id::{LineId, OrderId, ShipmentId, VariantId};

/// A line of a listing, as far as a changed mapping matters to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedLine {
    /// The order.
    pub order_id: OrderId,
    /// The line.
    pub line_id: LineId,
    /// Channel code.
    pub channel: String,
    /// The channel's id of the order.
    pub channel_order_id: String,
    /// The channel's words for it.
    pub product_name: String,
    /// The buyer's choice.
    pub option_name: String,
    /// Units of the listing: those that are owed, or those that were packed.
    pub quantity: i32,
    /// When the buyer ordered.
    pub ordered_at: DateTime<Utc>,
    /// Where it stands.
    pub standing: Standing,
    /// The shipment it is in.
    pub shipment: Option<AffectedShipment>,
    /// What was packed or granted for it, in all.
    pub contents: Vec<Given>,
}

/// The shipment that an affected line is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedShipment {
    /// The shipment.
    pub id: ShipmentId,
    /// Its carrier's code.
    pub carrier: String,
    /// Its number.
    pub tracking_number: String,
}

/// So many units of a variant that were packed or granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The variant.
    pub variant_id: VariantId,
    /// Its code; empty when it was granted.
    pub sku: String,
    /// What it is called.
    pub name: String,
    /// In all.
    pub quantity: i32,
}

/// What a changed mapping means for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not packed: it follows the mapping that holds now.
    Follows,
    /// Packed under another mapping; the shipment can be taken back.
    Packed,
    /// It left, or may be leaving, with what another mapping said.
    Left,
    /// Another digital product was granted.
    Granted,
}

/// What became of a line so far, beside the mapping that holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoFar {
    /// It is packed with other things than it stands for now.
    pub packed_otherwise: bool,
    /// Its parcel left, or may have left.
    pub may_have_left: bool,
    /// Another digital product was granted for it.
    pub granted_otherwise: bool,
}

impl SoFar {
    /// What the mapping that holds now means for it. What is in a box outweighs a link: it is harder to mend.
    pub fn standing(self) -> Standing {
        match self {
            Self {
                packed_otherwise: true,
                may_have_left: true,
                ..
            } => Standing::Left,
            Self {
                packed_otherwise: true,
                ..
            } => Standing::Packed,
            Self {
                granted_otherwise: true,
                ..
            } => Standing::Granted,
            _ => Standing::Follows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_box_outweighs_a_link_and_what_left_outweighs_both() {
        let so_far = |packed_otherwise, may_have_left, granted_otherwise| SoFar {
            packed_otherwise,
            may_have_left,
            granted_otherwise,
        };
        assert_eq!(so_far(true, true, true).standing(), Standing::Left);
        assert_eq!(so_far(true, false, true).standing(), Standing::Packed);
        assert_eq!(so_far(false, true, true).standing(), Standing::Granted);
        assert_eq!(so_far(false, false, false).standing(), Standing::Follows);
    }
}
