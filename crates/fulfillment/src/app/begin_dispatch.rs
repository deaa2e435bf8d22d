//! Writes down the intent to tell the channels about a shipment: one effect per channel parcel.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_effects::{EffectKind, EffectState, NewEffect, RedriveRefused};
use moa_id::{EffectId, OrderId};
use moa_outbox::NewEvent;
use sqlx::PgConnection;

use super::App;
use super::object::objections;
use crate::domain::Outcome;
use crate::domain::order::Order;
use crate::domain::shipment::{ParcelDispatch, ParcelKey, ParcelOutcome, Shipment};
use crate::effects::dispatch::{DispatchIntent, IntendedLine};
use crate::store::shipments;
use crate::{Error, events};

impl App {
    /// Begins the dispatch of a locked shipment. Answers what the hub is to hear; nothing when nothing changed.
    pub(super) async fn begin_dispatch(
        &self,
        conn: &mut PgConnection,
        shipment: &mut Shipment,
        orders: &BTreeMap<OrderId, Order>,
        operator: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<NewEvent>, Error> {
        let before: Vec<(ParcelKey, ParcelDispatch)> = shipment
            .parcels
            .iter()
            .map(|parcel| (parcel.key.clone(), parcel.dispatch.clone()))
            .collect();
        let Outcome::Applied(asked) = shipment.dispatch(&objections(shipment, orders))? else {
            return Ok(Vec::new());
        };
        let mut effects = Vec::new();
        for (key, dispatch) in before.into_iter().filter(|(key, _)| asked.contains(key)) {
            match dispatch {
                ParcelDispatch::Refused(effect_id) => {
                    self.ask_again(&mut *conn, shipment, &key, effect_id, operator, now)
                        .await?;
                }
                _ => {
                    let effect_id = self.ids.next();
                    effects.extend(new_effect(shipment, &key, effect_id, now));
                    shipment.asked(&key, effect_id);
                }
            }
        }
        self.ledger.intend(&mut *conn, &effects).await?;
        shipments::save(conn, shipment, now).await?;
        Ok(vec![events::shipment_changed(&self.ids, shipment, now)])
    }

    async fn ask_again(
        &self,
        conn: &mut PgConnection,
        shipment: &mut Shipment,
        key: &ParcelKey,
        effect_id: EffectId,
        operator: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let operator = if operator.is_empty() {
            "unknown"
        } else {
            operator
        };
        let redriven = self
            .ledger
            .redrive(
                conn,
                shipment.merchant_id,
                effect_id,
                operator,
                "the dispatch was asked for again",
            )
            .await;
        match redriven {
            Ok(_) => shipment.asked(key, effect_id),
            Err(RedriveRefused::NotRedrivable { state, .. }) => match state {
                EffectState::Confirmed | EffectState::Repair => {
                    shipment.settle(effect_id, key, ParcelOutcome::Confirmed, now);
                }
                EffectState::Unknown => {
                    shipment.settle(effect_id, key, ParcelOutcome::Unclear, now);
                }
                // Somebody redrove the effect itself: it is on its way already.
                _ => shipment.asked(key, effect_id),
            },
            Err(RedriveRefused::Database(error)) => return Err(error.into()),
            Err(RedriveRefused::NotFound(_)) => return Err(Error::ShipmentNotFound(shipment.id)),
        }
        Ok(())
    }
}

fn new_effect(
    shipment: &Shipment,
    key: &ParcelKey,
    effect_id: EffectId,
    now: DateTime<Utc>,
) -> Option<NewEffect> {
    let parcel = shipment.parcels.iter().find(|parcel| parcel.key == *key)?;
    let lines = shipment.lines.iter().filter(|line| line.parcel == *key);
    let intent = DispatchIntent {
        channel_order_id: parcel.channel_order_id.clone(),
        channel_parcel_id: key.channel_parcel_id.clone(),
        lines: lines
            .map(|line| IntendedLine {
                channel_line_id: line.channel_line_id.clone(),
                quantity: line.quantity,
            })
            .collect(),
        carrier: shipment.carrier.code().to_owned(),
        tracking_number: shipment.tracking_number.to_string(),
        asked_at: now,
    };
    Some(NewEffect {
        effect_id,
        merchant_id: shipment.merchant_id,
        kind: EffectKind::Dispatch,
        dedupe_key: format!("dispatch:{}:{}", shipment.id, key.channel_parcel_id),
        account_id: key.account_id.as_uuid(),
        subject_id: shipment.id.as_uuid(),
        order_id: Some(parcel.order_id.as_uuid()),
        payload: intent.into_payload(),
        not_before: None,
        give_up_at: None,
    })
}
