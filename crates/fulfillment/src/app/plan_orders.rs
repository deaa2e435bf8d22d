//! Looks at the orders about which something was learnt, asks catalog what their listings stand for, and does what is
//! to be done.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use moa_effects::{EffectKind, NewEffect, RedriveRefused};
use moa_id::{ChannelAccountId, EffectId, LineId, MerchantId, OrderId};
use moa_outbox::NewEvent;
use sqlx::PgConnection;

use super::App;
use crate::domain::Outcome;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::entitlement::Entitlement;
use crate::domain::packing::{PackCommand, PackLine, pack};
use crate::domain::plan::{Acknowledgement, AcknowledgementState, OrderFacts, Step, plan};
use crate::effects::acknowledge::AcknowledgeIntent;
use crate::store::planning_queue::Queued;
use crate::store::{acknowledgements, entitlements, listings, orders, planning_queue, shipments};
use crate::{Error, events};

/// Orders planned in one transaction.
const BATCH: i64 = 200;
/// Orders put into the queue at once when a listing was mapped.
const RELEASE_BATCH: i64 = 500;

impl App {
    /// Plans one batch of orders. Answers whether there was something to do, so that the caller asks again at once.
    #[tracing::instrument(name = "fulfillment.plan_orders", skip_all)]
    pub async fn plan_orders(&self) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let released = listings::release_some(&mut tx, RELEASE_BATCH, now).await?;
        tx.commit().await?;
        let queued = {
            let mut conn = self.db.acquire().await?;
            planning_queue::due(&mut conn, now, BATCH).await?
        };
        let mut by_merchant: BTreeMap<MerchantId, Vec<Queued>> = BTreeMap::new();
        for order in queued {
            by_merchant
                .entry(order.merchant_id)
                .or_default()
                .push(order);
        }
        let mut planned = 0;
        for (merchant_id, queued) in by_merchant {
            planned += match self.plan_merchant(merchant_id, &queued).await {
                Ok(planned) => planned,
                Err(error) => {
                    self.put_off_merchant(merchant_id, &queued, &error).await;
                    0
                }
            };
        }
        if planned > 0 {
            self.outbox.wake();
            self.ledger.wake();
        }
        Ok(released || planned > 0)
    }

    /// One merchant's trouble holds up only its own orders.
    async fn put_off_merchant(&self, merchant_id: MerchantId, queued: &[Queued], error: &Error) {
        tracing::error!(
            merchant.id = %merchant_id,
            error = %error,
            error.source = source_of(error),
            "{} orders of merchant {merchant_id} could not be planned and are tried again later: {error}",
            queued.len()
        );
        for order in queued {
            if let Err(error) = self.put_off(order).await {
                // They stay due: the next round tries them again, and says so again.
                tracing::warn!(error = %error, "orders could not be put off: {error}");
                return;
            }
        }
    }

    async fn plan_merchant(
        &self,
        merchant_id: MerchantId,
        queued: &[Queued],
    ) -> Result<usize, Error> {
        let unresolved = self.resolve_listings(merchant_id, queued).await?;
        let mut ready = Vec::with_capacity(queued.len());
        for order in queued.iter().copied() {
            if unresolved.contains(&order.order_id) {
                self.put_off(&order).await?;
            } else {
                ready.push(order);
            }
        }
        if ready.is_empty() {
            return Ok(0);
        }
        match self.plan_batch(merchant_id, &ready).await {
            Ok(planned) => return Ok(planned),
            Err(error) => {
                tracing::debug!(error = %error, "a batch of orders is planned one by one: {error}")
            }
        }
        let mut planned = 0;
        for order in ready {
            planned += self.plan_alone(merchant_id, order).await?;
        }
        Ok(planned)
    }

    /// One bad order holds up only itself.
    async fn plan_alone(&self, merchant_id: MerchantId, order: Queued) -> Result<usize, Error> {
        match self.plan_batch(merchant_id, &[order]).await {
            Ok(planned) => Ok(planned),
            Err(error) => {
                self.report_and_put_off(&order, &error).await?;
                Ok(0)
            }
        }
    }

    async fn report_and_put_off(&self, order: &Queued, error: &Error) -> Result<(), Error> {
        tracing::error!(
            order.id = %order.order_id,
            error = %error,
            error.source = source_of(error),
            "order {} could not be planned and is tried again later: {error}",
            order.order_id
        );
        self.put_off(order).await
    }

    async fn put_off(&self, order: &Queued) -> Result<(), Error> {
        let pause =
            TimeDelta::seconds(2_i64.saturating_pow(order.failures.clamp(0, 9).unsigned_abs()));
        let mut conn = self.db.acquire().await?;
        Ok(planning_queue::put_off(&mut conn, order, self.clock.now() + pause).await?)
    }

    /// Asks catalog about listings that are not known yet. Answers the orders that must wait since catalog is away.
    async fn resolve_listings(
        &self,
        merchant_id: MerchantId,
        queued: &[Queued],
    ) -> Result<BTreeSet<OrderId>, Error> {
        let order_ids: Vec<OrderId> = queued.iter().map(|order| order.order_id).collect();
        let unknown = {
            let mut conn = self.db.acquire().await?;
            listings::unknown_of(&mut conn, merchant_id, &order_ids).await?
        };
        if unknown.is_empty() {
            return Ok(BTreeSet::new());
        }
        let keys: BTreeSet<_> = unknown.iter().map(|(_, key)| key.clone()).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        match self.catalog.resolve(merchant_id, &keys).await {
            Ok(answers) => {
                let mut tx = moa_service::begin(&self.db).await?;
                listings::answered(&mut tx, merchant_id, &keys, &answers, self.clock.now()).await?;
                tx.commit().await?;
                Ok(BTreeSet::new())
            }
            Err(error) => {
                tracing::warn!(error = %error, "{} orders wait for catalog: {error}", order_ids.len());
                Ok(unknown.into_iter().map(|(order_id, _)| order_id).collect())
            }
        }
    }

    async fn plan_batch(&self, merchant_id: MerchantId, queued: &[Queued]) -> Result<usize, Error> {
        let now = self.clock.now();
        let order_ids: Vec<OrderId> = queued.iter().map(|order| order.order_id).collect();
        let mut tx = moa_service::begin(&self.db).await?;
        let locked = orders::lock_free(&mut tx, merchant_id, &order_ids).await?;
        let facts = load_facts(&mut tx, merchant_id, &locked).await?;
        self.carry_out(&mut tx, merchant_id, &facts, now).await?;
        let planned: Vec<Queued> = queued
            .iter()
            .filter(|order| locked.contains(&order.order_id))
            .copied()
            .collect();
        planning_queue::remove(&mut tx, merchant_id, &planned).await?;
        tx.commit().await?;
        Ok(planned.len())
    }

    async fn carry_out(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        facts: &[OrderFacts],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let steps: Vec<(&OrderFacts, Step)> = facts
            .iter()
            .flat_map(|facts| plan(facts).into_iter().map(move |step| (facts, step)))
            .collect();
        let mut new_events: Vec<NewEvent> = Vec::new();
        let mut asked = Vec::new();
        let mut grants = Vec::new();
        let mut revoked = Vec::new();
        for (facts, step) in steps {
            match step {
                Step::Acknowledge { channel_parcel_id } => {
                    asked.push(self.acknowledgement(facts, channel_parcel_id, now));
                }
                Step::AcknowledgeAgain { effect_id, .. } => {
                    self.acknowledge_again(&mut *conn, merchant_id, effect_id, now)
                        .await?;
                }
                Step::ShipDigital {
                    channel_parcel_id,
                    line_ids,
                } => {
                    let number = TrackingNumber::direct(facts.order.order_id, &channel_parcel_id);
                    new_events.extend(
                        self.ship_digital(&mut *conn, facts, number, &line_ids, now)
                            .await?,
                    );
                }
                Step::Grant {
                    line_id,
                    variant_id,
                    quantity,
                    name,
                } => {
                    let Some(line) = facts.order.line(line_id) else {
                        continue;
                    };
                    let granted = Entitlement::granted(
                        merchant_id,
                        self.ids.next(),
                        facts.order.order_id,
                        &line.snapshot,
                        variant_id,
                        quantity,
                        now,
                    );
                    grants.push(match name {
                        Some(name) => granted.called(name),
                        None => granted,
                    });
                }
                Step::Revoke { entitlement_id } => revoked.push(entitlement_id),
            }
        }
        let (asked, effects): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        self.ledger.intend(&mut *conn, &effects).await?;
        acknowledgements::insert_all(&mut *conn, merchant_id, &asked).await?;
        new_events.extend(
            self.grant_entitlements(&mut *conn, merchant_id, &grants, now)
                .await?,
        );
        for entitlement_id in revoked {
            let Some(mut entitlement) =
                entitlements::lock(&mut *conn, merchant_id, entitlement_id).await?
            else {
                continue;
            };
            if entitlement.revoke() == Outcome::Applied(()) {
                entitlements::save(&mut *conn, &mut entitlement, now).await?;
                entitlements::let_token_go(&mut *conn, merchant_id, entitlement_id, now).await?;
                new_events.push(events::entitlement_changed(&self.ids, &entitlement, now));
            }
        }
        self.outbox.push_all(conn, &new_events).await?;
        Ok(())
    }

    /// A new acknowledgement with the effect that carries it out.
    fn acknowledgement(
        &self,
        facts: &OrderFacts,
        channel_parcel_id: String,
        now: DateTime<Utc>,
    ) -> ((ChannelAccountId, Acknowledgement), NewEffect) {
        let order = &facts.order;
        let acknowledgement = Acknowledgement {
            parcel_id: self.ids.uuid(),
            channel_parcel_id,
            order_id: order.order_id,
            effect_id: self.ids.next(),
            state: AcknowledgementState::Asked,
            asked_at: now,
            settled_at: None,
        };
        let intent = AcknowledgeIntent {
            channel_order_id: order.channel_order_id.clone(),
            channel_parcel_id: acknowledgement.channel_parcel_id.clone(),
        };
        let effect = NewEffect {
            effect_id: acknowledgement.effect_id,
            merchant_id: order.merchant_id,
            kind: EffectKind::Acknowledge,
            dedupe_key: format!(
                "acknowledge:{}:{}",
                order.account_id, acknowledgement.channel_parcel_id
            ),
            account_id: order.account_id.as_uuid(),
            subject_id: acknowledgement.parcel_id,
            order_id: Some(order.order_id.as_uuid()),
            payload: intent.into_payload(),
            not_before: None,
            give_up_at: None,
        };
        ((order.account_id, acknowledgement), effect)
    }

    async fn acknowledge_again(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        effect_id: EffectId,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let why = "nothing speaks against it any more";
        match self
            .ledger
            .redrive(&mut *conn, merchant_id, effect_id, "fulfillment", why)
            .await
        {
            // Not at rest: an operator was quicker, and it is on its way already.
            Ok(_) | Err(RedriveRefused::NotRedrivable { .. }) => {}
            Err(RedriveRefused::Database(error)) => return Err(error.into()),
            Err(error @ RedriveRefused::NotFound(_)) => {
                tracing::error!(effect.id = %effect_id, error = %error, "a blocked acceptance has no effect: {error}");
                return Ok(());
            }
        }
        let asked = acknowledgements::Settled {
            effect_id,
            state: AcknowledgementState::Asked,
        };
        acknowledgements::settle(conn, merchant_id, &[asked], now).await?;
        Ok(())
    }

    /// Tells the channel that a parcel of digital lines was delivered, under a number derived from it.
    async fn ship_digital(
        &self,
        conn: &mut PgConnection,
        facts: &OrderFacts,
        tracking_number: TrackingNumber,
        line_ids: &[LineId],
        now: DateTime<Utc>,
    ) -> Result<Vec<NewEvent>, Error> {
        let order = &facts.order;
        let shipment_id = self.ids.next();
        let command = PackCommand {
            merchant_id: order.merchant_id,
            shipment_id,
            request_id: format!("moa:{shipment_id}"),
            lines: line_ids
                .iter()
                .map(|line_id| PackLine {
                    order_id: order.order_id,
                    line_id: *line_id,
                    quantity: 0,
                })
                .collect(),
            carrier: Carrier::Direct,
            tracking_number,
            created_by: String::new(),
        };
        let orders = BTreeMap::from([(order.order_id, order.clone())]);
        let packed =
            shipments::packed_lines(&mut *conn, order.merchant_id, &[order.order_id]).await?;
        let mut shipment = pack(command, &orders, &packed, now)?;
        shipments::insert(&mut *conn, &shipment).await?;
        let created = events::shipment_changed(&self.ids, &shipment, now);
        let mut new_events = vec![created];
        new_events.extend(
            self.begin_dispatch(conn, &mut shipment, &orders, "fulfillment", now)
                .await?,
        );
        Ok(new_events)
    }
}

fn source_of(error: &Error) -> String {
    std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Everything we hold about some orders.
pub(super) async fn load_facts(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<OrderFacts>, Error> {
    let orders = orders::load(&mut *conn, merchant_id, order_ids).await?;
    let acknowledgements = acknowledgements::list(&mut *conn, merchant_id, order_ids).await?;
    let entitlements = entitlements::list_of_orders(&mut *conn, merchant_id, order_ids).await?;
    let packed = shipments::not_to_be_packed_again(&mut *conn, merchant_id, order_ids).await?;
    let facts = orders.into_values().map(|order| OrderFacts {
        acknowledgements: acknowledgements
            .iter()
            .filter(|ack| ack.order_id == order.order_id)
            .cloned()
            .collect(),
        entitlements: entitlements
            .iter()
            .filter(|e| e.order_id == order.order_id)
            .cloned()
            .collect(),
        packed: packed
            .iter()
            .filter(|line_id| order.line(**line_id).is_some())
            .copied()
            .collect(),
        order,
    });
    Ok(facts.collect())
}
