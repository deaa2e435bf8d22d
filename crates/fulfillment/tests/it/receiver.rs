//! A parcel leaves only for whom it was packed.

use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::InspectionVerdict;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::order_sync::v1 as orders;
use moa_service::{metadata_of, reason_of};
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;

use crate::world::{MUG, World};

fn lives_at(place: u8) -> Option<channel::ReceiverMark> {
    Some(channel::ReceiverMark {
        place: vec![place; 32].into(),
        name: vec![9; 32].into(),
    })
}

impl World {
    /// An accepted order whose receiver is known.
    async fn for_somebody(&self) -> orders::Order {
        let mut order = self.accepted(&[(MUG, "box-1")]).await;
        self.moves(&mut order, 1, 1);
        self.has_planned_everything().await;
        order
    }

    fn moves(&self, order: &mut orders::Order, contact_version: i64, place: u8) {
        self.change(order, |order| {
            order.lines[0].state = orders::OrderState::Acknowledged.into();
            order.contact_version = contact_version;
            order.receiver = lives_at(place);
        });
    }

    async fn confirm(
        &self,
        shipment: &pb::Shipment,
        order: &orders::Order,
        contact_version: i64,
    ) -> Result<pb::Shipment, Status> {
        let request = pb::ConfirmReceiverRequest {
            merchant_id: self.merchant_id.to_string(),
            shipment_id: shipment.shipment_id.clone(),
            operator_id: Uuid::from_u128(7).to_string(),
            seen: vec![pb::SeenReceiver {
                order_id: order.order_id.clone(),
                contact_version,
            }],
        };
        let confirmed = self.admin.clone().confirm_receiver(request).await?;
        Ok(confirmed.into_inner().shipment.unwrap())
    }
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_receiver_who_moved_holds_the_parcel_until_a_person_has_seen_the_new_address(
    pool: PgPool,
) {
    let world = World::start(pool).await;
    let mut order = world.for_somebody().await;
    let shipment = world.pack(&order).await;
    assert_eq!(shipment.receivers[0].contact_version, 1);

    // Another phone is another contact, but no other receiver.
    world.moves(&mut order, 2, 1);
    world.has_planned_everything().await;
    let untouched = world.shipment(&shipment).await;
    assert_eq!(untouched.state(), pb::ShipmentState::Ready);

    world.moves(&mut order, 3, 2);
    let held = world.shipment_is(&shipment, pb::ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "RECEIVER_CHANGED");
    assert_eq!(world.blockers(&order).await, ["RECEIVER_CHANGED"]);
    let dispatched = world.dispatch(&shipment).await.unwrap();
    assert_eq!(
        dispatched.state(),
        pb::ShipmentState::Held,
        "nothing leaves"
    );

    let outdated = world.confirm(&shipment, &order, 2).await.unwrap_err();
    assert_eq!(
        reason_of(&outdated).as_deref(),
        Some("RECEIVER_SEEN_OUTDATED")
    );
    assert_eq!(metadata_of(&outdated)["contact_version"], "3");
    let confirmed = world.confirm(&shipment, &order, 3).await.unwrap();
    assert_eq!(confirmed.state(), pb::ShipmentState::Ready);
    assert_eq!(confirmed.receivers[0].contact_version, 3);
    let again = world.confirm(&shipment, &order, 3).await.unwrap();
    assert_eq!(again.version, confirmed.version, "a repeat does nothing");

    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, pb::ShipmentState::Dispatched)
        .await;
    let looked = world.channel.0.lock().unwrap().inspected.clone();
    assert_eq!(looked[0].receiver, lives_at(2), "the look compares, too");
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn what_only_the_look_shows_is_confirmed_once_it_was_read(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.for_somebody().await;
    let shipment = world.pack(&order).await;
    world.channel.0.lock().unwrap().inspect = (InspectionVerdict::Blocked, "RECEIVER_CHANGED");
    world.dispatch(&shipment).await.unwrap();
    let held = world.shipment_is(&shipment, pb::ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "RECEIVER_CHANGED");
    let early = world.confirm(&shipment, &order, 1).await.unwrap_err();
    assert_eq!(reason_of(&early).as_deref(), Some("RECEIVER_NOT_READ_YET"));

    world.moves(&mut order, 2, 2);
    world.has_planned_everything().await;
    world.confirm(&shipment, &order, 2).await.unwrap();
    world.channel.0.lock().unwrap().inspect = (InspectionVerdict::Clear, "");
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, pb::ShipmentState::Dispatched)
        .await;
    // What left stays left, wherever the buyer moves afterwards.
    world.moves(&mut order, 3, 3);
    world.has_planned_everything().await;
    let left = world.shipment(&shipment).await;
    assert_eq!(left.state(), pb::ShipmentState::Dispatched);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_erased_receiver_is_forgotten_and_holds_nothing(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.for_somebody().await;
    let shipment = world.pack(&order).await;
    world.change(&mut order, |order| {
        order.receiver = None;
        order.contact_erased = true;
    });
    world.has_planned_everything().await;
    let kept: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM fulfillment.orders WHERE receiver_place <> '' OR receiver_name <> '')
              + (SELECT count(*) FROM fulfillment.shipment_parcels
                 WHERE receiver_place <> '' OR receiver_name <> '')",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(kept, 0);
    let ready = world.shipment(&shipment).await;
    assert_eq!(ready.state(), pb::ShipmentState::Ready);
    world.stop().await;
}
