//! Packing lines into a shipment: what may go, and what must go together.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_id::{LineId, MerchantId, OrderId, ShipmentId};

use super::carrier::{Carrier, CarrierUnknown, TrackingNumber, TrackingNumberMalformed};
use super::order::{Mapping, ObjectionReason, Order, OrderLine};
use super::shipment::{
    PackedAs, ParcelDispatch, ParcelKey, Shipment, ShipmentLine, ShipmentParcel, ShipmentState,
};

/// What is to be packed.
#[derive(Debug, Clone)]
pub struct PackCommand {
    /// Whose lines they are.
    pub merchant_id: MerchantId,
    /// The new shipment's id.
    pub shipment_id: ShipmentId,
    /// Makes a repeat answer the first result.
    pub request_id: String,
    /// What goes in.
    pub lines: Vec<PackLine>,
    /// Who carries it.
    pub carrier: Carrier,
    /// The waybill's number.
    pub tracking_number: TrackingNumber,
    /// The operator; empty for Moa itself.
    pub created_by: String,
}

/// What to do with a number that a parcel of another receiver has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateNumber {
    /// Most often a slip: ask first.
    Refuse,
    /// The operator says that it is right.
    Accept,
}

/// An order in a shipment that has a certain number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberUse {
    /// The shipment.
    pub shipment_id: ShipmentId,
    /// The order.
    pub order_id: OrderId,
    /// The same, as the channel knows it.
    pub channel_order_id: String,
}

/// So many units of a line.
#[derive(Debug, Clone, Copy)]
pub struct PackLine {
    /// The order.
    pub order_id: OrderId,
    /// The line.
    pub line_id: LineId,
    /// 0 means all that is left.
    pub quantity: i32,
}

/// A line that is in a shipment already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedLine {
    /// The line.
    pub line_id: LineId,
    /// The shipment it is in.
    pub shipment_id: ShipmentId,
    /// That shipment's carrier.
    pub carrier: Carrier,
    /// That shipment's number.
    pub tracking_number: TrackingNumber,
}

/// Why lines cannot be packed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackRefusal {
    /// No such carrier.
    #[error(transparent)]
    CarrierUnknown(#[from] CarrierUnknown),
    /// No such number.
    #[error(transparent)]
    TrackingNumberMalformed(#[from] TrackingNumberMalformed),
    /// No such order.
    #[error("order {0} does not exist")]
    OrderNotFound(OrderId),
    /// No such line in the order.
    #[error("order {order_id} has no line {line_id}")]
    LineNotFound {
        /// The order.
        order_id: OrderId,
        /// The line.
        line_id: LineId,
    },
    /// The line is in a shipment, or left without us.
    #[error(
        "\"{product_name}\" already left under tracking number {tracking_number}; cancel that shipment first if it has not been dispatched"
    )]
    LineAlreadyShipped {
        /// The line.
        line_id: LineId,
        /// Its name.
        product_name: String,
        /// The shipment it is in; none when the channel got the number by another way.
        shipment_id: Option<ShipmentId>,
        /// That number.
        tracking_number: String,
    },
    /// Nothing is left of the line.
    #[error("\"{product_name}\" was cancelled")]
    LineCancelled {
        /// The line.
        line_id: LineId,
        /// Its name.
        product_name: String,
    },
    /// The line must not leave now.
    #[error("\"{product_name}\" is held ({reason}): {detail}")]
    LineHeld {
        /// The line.
        line_id: LineId,
        /// Its name.
        product_name: String,
        /// Stable reason.
        reason: &'static str,
        /// The same for people.
        detail: String,
    },
    /// More than is left.
    #[error("{asked} of \"{product_name}\" were to be packed, but only {left} are left")]
    QuantityExceeded {
        /// The line.
        line_id: LineId,
        /// Its name.
        product_name: String,
        /// What was asked for.
        asked: i64,
        /// What is left.
        left: i32,
    },
    /// A parcel of somebody else has this number.
    #[error(
        "tracking number {tracking_number} is that of order {channel_order_id}, which goes to another receiver; check it, \
         and accept the duplicate if it is right"
    )]
    NumberInUse {
        /// The number.
        tracking_number: String,
        /// The shipment that has it.
        shipment_id: ShipmentId,
        /// One of its orders, as the channel knows it.
        channel_order_id: String,
    },
    /// A channel parcel leaves as one.
    #[error("channel parcel {channel_parcel_id} leaves as one; pack these too: {missing}")]
    ParcelLinesMissing {
        /// The parcel.
        channel_parcel_id: String,
        /// Names and quantities, for people.
        missing: String,
        /// The lines.
        line_ids: Vec<LineId>,
    },
}

/// Packs lines into a shipment. `packed` are the lines that are in a living shipment already.
///
/// Digital lines of a channel parcel go with it by themselves, since the channel wants the parcel as one.
pub fn pack(
    command: PackCommand,
    orders: &BTreeMap<OrderId, Order>,
    packed: &[PackedLine],
    now: DateTime<Utc>,
) -> Result<Shipment, PackRefusal> {
    let mut asked: BTreeMap<LineId, i64> = BTreeMap::new();
    let mut parcels: Vec<(&Order, &str)> = Vec::new();
    for wanted in &command.lines {
        let order = orders
            .get(&wanted.order_id)
            .ok_or(PackRefusal::OrderNotFound(wanted.order_id))?;
        let line = order
            .line(wanted.line_id)
            .ok_or(PackRefusal::LineNotFound {
                order_id: wanted.order_id,
                line_id: wanted.line_id,
            })?;
        may_leave(line, packed)?;
        let left = line.snapshot.remaining();
        let quantity = if wanted.quantity == 0 {
            left
        } else {
            wanted.quantity
        };
        *asked.entry(wanted.line_id).or_default() += i64::from(quantity);
        let parcel = (order, line.snapshot.channel_parcel_id.as_str());
        if !parcels
            .iter()
            .any(|(known, id)| known.order_id == order.order_id && *id == parcel.1)
        {
            parcels.push(parcel);
        }
    }

    let by_link = command.created_by.is_empty();
    let mut shipment_lines = Vec::new();
    for (order, channel_parcel_id) in &parcels {
        shipment_lines.extend(whole_parcel(order, channel_parcel_id, &asked, packed)?);
    }
    Ok(Shipment {
        merchant_id: command.merchant_id,
        id: command.shipment_id,
        version: 1,
        state: ShipmentState::Ready,
        lines: shipment_lines,
        parcels: parcels
            .iter()
            .map(|(order, channel_parcel_id)| ShipmentParcel {
                key: ParcelKey {
                    account_id: order.account_id,
                    channel_parcel_id: (*channel_parcel_id).to_owned(),
                },
                order_id: order.order_id,
                channel_order_id: order.channel_order_id.clone(),
                // Moa packs by itself what is delivered by a link, which goes to no place.
                receiver: if by_link {
                    order.receiver.unmarked()
                } else {
                    order.receiver.clone()
                },
                dispatch: ParcelDispatch::NotAsked,
            })
            .collect(),
        carrier: command.carrier,
        tracking_number: command.tracking_number,
        request_id: command.request_id,
        created_by: command.created_by,
        created_at: now,
        changed_at: now,
    })
}

/// Whether a line may leave at all.
fn may_leave(line: &OrderLine, packed: &[PackedLine]) -> Result<(), PackRefusal> {
    let snapshot = &line.snapshot;
    let (line_id, product_name) = (snapshot.line_id, snapshot.product_name.clone());
    if let Some(existing) = packed.iter().find(|packed| packed.line_id == line_id) {
        return Err(PackRefusal::LineAlreadyShipped {
            line_id,
            product_name,
            shipment_id: Some(existing.shipment_id),
            tracking_number: existing.tracking_number.as_str().to_owned(),
        });
    }
    if snapshot.state.has_left() {
        return Err(PackRefusal::LineAlreadyShipped {
            line_id,
            product_name,
            shipment_id: None,
            tracking_number: snapshot.channel_tracking_number.clone(),
        });
    }
    if snapshot.remaining() == 0 {
        return Err(PackRefusal::LineCancelled {
            line_id,
            product_name,
        });
    }
    if let Some(objection) = snapshot.objection(0)
        && objection.reason != ObjectionReason::OrderCancelled
    {
        return Err(PackRefusal::LineHeld {
            line_id,
            product_name,
            reason: objection.reason.code(),
            detail: objection.detail,
        });
    }
    match &line.mapping {
        Mapping::Mapped(_) => Ok(()),
        Mapping::Unresolved | Mapping::Unmapped => Err(PackRefusal::LineHeld {
            line_id,
            product_name,
            reason: "UNMAPPED_LISTING",
            detail: format!(
                "say first which of your products listing {} is",
                snapshot.channel_listing_id
            ),
        }),
    }
}

/// Every line of one channel parcel, with all that is left of each; or what is missing.
fn whole_parcel(
    order: &Order,
    channel_parcel_id: &str,
    asked: &BTreeMap<LineId, i64>,
    packed: &[PackedLine],
) -> Result<Vec<ShipmentLine>, PackRefusal> {
    let mut lines = Vec::new();
    let mut missing = Vec::new();
    let mut missing_ids = Vec::new();
    for line in order.parcel_lines(channel_parcel_id) {
        let snapshot = &line.snapshot;
        let left = snapshot.remaining();
        if left == 0 {
            continue;
        }
        match asked.get(&snapshot.line_id) {
            Some(quantity) if *quantity > i64::from(left) => {
                return Err(PackRefusal::QuantityExceeded {
                    line_id: snapshot.line_id,
                    product_name: snapshot.product_name.clone(),
                    asked: *quantity,
                    left,
                });
            }
            Some(quantity) if *quantity == i64::from(left) => {}
            None if line.is_digital() => may_leave(line, packed)?,
            Some(_) | None => {
                let short = i64::from(left) - asked.get(&snapshot.line_id).copied().unwrap_or(0);
                missing.push(format!("{short} × \"{}\"", snapshot.product_name));
                missing_ids.push(snapshot.line_id);
            }
        }
        lines.push(ShipmentLine {
            order_id: order.order_id,
            line_id: snapshot.line_id,
            channel_line_id: snapshot.channel_line_id.clone(),
            quantity: left,
            parcel: ParcelKey {
                account_id: order.account_id,
                channel_parcel_id: channel_parcel_id.to_owned(),
            },
            packed_as: Some(PackedAs {
                channel_listing_id: snapshot.channel_listing_id.clone(),
                components: line.components().to_vec(),
            }),
        });
    }
    if missing.is_empty() {
        Ok(lines)
    } else {
        Err(PackRefusal::ParcelLinesMissing {
            channel_parcel_id: channel_parcel_id.to_owned(),
            missing: missing.join(", "),
            line_ids: missing_ids,
        })
    }
}

#[cfg(test)]
#[path = "packing_tests.rs"]
mod tests;
