//! Stops what must not leave any more: blocks effects, holds shipments, and marks for repair what has left.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_effects::BlockSelector;
use moa_id::{MerchantId, OrderId, ShipmentId};
use sqlx::PgConnection;

use super::App;
use crate::domain::Outcome;
use crate::domain::order::{Objection, Order};
use crate::domain::plan::AcknowledgementState;
use crate::domain::shipment::{ParcelDispatch, Shipment, ShipmentLine};
use crate::store::acknowledgements::{self, Settled};
use crate::store::{orders, shipments};
use crate::{Error, events};

impl App {
    /// Acts on what speaks against shipping lines of these orders, in the transaction that learnt it.
    pub(super) async fn object(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        order_ids: &[OrderId],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let facts = orders::load(&mut *conn, merchant_id, order_ids).await?;
        self.block_acknowledgements(&mut *conn, merchant_id, &facts, now)
            .await?;
        for shipment_id in shipments::living_of_orders(&mut *conn, merchant_id, order_ids).await? {
            self.object_to_shipment(&mut *conn, merchant_id, shipment_id, &facts, now)
                .await?;
        }
        Ok(())
    }

    async fn block_acknowledgements(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        facts: &BTreeMap<OrderId, Order>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let order_ids: Vec<OrderId> = facts.keys().copied().collect();
        for ack in acknowledgements::list(&mut *conn, merchant_id, &order_ids).await? {
            if !matches!(
                ack.state,
                AcknowledgementState::Asked | AcknowledgementState::Unclear
            ) {
                continue;
            }
            let Some(order) = facts.get(&ack.order_id) else {
                continue;
            };
            let Some(Objection { reason, detail }) =
                objection_to_parcel(order, &ack.channel_parcel_id)
            else {
                continue;
            };
            let selector = BlockSelector::Effect(ack.effect_id);
            let blocked = self
                .ledger
                .block_pending(&mut *conn, merchant_id, selector, reason.code(), &detail)
                .await?;
            let state = AcknowledgementState::Blocked {
                reason: reason.code().to_owned(),
                detail,
            };
            let settled = blocked.into_iter().map(|effect_id| Settled {
                effect_id,
                state: state.clone(),
            });
            let settled: Vec<Settled> = settled.collect();
            acknowledgements::settle(&mut *conn, merchant_id, &settled, now).await?;
        }
        Ok(())
    }

    async fn object_to_shipment(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        shipment_id: ShipmentId,
        facts: &BTreeMap<OrderId, Order>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Some(seen) = shipments::get(&mut *conn, merchant_id, shipment_id).await? else {
            return Ok(());
        };
        self.mark_for_repair(&mut *conn, &seen, facts).await?;
        let Some(objection) = objections(&seen, facts).into_iter().next() else {
            return Ok(());
        };
        let selector = BlockSelector::Subject(shipment_id.as_uuid());
        let reason = objection.reason.code();
        let blocked = self
            .ledger
            .block_pending(&mut *conn, merchant_id, selector, reason, &objection.detail)
            .await?;
        let Some(mut shipment) = shipments::lock(&mut *conn, merchant_id, shipment_id).await?
        else {
            return Ok(());
        };
        if shipment.object(&objection) == Outcome::AlreadyApplied && blocked.is_empty() {
            return Ok(());
        }
        shipment.taken_back(&blocked);
        shipments::save(&mut *conn, &mut shipment, now).await?;
        self.outbox
            .push_all(conn, &[events::shipment_changed(&self.ids, &shipment, now)])
            .await?;
        Ok(())
    }

    /// A cancel after the channel took the tracking number: a person, or the channel's own way, must stop the parcel.
    async fn mark_for_repair(
        &self,
        conn: &mut PgConnection,
        shipment: &Shipment,
        facts: &BTreeMap<OrderId, Order>,
    ) -> Result<(), Error> {
        for parcel in &shipment.parcels {
            let ParcelDispatch::Confirmed(effect_id) = parcel.dispatch else {
                continue;
            };
            let repair = shipment
                .lines
                .iter()
                .filter(|line| line.parcel == parcel.key)
                .find_map(|line| {
                    let (order, quantity) = (facts.get(&line.order_id)?, line.quantity);
                    order.line(line.line_id)?.snapshot.repair(quantity)
                });
            let Some(Objection { reason, detail }) = repair else {
                continue;
            };
            let selector = BlockSelector::Effect(effect_id);
            let marked = self
                .ledger
                .mark_repair(
                    &mut *conn,
                    shipment.merchant_id,
                    selector,
                    reason.code(),
                    &detail,
                )
                .await?;
            if !marked.is_empty() {
                tracing::warn!(
                    shipment.id = %shipment.id,
                    effect.id = %effect_id,
                    "shipment {} was cancelled after its dispatch and must be stopped: {detail}",
                    shipment.id
                );
            }
        }
        Ok(())
    }
}

/// What the stored facts say against a shipment.
pub(crate) fn objections(shipment: &Shipment, facts: &BTreeMap<OrderId, Order>) -> Vec<Objection> {
    let of_line = |line: &ShipmentLine| {
        let order = facts.get(&line.order_id)?;
        order.line(line.line_id)?.snapshot.objection(line.quantity)
    };
    let lines = shipment.lines.iter().filter_map(of_line);
    lines.chain(shipment.receiver_objection(facts)).collect()
}

/// What speaks against accepting a parcel: any line that is in question, or nothing left to accept.
fn objection_to_parcel(order: &Order, channel_parcel_id: &str) -> Option<Objection> {
    let lines = || {
        order
            .parcel_lines(channel_parcel_id)
            .map(|line| &line.snapshot)
    };
    if lines().all(|line| line.remaining() == 0) {
        return lines().find_map(|line| line.objection(0));
    }
    lines()
        .filter(|line| line.remaining() > 0)
        .find_map(|line| line.objection(0))
}
