//! Plays a script on a still service, each time for a merchant of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fulfillment::domain::carrier::{Carrier, TrackingNumber};
use fulfillment::domain::packing::{DuplicateNumber, PackCommand, PackLine};
use fulfillment::domain::shipment::Shipment;
use fulfillment::effects::acknowledge::AcknowledgeHandler;
use fulfillment::effects::dispatch::DispatchHandler;
use fulfillment::feeds::listings::ListingsFeed;
use fulfillment::feeds::messages::MessagesFeed;
use fulfillment::feeds::orders::OrdersFeed;
use fulfillment::store::{entitlements, orders, shipments};
use moa_effects::{EffectHandler, EffectsWorker};
use moa_id::{MerchantId, OrderId};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::notification::v1 as notification;
use moa_proto::moa::order_sync::v1 as pb;
use moa_testkit::{a_friday, eventually};
use prost::{Message, Name};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::history::{self, World};
use super::script::{Case, Step};
use crate::world;

/// Who a script is played for.
pub(super) struct Played<'a> {
    pub(super) stage: &'a Stage,
    pub(super) world: &'a World,
    pub(super) merchant_id: MerchantId,
    /// How much catalog knows of each listing.
    known: Mutex<BTreeMap<usize, usize>>,
}

/// The service that scripts are played on.
pub(super) struct Stage {
    pub(super) around: world::World,
    merchants: AtomicU32,
}

impl Stage {
    pub(super) fn new(around: world::World) -> Self {
        Self {
            around,
            merchants: AtomicU32::new(1),
        }
    }

    /// Somebody about whom nothing is known yet. What others left waiting is forgotten, so that the channel is not told it.
    pub(super) async fn newcomer<'a>(&'a self, case: &'a Case) -> Played<'a> {
        sqlx::query("DELETE FROM fulfillment.effects")
            .execute(&self.around.pool)
            .await
            .unwrap();
        let number = self.merchants.fetch_add(1, Ordering::Relaxed);
        self.around.catalog.0.lock().unwrap().mappings.clear();
        *self.around.channel.0.lock().unwrap() = Default::default();
        Played {
            stage: self,
            world: &case.world,
            merchant_id: MerchantId::from_uuid(Uuid::from_u128(0xA000_0000 + u128::from(number))),
            known: Mutex::default(),
        }
    }
}

impl Played<'_> {
    pub(super) async fn step(&self, step: &Step) {
        match step {
            Step::Orders(batch) => self.hear_orders(batch).await,
            Step::Listings(batch) => self.hear_listings(batch).await,
            Step::Mapped(listing, version) => self.catalog_knows(*listing, *version),
            Step::Look => while self.stage.around.app.plan_orders().await.unwrap() {},
            Step::Pack => self.pack().await,
            Step::Send => self.send().await,
            Step::Channel => self.channel_takes().await,
            Step::Links => self.links_arrive().await,
        }
    }

    async fn hear_orders(&self, batch: &[(usize, usize)]) {
        let events = batch.iter().map(|(order, version)| {
            let told = Some(self.world.orders[*order].told(*order, *version));
            let id = history::order_id(*order);
            match version {
                1 => self.event(id, *version, &pb::OrderPlaced { order: told }),
                _ => self.event(id, *version, &pb::OrderChanged { order: told }),
            }
        });
        let feed = OrdersFeed(Arc::clone(&self.stage.around.app));
        self.hear(&feed, events.collect()).await;
    }

    async fn hear_listings(&self, batch: &[(usize, usize)]) {
        let mut events = Vec::new();
        for (listing, version) in batch {
            self.catalog_knows(*listing, *version);
            let id = Uuid::from_u128(0x4000 + *listing as u128);
            events.push(match history::mapping(self.world, *listing, *version) {
                Some(mapping) => {
                    let mapping = Some(mapping);
                    self.event(id, *version, &catalog::ListingMapped { mapping })
                }
                None => {
                    let unmapped = catalog::ListingUnmapped {
                        channel_account_id: history::ACCOUNT.to_string(),
                        channel_listing_id: history::listing(*listing).to_owned(),
                    };
                    self.event(id, *version, &unmapped)
                }
            });
        }
        let feed = ListingsFeed(Arc::clone(&self.stage.around.app));
        self.hear(&feed, events).await;
    }

    async fn hear(&self, feed: &dyn FeedHandler, events: Vec<FeedEvent>) {
        let mut tx = moa_service::begin(&self.stage.around.pool).await.unwrap();
        feed.apply(&mut tx, &events).await.unwrap();
        tx.commit().await.unwrap();
        feed.after_commit();
    }

    fn event<M: Message + Name>(&self, id: Uuid, version: usize, message: &M) -> FeedEvent {
        FeedEvent {
            event_id: self.stage.around.app.ids.next(),
            merchant_id: self.merchant_id,
            type_name: M::full_name(),
            aggregate_id: id,
            version: version as i64,
            occurred_at: a_friday(),
            payload: message.encode_to_vec().into(),
        }
    }

    async fn links_arrive(&self) {
        let mut conn = self.stage.around.pool.acquire().await.unwrap();
        let of_orders = self.order_ids();
        let known = entitlements::list_of_orders(&mut conn, self.merchant_id, &of_orders).await;
        let known = known.unwrap();
        drop(conn);
        let delivered = known.iter().map(|entitlement| {
            let message = notification::MessageDelivered {
                subject_id: entitlement.id.to_string(),
                order_id: entitlement.order_id.to_string(),
                template: "activation_link".to_owned(),
                ..Default::default()
            };
            self.event(entitlement.id.as_uuid(), 1, &message)
        });
        let feed = MessagesFeed(Arc::clone(&self.stage.around.app));
        self.hear(&feed, delivered.collect()).await;
    }

    /// Catalog may know more than its feed has told, never less.
    fn catalog_knows(&self, listing: usize, version: usize) {
        let mut known = self.known.lock().unwrap();
        let newest = known.entry(listing).or_default();
        *newest = version.max(*newest);
        let mut shelf = self.stage.around.catalog.0.lock().unwrap();
        let key = history::listing(listing).to_owned();
        match history::mapping(self.world, listing, *newest) {
            Some(mapping) => shelf.mappings.insert(key, mapping),
            None => shelf.mappings.remove(&key),
        };
    }

    pub(super) fn order_ids(&self) -> Vec<OrderId> {
        let orders = 0..self.world.orders.len();
        orders
            .map(|order| OrderId::from_uuid(history::order_id(order)))
            .collect()
    }

    /// The shipments that were not taken back.
    pub(super) async fn shipments(&self) -> Vec<Shipment> {
        let mut conn = self.stage.around.pool.acquire().await.unwrap();
        let of_orders = self.order_ids();
        let ids = shipments::living_of_orders(&mut conn, self.merchant_id, &of_orders).await;
        shipments::load(&mut conn, self.merchant_id, &ids.unwrap())
            .await
            .unwrap()
    }

    /// Packs each parcel that may leave. What may not is refused, which is the service's to decide.
    async fn pack(&self) {
        let app = &self.stage.around.app;
        let mut conn = app.db.acquire().await.unwrap();
        let known = orders::load(&mut conn, self.merchant_id, &self.order_ids())
            .await
            .unwrap();
        drop(conn);
        for order in known.values() {
            for parcel in order.parcel_ids() {
                let lines = order
                    .parcel_lines(parcel)
                    .filter(|line| line.snapshot.remaining() > 0);
                let command = PackCommand {
                    merchant_id: self.merchant_id,
                    shipment_id: app.ids.next(),
                    request_id: app.ids.uuid().to_string(),
                    lines: lines
                        .map(|line| PackLine {
                            order_id: order.order_id,
                            line_id: line.snapshot.line_id,
                            quantity: 0,
                        })
                        .collect(),
                    carrier: Carrier::parse("CJ_LOGISTICS").unwrap(),
                    tracking_number: TrackingNumber::from_stored(world::TRACKING.to_owned()),
                    created_by: "an operator".to_owned(),
                };
                if !command.lines.is_empty() {
                    app.create_shipment(command, DuplicateNumber::Accept)
                        .await
                        .ok();
                }
            }
        }
    }

    /// Sends off every shipment. One that is held or was taken back is refused, which is the service's to decide.
    async fn send(&self) {
        for shipment in self.shipments().await {
            let app = &self.stage.around.app;
            app.dispatch_shipment(self.merchant_id, shipment.id, "an operator")
                .await
                .ok();
        }
    }

    /// Lets the effects' worker run until nothing waits.
    async fn channel_takes(&self) {
        let app = &self.stage.around.app;
        let probe_spacing = Duration::from_secs(1800);
        let handlers: Vec<Arc<dyn EffectHandler>> = vec![
            Arc::new(AcknowledgeHandler {
                app: Arc::clone(app),
                probe_spacing,
            }),
            Arc::new(DispatchHandler {
                app: Arc::clone(app),
                probe_spacing,
            }),
        ];
        let ledger = app.ledger.clone();
        let worker = EffectsWorker::new(app.db.clone(), ledger, handlers, app.ids.uuid(), 4);
        let cancel = CancellationToken::new();
        let working = tokio::spawn(worker.run(cancel.clone()));
        eventually(async || {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM fulfillment.effects
                 WHERE merchant_id = $1 AND state IN ('PENDING', 'CLAIMED', 'VERIFIED', 'SENDING')",
            )
            .bind(self.merchant_id.as_uuid())
            .fetch_one(&app.db)
            .await
            .unwrap();
            (waiting == 0).then_some(())
        })
        .await;
        cancel.cancel();
        working.await.unwrap();
    }
}

/// Plays a script to its end; `after` is asked after each step.
pub(super) async fn play(
    played: &Played<'_>,
    script: &[Step],
    after: impl AsyncFn(&Step) -> Result<(), String>,
) -> Result<(), String> {
    for step in script {
        played.step(step).await;
        after(step).await?;
    }
    Ok(())
}
