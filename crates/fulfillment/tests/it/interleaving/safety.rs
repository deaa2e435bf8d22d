//! What must hold after each step, whatever was done on the way.

use std::collections::{BTreeMap, BTreeSet};

use fulfillment::domain::order::{Objection, Order};
use fulfillment::domain::shipment::{Shipment, ShipmentState};
use fulfillment::store::orders;
use moa_effects::EffectState;
use moa_id::OrderId;

use super::end::{End, short};
use super::history;
use super::play::Played;

impl Played<'_> {
    /// Nothing waits to leave that a stored fact speaks against, what left all the same is marked for repair, and no line
    /// is in two parcels.
    pub(super) async fn is_safe(&self) -> Result<(), String> {
        let known = self.known_orders().await;
        let mut packed = BTreeSet::new();
        for shipment in self.shipments().await {
            for line in &shipment.lines {
                if !packed.insert(line.line_id) {
                    let name = history::line_name(line.line_id.as_uuid());
                    return Err(format!("{name} is in two shipments"));
                }
            }
            self.is_shipment_safe(&shipment, &known).await?;
        }
        Ok(())
    }

    async fn known_orders(&self) -> BTreeMap<OrderId, Order> {
        let mut conn = self.stage.around.pool.acquire().await.unwrap();
        orders::load(&mut conn, self.merchant_id, &self.order_ids())
            .await
            .unwrap()
    }

    async fn is_shipment_safe(
        &self,
        shipment: &Shipment,
        known: &BTreeMap<OrderId, Order>,
    ) -> Result<(), String> {
        let Some(objection) = against(shipment, known).into_iter().next() else {
            return Ok(());
        };
        let name = format!("shipment {}", short(shipment.id.as_uuid()));
        let app = &self.stage.around.app;
        let mut conn = app.db.acquire().await.unwrap();
        for parcel in &shipment.parcels {
            let Some(effect_id) = parcel.dispatch.effect_id() else {
                continue;
            };
            let effect = app
                .ledger
                .get(&mut conn, self.merchant_id, effect_id)
                .await
                .unwrap();
            let state = effect.unwrap().state;
            if !state.is_resting() {
                return Err(format!(
                    "{name} waits to leave ({state}), yet {}",
                    objection.detail
                ));
            }
            let must_be_stopped = shipment.lines.iter().any(|line| {
                let of = known[&line.order_id].line(line.line_id).unwrap();
                line.parcel == parcel.key && of.snapshot.repair(line.quantity).is_some()
            });
            if state == EffectState::Confirmed && must_be_stopped {
                return Err(format!(
                    "{name} left and nobody is told to stop it, yet {}",
                    objection.detail
                ));
            }
        }
        match &shipment.state {
            ShipmentState::Held { reason, detail } => {
                let told = (reason.as_str(), detail.as_str());
                if told != (objection.reason.code(), objection.detail.as_str()) {
                    return Err(format!(
                        "{name} is held as {told:?}, yet it is that {}",
                        objection.detail
                    ));
                }
                Ok(())
            }
            ShipmentState::Dispatched { .. } => Ok(()),
            other => Err(format!("{name} is {other:?}, yet {}", objection.detail)),
        }
    }

    /// No parcel was accepted twice at the channel, and no line told of twice.
    pub(super) fn asked_nothing_twice(&self) -> Result<(), String> {
        let channel = self.stage.around.channel.0.lock().unwrap();
        let mut seen = BTreeSet::new();
        for item in &channel.acknowledged {
            if !seen.insert(format!("acceptance of parcel {}", item.channel_parcel_id)) {
                return Err(format!(
                    "parcel {} was accepted twice",
                    item.channel_parcel_id
                ));
            }
        }
        for line in channel.dispatched.iter().flat_map(|item| &item.lines) {
            if !seen.insert(format!("dispatch of line {}", line.channel_line_id)) {
                return Err(format!(
                    "line {} was dispatched twice",
                    line.channel_line_id
                ));
            }
        }
        Ok(())
    }

    /// Each line that has not left and is owed has something in its way; the others have nothing.
    pub(super) async fn explains_what_has_not_left(&self, end: &End) -> Result<(), String> {
        let shipments = self.shipments().await;
        for order in end.orders.values() {
            for line in &order.lines {
                let line = &line.snapshot;
                let left = line.state.has_left()
                    || shipments.iter().any(|shipment| {
                        matches!(shipment.state, ShipmentState::Dispatched { .. })
                            && shipment.packed(line.line_id) > 0
                    });
                let is_over = left || line.remaining() == 0;
                let blocker = &end.explained[&line.line_id];
                if is_over == blocker.is_some() {
                    let name = history::line_name(line.line_id.as_uuid());
                    return Err(format!(
                        "{name} is over: {is_over}, but waits for {blocker:?}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// What the stored facts say against a shipment, its lines first.
fn against(shipment: &Shipment, known: &BTreeMap<OrderId, Order>) -> Vec<Objection> {
    let lines = shipment.lines.iter().filter_map(|line| {
        let of = known[&line.order_id].line(line.line_id)?;
        of.snapshot.objection(line.quantity)
    });
    lines.chain(shipment.receiver_objection(known)).collect()
}
