//! The steps of the stories.

use chrono::TimeDelta;
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::notification::v1 as notification;
use moa_proto::moa::order_sync::v1 as orders;
use moa_service::timestamp;
use moa_testkit::{a_friday, eventually};
use prost::{Message, Name};
use tonic::Status;
use uuid::Uuid;

use crate::fakes;
use crate::world::{TRACKING, World};

impl World {
    /// Places an order of these listings, each in the parcel named beside it.
    pub(crate) fn place(&self, lines: &[(&str, &str)]) -> orders::Order {
        let order_id = self.app.ids.uuid();
        let order = orders::Order {
            order_id: order_id.to_string(),
            version: 1,
            channel: "coupang".to_owned(),
            channel_account_id: self.account_id.to_string(),
            channel_order_id: format!("9{}", self.orders.len()),
            state: orders::OrderState::Placed.into(),
            ordered_at: Some(timestamp(a_friday())),
            lines: lines
                .iter()
                .enumerate()
                .map(|(index, (listing, parcel))| orders::OrderLine {
                    line_id: self.app.ids.uuid().to_string(),
                    channel_line_id: format!("{listing}-{index}"),
                    channel_parcel_id: (*parcel).to_owned(),
                    channel_listing_id: (*listing).to_owned(),
                    product_name: format!("상품 {listing}"),
                    quantity: 1,
                    state: orders::OrderState::Placed.into(),
                    ..orders::OrderLine::default()
                })
                .collect(),
            ..orders::Order::default()
        };
        let placed = orders::OrderPlaced {
            order: Some(order.clone()),
        };
        self.orders.publish(self.merchant_id, order_id, 1, &placed);
        order
    }

    /// The channel shows the order otherwise now.
    pub(crate) fn change(
        &self,
        order: &mut orders::Order,
        change: impl FnOnce(&mut orders::Order),
    ) {
        order.version += 1;
        change(order);
        self.publish_change(order);
    }

    /// order-sync tells of the order as it is here.
    pub(crate) fn publish_change(&self, order: &orders::Order) {
        let changed = orders::OrderChanged {
            order: Some(order.clone()),
        };
        self.orders.publish(
            self.merchant_id,
            order.order_id.parse().unwrap(),
            order.version,
            &changed,
        );
    }

    /// Every event that was published is applied.
    pub(crate) async fn has_heard_everything(&self) {
        let feeds = [
            ("fulfillment.orders", self.orders.len()),
            ("fulfillment.inquiries", self.inquiries.len()),
            ("fulfillment.listings", self.listings.len()),
            ("fulfillment.messages", self.messages.len()),
        ];
        for (consumer, published) in feeds.into_iter().filter(|(_, published)| *published > 0) {
            eventually(|| async {
                let seq: Option<i64> = sqlx::query_scalar(
                    "SELECT seq FROM fulfillment.feed_cursors WHERE consumer = $1",
                )
                .bind(consumer)
                .fetch_optional(&self.pool)
                .await
                .unwrap();
                (seq == Some(published)).then_some(())
            })
            .await;
        }
    }

    /// Nothing is left to plan.
    pub(crate) async fn has_planned_everything(&self) {
        self.has_heard_everything().await;
        eventually(|| async {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT (SELECT count(*) FROM fulfillment.planning_queue)
                      + (SELECT count(*) FROM fulfillment.listings WHERE release_after IS NOT NULL)",
            )
            .fetch_one(&self.pool)
            .await
            .unwrap();
            (waiting == 0).then_some(())
        })
        .await;
    }

    /// An order whose parcels the channel accepted.
    pub(crate) async fn accepted(&self, lines: &[(&str, &str)]) -> orders::Order {
        let order = self.place(lines);
        let parcels: std::collections::BTreeSet<_> =
            lines.iter().map(|(_, parcel)| parcel).collect();
        eventually(|| async {
            (self.effects(&order, "ACKNOWLEDGE", "CONFIRMED").await == parcels.len()).then_some(())
        })
        .await;
        order
    }

    /// How many effects of an order are of this kind and in this state.
    pub(crate) async fn effects(&self, order: &orders::Order, kind: &str, state: &str) -> usize {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM fulfillment.effects WHERE order_id = $1::uuid AND kind = $2 AND state = $3",
        )
        .bind(order.order_id.parse::<Uuid>().unwrap())
        .bind(kind)
        .bind(state)
        .fetch_one(&self.pool)
        .await
        .unwrap();
        usize::try_from(count).unwrap()
    }

    /// Waits until the order has an effect of this kind in this state.
    pub(crate) async fn effect_is(&self, order: &orders::Order, kind: &str, state: &str) {
        eventually(|| async { (self.effects(order, kind, state).await > 0).then_some(()) }).await;
    }

    /// A request to pack these lines of an order.
    pub(crate) fn packing(
        &self,
        order: &orders::Order,
        lines: &[usize],
    ) -> pb::CreateShipmentRequest {
        pb::CreateShipmentRequest {
            merchant_id: self.merchant_id.to_string(),
            request_id: self.app.ids.uuid().to_string(),
            lines: lines
                .iter()
                .map(|index| pb::CreateShipmentLine {
                    order_id: order.order_id.clone(),
                    line_id: order.lines[*index].line_id.clone(),
                    quantity: 0,
                })
                .collect(),
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: TRACKING.to_owned(),
            operator_id: Uuid::from_u128(7).to_string(),
            // Stories give every parcel the same number.
            accept_duplicate_number: true,
        }
    }

    /// Packs all lines of an order.
    pub(crate) async fn pack(&self, order: &orders::Order) -> pb::Shipment {
        let lines: Vec<usize> = (0..order.lines.len()).collect();
        self.create(self.packing(order, &lines)).await.unwrap()
    }

    pub(crate) async fn create(
        &self,
        request: pb::CreateShipmentRequest,
    ) -> Result<pb::Shipment, Status> {
        Ok(self
            .admin
            .clone()
            .create_shipment(request)
            .await?
            .into_inner()
            .shipment
            .unwrap())
    }

    pub(crate) async fn dispatch(&self, shipment: &pb::Shipment) -> Result<pb::Shipment, Status> {
        let request = pb::DispatchShipmentRequest {
            merchant_id: self.merchant_id.to_string(),
            shipment_id: shipment.shipment_id.clone(),
            operator_id: Uuid::from_u128(7).to_string(),
        };
        Ok(self
            .admin
            .clone()
            .dispatch_shipment(request)
            .await?
            .into_inner()
            .shipment
            .unwrap())
    }

    pub(crate) async fn cancel(&self, shipment: &pb::Shipment) -> Result<pb::Shipment, Status> {
        let request = pb::CancelShipmentRequest {
            merchant_id: self.merchant_id.to_string(),
            shipment_id: shipment.shipment_id.clone(),
            operator_id: Uuid::from_u128(7).to_string(),
        };
        Ok(self
            .admin
            .clone()
            .cancel_shipment(request)
            .await?
            .into_inner()
            .shipment
            .unwrap())
    }

    pub(crate) async fn shipment(&self, shipment: &pb::Shipment) -> pb::Shipment {
        let request = pb::GetShipmentRequest {
            merchant_id: self.merchant_id.to_string(),
            shipment_id: shipment.shipment_id.clone(),
        };
        self.admin
            .clone()
            .get_shipment(request)
            .await
            .unwrap()
            .into_inner()
            .shipment
            .unwrap()
    }

    /// Waits until the shipment is in this state.
    pub(crate) async fn shipment_is(
        &self,
        shipment: &pb::Shipment,
        state: pb::ShipmentState,
    ) -> pb::Shipment {
        eventually(|| async {
            let now = self.shipment(shipment).await;
            (now.state() == state).then_some(now)
        })
        .await
    }

    /// Shipments with lines of an order.
    pub(crate) async fn shipments(&self, order: &orders::Order) -> Vec<pb::Shipment> {
        let request = pb::ListShipmentsRequest {
            merchant_id: self.merchant_id.to_string(),
            order_id: order.order_id.clone(),
            ..pb::ListShipmentsRequest::default()
        };
        self.admin
            .clone()
            .list_shipments(request)
            .await
            .unwrap()
            .into_inner()
            .shipments
    }

    pub(crate) async fn entitlements(&self, order: &orders::Order) -> Vec<pb::Entitlement> {
        let request = pb::ListEntitlementsRequest {
            merchant_id: self.merchant_id.to_string(),
            order_id: order.order_id.clone(),
            ..pb::ListEntitlementsRequest::default()
        };
        self.admin
            .clone()
            .list_entitlements(request)
            .await
            .unwrap()
            .into_inner()
            .entitlements
    }

    /// The line's blocker and its owner.
    pub(crate) async fn blockers(&self, order: &orders::Order) -> Vec<String> {
        let request = pb::ExplainOrderRequest {
            merchant_id: self.merchant_id.to_string(),
            order_id: order.order_id.clone(),
        };
        let lines = self
            .admin
            .clone()
            .explain_order(request)
            .await
            .unwrap()
            .into_inner()
            .lines;
        let mut blockers = Vec::new();
        for line in &order.lines {
            let explained = lines
                .iter()
                .find(|explained| explained.line_id == line.line_id)
                .unwrap();
            blockers.push(explained.blocker.clone());
        }
        blockers
    }

    /// Catalog announces what a listing stands for.
    pub(crate) fn map(&self, listing: &str, kind: catalog::VariantKind, version: i64) {
        let component = fakes::component(Uuid::from_u128(103), kind, 1);
        self.map_to(listing, version, &[component]);
    }

    /// Catalog announces the set that a listing stands for.
    pub(crate) fn map_to(
        &self,
        listing: &str,
        version: i64,
        components: &[catalog::MappingComponent],
    ) {
        let mapping = catalog::ListingMapping {
            channel_account_id: self.account_id.to_string(),
            ..fakes::mapping(listing, version, components)
        };
        let mut shelf = self.catalog.0.lock().unwrap();
        shelf.mappings.insert(listing.to_owned(), mapping.clone());
        drop(shelf);
        let mapped = catalog::ListingMapped {
            mapping: Some(mapping),
        };
        self.listings
            .publish(self.merchant_id, Uuid::from_u128(500), version, &mapped);
    }

    /// Catalog announces that a listing lost its mapping.
    pub(crate) fn unmap(&self, listing: &str, version: i64) {
        self.catalog.0.lock().unwrap().mappings.remove(listing);
        let unmapped = catalog::ListingUnmapped {
            channel_account_id: self.account_id.to_string(),
            channel_listing_id: listing.to_owned(),
        };
        self.listings
            .publish(self.merchant_id, Uuid::from_u128(500), version, &unmapped);
    }

    /// notification tells that the link of an entitlement was delivered.
    pub(crate) fn link_delivered(&self, order: &orders::Order, entitlement: &pb::Entitlement) {
        let message_id = self.app.ids.uuid();
        let delivered = notification::MessageDelivered {
            message_id: message_id.to_string(),
            subject_id: entitlement.entitlement_id.clone(),
            order_id: order.order_id.clone(),
            template: "activation_link".to_owned(),
        };
        self.messages
            .publish(self.merchant_id, message_id, 2, &delivered);
    }

    /// The events of one type that the hub heard about, oldest first.
    pub(crate) async fn events<M: Message + Name + Default>(&self) -> Vec<M> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM fulfillment.outbox WHERE type = $1 ORDER BY xid, seq",
        )
        .bind(M::full_name())
        .fetch_all(&self.pool)
        .await
        .unwrap();
        payloads
            .iter()
            .map(|payload| M::decode(payload.as_slice()).unwrap())
            .collect()
    }

    /// Moves every waiting effect to now, by the ledger's own clock.
    pub(crate) async fn time_of_effects_has_come(&self) {
        sqlx::query(
            "UPDATE fulfillment.effects
             SET next_attempt_at = now() - interval '1 second', send_deadline_at = send_deadline_at - interval '1 hour'
             WHERE state IN ('RETRYABLE', 'UNKNOWN')",
        )
        .execute(&self.pool)
        .await
        .unwrap();
        self.app.ledger.wake();
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}
