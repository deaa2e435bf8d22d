//! The stories as the events that their services write.

use chrono::{DateTime, Utc};
use moa_id::{Ids, MerchantId};
use moa_outbox::FeedEvent;
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::notification::v1 as notification;
use moa_proto::moa::order_sync::v1 as orders;
use moa_testkit::a_friday;
use prost::{Message, Name};
use uuid::Uuid;

use super::history::{MessageTurn, Moment, OrderTurn, ParcelTurn, ShipmentTurn, StandsFor, Story};
use super::turns::{self, ACCOUNT, LISTINGS, MOMENT, line_id, order_id};

/// An event with the feed it comes by and what a person calls it.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) topic: &'static str,
    pub(super) event: FeedEvent,
    pub(super) named: String,
}

impl Story {
    /// Its versions as a merchant's events.
    pub(super) fn told(&self, ids: &Ids, merchant_id: MerchantId) -> Vec<Told> {
        let teller = Teller { ids, merchant_id };
        match self {
            Self::Order(order, turns) => teller.order(*order, turns),
            Self::Shipment(number, lines, turns) => teller.shipment(*number, lines, turns),
            Self::Entitlement(number, line, turns) => teller.entitlement(*number, *line, turns),
            Self::Listing(number, turns) => teller.listing(*number, turns),
            Self::Parcel(number, turns) => teller.parcel(*number, turns),
            Self::Message(number, turns) => teller.message(*number, turns),
        }
    }
}

struct Teller<'a> {
    ids: &'a Ids,
    merchant_id: MerchantId,
}

/// A moment after all that came before.
fn after(at: &mut DateTime<Utc>, moments: Moment) -> DateTime<Utc> {
    *at += MOMENT * moments;
    *at
}

impl Teller<'_> {
    fn tell<M: Message + Name>(
        &self,
        topic: &'static str,
        (aggregate, version, at): (u128, i64, DateTime<Utc>),
        message: &M,
        named: String,
    ) -> Told {
        let aggregate_id = Uuid::from_u128(aggregate);
        let event =
            crate::events::event(self.ids, self.merchant_id, aggregate_id, version, message);
        let event = FeedEvent {
            occurred_at: at,
            ..event
        };
        let named = format!("{topic} {aggregate:x} version {version}: {named}");
        Told {
            topic,
            event,
            named,
        }
    }

    fn order(&self, number: usize, turns: &[(Moment, OrderTurn)]) -> Vec<Told> {
        let mut at = a_friday();
        let mut order = turns::placed(number);
        let id = 0x1000 + number as u128;
        let message = orders::OrderPlaced {
            order: Some(order.clone()),
        };
        let mut told = vec![self.tell("orders", (id, 1, at), &message, "placed".to_owned())];
        for (version, (moments, turn)) in (2..).zip(turns) {
            turn.happens(number, &mut order, after(&mut at, *moments));
            order.version = version;
            let message = orders::OrderChanged {
                order: Some(order.clone()),
            };
            told.push(self.tell("orders", (id, version, at), &message, format!("{turn:?}")));
        }
        told
    }

    fn shipment(
        &self,
        number: usize,
        lines: &[(usize, usize)],
        turns: &[(Moment, ShipmentTurn)],
    ) -> Vec<Told> {
        let mut at = a_friday();
        let id = 0x5000 + number as u128;
        let mut shipment = fulfillment::Shipment {
            shipment_id: Uuid::from_u128(id).to_string(),
            state: fulfillment::ShipmentState::Ready.into(),
            carrier: if number.is_multiple_of(2) {
                "CJ_LOGISTICS"
            } else {
                "DIRECT"
            }
            .to_owned(),
            tracking_number: format!("77{number}"),
            ..Default::default()
        };
        for (order, line) in lines {
            let line = fulfillment::ShipmentLine {
                order_id: order_id(*order).to_string(),
                line_id: line_id(*order, *line).to_string(),
                quantity: 1,
                ..Default::default()
            };
            if !shipment.lines.contains(&line) {
                shipment.lines.push(line);
            }
        }
        let start = ShipmentTurn::Is(fulfillment::ShipmentState::Ready);
        let mut told = Vec::new();
        for (version, (moments, turn)) in (1..).zip(std::iter::once(&(0, start)).chain(turns)) {
            turn.happens(&mut shipment);
            shipment.version = version;
            shipment.order_ids = shipment
                .lines
                .iter()
                .map(|line| line.order_id.clone())
                .collect();
            shipment.order_ids.dedup();
            let message = fulfillment::ShipmentChanged {
                shipment: Some(shipment.clone()),
            };
            let named = format!("{turn:?} with {} line(s)", shipment.lines.len());
            let place = (id, version, after(&mut at, *moments));
            told.push(self.tell("shipments", place, &message, named));
        }
        told
    }

    fn entitlement(
        &self,
        number: usize,
        (order, line): (usize, usize),
        turns: &[(Moment, fulfillment::EntitlementState)],
    ) -> Vec<Told> {
        let mut at = a_friday();
        let id = 0x6000 + number as u128;
        let mut entitlement = fulfillment::Entitlement {
            entitlement_id: Uuid::from_u128(id).to_string(),
            order_id: order_id(order).to_string(),
            line_id: line_id(order, line).to_string(),
            state: fulfillment::EntitlementState::Granted.into(),
            ..Default::default()
        };
        let granted = fulfillment::EntitlementGranted {
            entitlement: Some(entitlement.clone()),
            product_name: "전자책".to_owned(),
        };
        let mut told = vec![self.tell("entitlements", (id, 1, at), &granted, "granted".to_owned())];
        for (version, (moments, state)) in (2..).zip(turns) {
            entitlement.set_state(*state);
            let changed = fulfillment::EntitlementChanged {
                entitlement: Some(entitlement.clone()),
            };
            let place = (id, version, after(&mut at, *moments));
            told.push(self.tell("entitlements", place, &changed, format!("{state:?}")));
        }
        told
    }

    fn listing(&self, number: usize, turns: &[(Moment, Option<StandsFor>)]) -> Vec<Told> {
        let mut at = a_friday();
        let id = 0x7000 + number as u128;
        let mut told = Vec::new();
        for (version, (moments, stands_for)) in (1..).zip(turns) {
            let place = (id, version, after(&mut at, *moments));
            let named = format!("{} {stands_for:?}", LISTINGS[number]);
            told.push(match stands_for {
                Some(stands_for) => {
                    let mapping = Some(stands_for.mapping(number, version));
                    self.tell(
                        "listings",
                        place,
                        &catalog::ListingMapped { mapping },
                        named,
                    )
                }
                None => {
                    let unmapped = catalog::ListingUnmapped {
                        channel_account_id: ACCOUNT.to_string(),
                        channel_listing_id: LISTINGS[number].to_owned(),
                    };
                    self.tell("listings", place, &unmapped, named)
                }
            });
        }
        told
    }

    fn parcel(&self, number: usize, turns: &[(Moment, ParcelTurn)]) -> Vec<Told> {
        let mut at = a_friday();
        let id = 0x8000 + number as u128;
        let (order_id, channel_parcel_id) = (order_id(0).to_string(), format!("p{number}"));
        let mut told = Vec::new();
        for (version, (moments, turn)) in (1..).zip(turns) {
            let place = (id, version, after(&mut at, *moments));
            let named = format!("{turn:?}");
            told.push(match turn {
                ParcelTurn::Acknowledged => {
                    let message = fulfillment::ParcelAcknowledged {
                        order_id: order_id.clone(),
                        channel_parcel_id: channel_parcel_id.clone(),
                        ..Default::default()
                    };
                    self.tell("parcels", place, &message, named)
                }
                ParcelTurn::Dispatched => {
                    let message = fulfillment::ParcelDispatched {
                        order_id: order_id.clone(),
                        channel_parcel_id: channel_parcel_id.clone(),
                        carrier: "CJ_LOGISTICS".to_owned(),
                        tracking_number: format!("77{number}"),
                        ..Default::default()
                    };
                    self.tell("parcels", place, &message, named)
                }
            });
        }
        told
    }

    fn message(&self, number: usize, turns: &[(Moment, MessageTurn)]) -> Vec<Told> {
        let mut at = a_friday();
        let id = 0x9000 + number as u128;
        let message_id = Uuid::from_u128(id).to_string();
        let (order_id, template) = (order_id(0).to_string(), "activation_link".to_owned());
        let subject_id = String::new();
        let mut told = Vec::new();
        for (version, (moments, turn)) in (1..).zip(turns) {
            let place = (id, version, after(&mut at, *moments));
            let named = format!("{turn:?}");
            let (message_id, subject_id) = (message_id.clone(), subject_id.clone());
            let (order_id, template) = (order_id.clone(), template.clone());
            told.push(match turn {
                MessageTurn::Accepted => {
                    let message = notification::MessageAccepted {
                        message_id,
                        subject_id,
                        order_id,
                        template,
                    };
                    self.tell("messages", place, &message, named)
                }
                MessageTurn::Delivered => {
                    let message = notification::MessageDelivered {
                        message_id,
                        subject_id,
                        order_id,
                        template,
                    };
                    self.tell("messages", place, &message, named)
                }
                MessageTurn::Failed => {
                    let reason = "NUMBER_UNKNOWN".to_owned();
                    let message = notification::MessageFailed {
                        message_id,
                        subject_id,
                        order_id,
                        template,
                        reason,
                    };
                    self.tell("messages", place, &message, named)
                }
            });
        }
        told
    }
}
