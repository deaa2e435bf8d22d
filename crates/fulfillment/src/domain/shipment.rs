//! A parcel and what is in it.
//!
//! READY → DISPATCHING → DISPATCHED, or HELD when something speaks against it. What became of each channel parcel's
//! dispatch is kept beside the state: a shipment may be taken back only while nothing of it has left or may have left.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, EffectId, LineId, MerchantId, OrderId, ShipmentId};

use super::Outcome;
use super::carrier::{Carrier, TrackingNumber};
use super::order::{Component, Objection, ObjectionReason, Order, VariantKind};
use super::receiver::Receiver;

/// A parcel and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// The shipment.
    pub id: ShipmentId,
    /// Raised by every change.
    pub version: i64,
    /// Where it stands.
    pub state: ShipmentState,
    /// What is in it.
    pub lines: Vec<ShipmentLine>,
    /// The channel parcels its lines belong to.
    pub parcels: Vec<ShipmentParcel>,
    /// Who carries it.
    pub carrier: Carrier,
    /// The waybill's number.
    pub tracking_number: TrackingNumber,
    /// Makes a repeat of the request answer the first result.
    pub request_id: String,
    /// The operator who packed it; empty when Moa did.
    pub created_by: String,
    /// When it was packed.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// Where a shipment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipmentState {
    /// Packed; nothing has left.
    Ready,
    /// The channel is being told.
    Dispatching,
    /// The channel has the tracking number of every parcel.
    Dispatched {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// A person decides.
    Held {
        /// Stable reason.
        reason: String,
        /// The same for people.
        detail: String,
    },
    /// Taken back.
    Cancelled,
}

/// So many units of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipmentLine {
    /// The order.
    pub order_id: OrderId,
    /// The line.
    pub line_id: LineId,
    /// The channel's id of the line.
    pub channel_line_id: String,
    /// Units.
    pub quantity: i32,
    /// The channel parcel it was in when it was packed.
    pub parcel: ParcelKey,
    /// What it stood for when it was packed; none when an older version packed it.
    pub packed_as: Option<PackedAs>,
}

/// What a line stood for when it was packed. A mapping that is corrected later does not change what is in the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedAs {
    /// What it was sold as.
    pub channel_listing_id: String,
    /// What one unit of it stood for.
    pub components: Vec<Component>,
}

impl ShipmentLine {
    /// What is in the box for it: the parts that are packed, with their units in all.
    pub fn contents(&self) -> impl Iterator<Item = (&Component, i32)> {
        let components = self.packed_as.iter().flat_map(|packed| &packed.components);
        components
            .filter(|component| component.kind == VariantKind::Physical)
            .map(|component| (component, component.units(self.quantity)))
    }
}

/// A channel's unit of acknowledge and dispatch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParcelKey {
    /// The channel account.
    pub account_id: ChannelAccountId,
    /// The channel's id.
    pub channel_parcel_id: String,
}

/// A channel parcel inside a shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipmentParcel {
    /// The parcel.
    pub key: ParcelKey,
    /// The order it belongs to.
    pub order_id: OrderId,
    /// The channel's id of that order.
    pub channel_order_id: String,
    /// Whom it was packed for.
    pub receiver: Receiver,
    /// What became of telling the channel.
    pub dispatch: ParcelDispatch,
}

/// What became of telling the channel about one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelDispatch {
    /// Nothing was asked for.
    NotAsked,
    /// On its way.
    InFlight(EffectId),
    /// It may have happened; being probed.
    Unclear(EffectId),
    /// The channel has it.
    Confirmed(EffectId),
    /// It did not happen and will not by itself.
    Refused(EffectId),
}

impl ParcelDispatch {
    /// The effect that tells the channel, once there is one.
    pub fn effect_id(&self) -> Option<EffectId> {
        match self {
            Self::NotAsked => None,
            Self::InFlight(id) | Self::Unclear(id) | Self::Confirmed(id) | Self::Refused(id) => {
                Some(*id)
            }
        }
    }
}

/// What became of one parcel's effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelOutcome {
    /// The channel has it.
    Confirmed,
    /// Nobody knows yet.
    Unclear,
    /// It did not happen and will not by itself.
    Refused {
        /// Stable reason.
        reason: String,
        /// The same for people.
        detail: String,
    },
}

/// Why a dispatch was not begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DispatchRefusal {
    /// The shipment was taken back.
    #[error("the shipment was cancelled; pack its lines anew")]
    ShipmentCancelled,
    /// A line in it was cancelled at the channel.
    #[error("{0}; cancel the shipment and pack what remains")]
    OrderCancelled(String),
}

/// Why a changed receiver is not taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverRefusal {
    /// It changed once more since the operator looked.
    #[error(
        "the receiver of order {order_id} changed once more (contact version {current}); look at it again"
    )]
    SeenOutdated {
        /// The order.
        order_id: OrderId,
        /// The version to look at.
        current: i64,
    },
    /// The look at the channel knows more than what was read so far.
    #[error(
        "no other receiver than the one it was packed for has been read from the channel yet; try again in a minute, or dispatch it again if the receiver was changed back"
    )]
    NotReadYet,
}

/// Why a shipment cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    /// It left.
    #[error("the channel already has the tracking number of this shipment")]
    AlreadyDispatched,
    /// It may be leaving right now.
    #[error(
        "the dispatch is on its way, or its outcome is not clear yet; wait until it is settled"
    )]
    Dispatching,
}

impl Shipment {
    /// Begins to tell the channel. Answers the parcels that are to be told; none when something open speaks against
    /// it, which holds the shipment.
    pub fn dispatch(
        &mut self,
        objections: &[Objection],
    ) -> Result<Outcome<Vec<ParcelKey>>, DispatchRefusal> {
        match self.state {
            ShipmentState::Cancelled => return Err(DispatchRefusal::ShipmentCancelled),
            ShipmentState::Dispatching | ShipmentState::Dispatched { .. } => {
                return Ok(Outcome::AlreadyApplied);
            }
            ShipmentState::Ready | ShipmentState::Held { .. } => {}
        }
        if let Some(cancelled) = objections
            .iter()
            .find(|o| o.reason == ObjectionReason::OrderCancelled)
        {
            return Err(DispatchRefusal::OrderCancelled(cancelled.detail.clone()));
        }
        if let Some(objection) = objections.first() {
            return Ok(match self.object(objection) {
                Outcome::Applied(()) => Outcome::Applied(Vec::new()),
                Outcome::AlreadyApplied => Outcome::AlreadyApplied,
            });
        }
        self.state = ShipmentState::Dispatching;
        Ok(Outcome::Applied(
            self.parcels
                .iter()
                .filter(|p| {
                    matches!(
                        p.dispatch,
                        ParcelDispatch::NotAsked | ParcelDispatch::Refused(_)
                    )
                })
                .map(|p| p.key.clone())
                .collect(),
        ))
    }

    /// Notes the effect that tells the channel about one parcel.
    pub fn asked(&mut self, key: &ParcelKey, effect_id: EffectId) {
        for parcel in self.parcels.iter_mut().filter(|p| p.key == *key) {
            parcel.dispatch = ParcelDispatch::InFlight(effect_id);
        }
    }

    /// Something speaks against sending it. Holds what has not left, and tells what speaks against it now.
    pub fn object(&mut self, objection: &Objection) -> Outcome<()> {
        match &self.state {
            ShipmentState::Dispatched { .. } | ShipmentState::Cancelled => Outcome::AlreadyApplied,
            ShipmentState::Held { reason, detail }
                if reason == objection.reason.code() && *detail == objection.detail =>
            {
                Outcome::AlreadyApplied
            }
            ShipmentState::Ready | ShipmentState::Dispatching | ShipmentState::Held { .. } => {
                self.hold(objection.reason.code().to_owned(), objection.detail.clone());
                Outcome::Applied(())
            }
        }
    }

    /// Effects that were taken back before anything left.
    pub fn taken_back(&mut self, effects: &[EffectId]) {
        for parcel in &mut self.parcels {
            if let ParcelDispatch::InFlight(effect_id) = parcel.dispatch
                && effects.contains(&effect_id)
            {
                parcel.dispatch = ParcelDispatch::Refused(effect_id);
            }
        }
    }

    /// Records what became of one parcel.
    pub fn settle(
        &mut self,
        effect_id: EffectId,
        key: &ParcelKey,
        outcome: ParcelOutcome,
        now: DateTime<Utc>,
    ) -> Outcome<()> {
        let Some(parcel) = self.parcels.iter_mut().find(|p| p.key == *key) else {
            return Outcome::AlreadyApplied;
        };
        let dispatch = match &outcome {
            ParcelOutcome::Confirmed => ParcelDispatch::Confirmed(effect_id),
            ParcelOutcome::Unclear => ParcelDispatch::Unclear(effect_id),
            ParcelOutcome::Refused { .. } => ParcelDispatch::Refused(effect_id),
        };
        let mut changed = parcel.dispatch != dispatch;
        parcel.dispatch = dispatch;
        let all_confirmed = self
            .parcels
            .iter()
            .all(|p| matches!(p.dispatch, ParcelDispatch::Confirmed(_)));
        match (&self.state, outcome) {
            (ShipmentState::Dispatched { .. }, _) => {}
            // The channel's word is the truth, whatever we meant before.
            (_, ParcelOutcome::Confirmed) if all_confirmed => {
                self.state = ShipmentState::Dispatched { at: now };
                changed = true;
            }
            (
                ShipmentState::Ready | ShipmentState::Dispatching | ShipmentState::Held { .. },
                ParcelOutcome::Refused { reason, detail },
            ) => {
                let held = ShipmentState::Held { reason, detail };
                changed |= self.state != held;
                self.state = held;
            }
            _ => {}
        }
        if changed {
            Outcome::Applied(())
        } else {
            Outcome::AlreadyApplied
        }
    }

    /// What speaks against it because of whom it is for: a parcel that has not left was packed for another receiver than
    /// its order has now.
    pub fn receiver_objection(&self, orders: &BTreeMap<OrderId, Order>) -> Option<Objection> {
        let changed = self.parcels.iter().find(|parcel| {
            let order = orders.get(&parcel.order_id);
            !matches!(parcel.dispatch, ParcelDispatch::Confirmed(_))
                && order.is_some_and(|order| order.receiver.is_another_than(&parcel.receiver))
        })?;
        Some(Objection {
            reason: ObjectionReason::ReceiverChanged,
            detail: format!(
                "the receiver of order {} changed after the parcel was packed; look at the new address and confirm it",
                changed.channel_order_id
            ),
        })
    }

    /// Takes the receivers of now over, as an operator has `seen` them (the contact's version by order), and goes on. Does
    /// nothing unless it is held because its receiver changed.
    pub fn confirm_receiver(
        &mut self,
        orders: &BTreeMap<OrderId, Order>,
        seen: &BTreeMap<OrderId, i64>,
    ) -> Result<Outcome<()>, ReceiverRefusal> {
        let reason = match &self.state {
            ShipmentState::Held { reason, .. } => reason.as_str(),
            _ => return Ok(Outcome::AlreadyApplied),
        };
        if reason != ObjectionReason::ReceiverChanged.code() {
            return Ok(Outcome::AlreadyApplied);
        }
        let mut taken_over = Vec::new();
        for (index, parcel) in self.parcels.iter().enumerate() {
            let Some(order) = orders.get(&parcel.order_id) else {
                continue;
            };
            if !order.receiver.is_another_than(&parcel.receiver) {
                continue;
            }
            let current = order.receiver.contact_version;
            if seen.get(&parcel.order_id) != Some(&current) {
                let order_id = parcel.order_id;
                return Err(ReceiverRefusal::SeenOutdated { order_id, current });
            }
            taken_over.push((index, order.receiver.clone()));
        }
        if taken_over.is_empty() {
            return Err(ReceiverRefusal::NotReadYet);
        }
        for (index, receiver) in taken_over {
            if let Some(parcel) = self.parcels.get_mut(index) {
                parcel.receiver = receiver;
            }
        }
        self.state = ShipmentState::Ready;
        Ok(Outcome::Applied(()))
    }

    /// Takes back what has not left.
    pub fn cancel(&mut self) -> Result<Outcome<()>, CancelRefusal> {
        match self.state {
            ShipmentState::Cancelled => return Ok(Outcome::AlreadyApplied),
            ShipmentState::Dispatched { .. } => return Err(CancelRefusal::AlreadyDispatched),
            ShipmentState::Dispatching => return Err(CancelRefusal::Dispatching),
            ShipmentState::Ready | ShipmentState::Held { .. } => {}
        }
        for parcel in &self.parcels {
            match parcel.dispatch {
                ParcelDispatch::Confirmed(_) => return Err(CancelRefusal::AlreadyDispatched),
                ParcelDispatch::InFlight(_) | ParcelDispatch::Unclear(_) => {
                    return Err(CancelRefusal::Dispatching);
                }
                ParcelDispatch::NotAsked | ParcelDispatch::Refused(_) => {}
            }
        }
        self.state = ShipmentState::Cancelled;
        Ok(Outcome::Applied(()))
    }

    /// The orders its lines belong to, each once.
    pub fn order_ids(&self) -> Vec<OrderId> {
        let mut ids: Vec<OrderId> = self.lines.iter().map(|line| line.order_id).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Units of a line in it; 0 when the line is not in it.
    pub fn packed(&self, line_id: LineId) -> i32 {
        self.lines
            .iter()
            .filter(|line| line.line_id == line_id)
            .map(|line| line.quantity)
            .sum()
    }

    fn hold(&mut self, reason: String, detail: String) {
        self.state = ShipmentState::Held { reason, detail };
    }
}

#[cfg(test)]
#[path = "shipment_tests.rs"]
mod tests;
