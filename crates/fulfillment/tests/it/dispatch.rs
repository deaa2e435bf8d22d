//! Telling the channel a tracking number: looked at once more, never twice, never after a cancel.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1::{InspectionVerdict, ProbeVerdict, WriteOutcome};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::ShipmentState;
use moa_testkit::eventually;
use sqlx::PgPool;

use crate::world::{MUG, TRACKING, World};

/// `ShipmentChanged`: emitted at every change of a shipment. Consumer: admin-gateway.
/// `ParcelDispatched`: emitted when the channel took the tracking number. Consumers: order-sync, admin-gateway.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_dispatch_goes_under_the_permit_of_a_fresh_look(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1"), (MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    assert_eq!(shipment.state(), ShipmentState::Ready);
    assert_eq!(world.blockers(&order).await, ["AWAITING_DISPATCH"; 2]);

    assert_eq!(
        world.dispatch(&shipment).await.unwrap().state(),
        ShipmentState::Dispatching
    );
    let shipment = world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    assert!(shipment.dispatched_at.is_some());
    assert_eq!(world.blockers(&order).await, ["", ""]);
    {
        let channel = world.channel.0.lock().unwrap();
        assert_eq!(channel.dispatched.len(), 1);
        let item = &channel.dispatched[0];
        assert_eq!(item.lines, channel.inspected[0].lines);
        assert_eq!(item.lines.len(), 2);
        assert!(!item.permit_id.is_empty());
        assert_eq!(
            (item.carrier.as_str(), item.tracking_number.as_str()),
            ("CJ_LOGISTICS", TRACKING)
        );
    }
    let told: Vec<_> = world
        .events::<pb::ShipmentChanged>()
        .await
        .into_iter()
        .map(|e| e.shipment.unwrap())
        .collect();
    let states: Vec<_> = told.iter().map(pb::Shipment::state).collect();
    assert_eq!(
        states,
        [
            ShipmentState::Ready,
            ShipmentState::Dispatching,
            ShipmentState::Dispatched
        ]
    );
    assert!(told.is_sorted_by_key(|shipment| shipment.version));
    let dispatched = world.events::<pb::ParcelDispatched>().await;
    assert_eq!(dispatched.len(), 1);
    assert_eq!(dispatched[0].shipment_id, shipment.shipment_id);
    assert_eq!(dispatched[0].tracking_number, TRACKING);

    // Once more changes nothing.
    assert_eq!(world.dispatch(&shipment).await.unwrap(), shipment);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_order_cancelled_meanwhile_is_held_and_nothing_is_sent(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.channel.0.lock().unwrap().inspect = (InspectionVerdict::Blocked, "ORDER_CANCELLED");
    world.dispatch(&shipment).await.unwrap();
    let held = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "ORDER_CANCELLED");
    assert!(held.hold_detail.contains("the channel shows"));
    assert_eq!(world.blockers(&order).await, ["ORDER_CANCELLED"]);
    assert!(world.channel.0.lock().unwrap().dispatched.is_empty());
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_held_shipment_is_tried_again_with_a_new_look(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.channel.0.lock().unwrap().inspect = (InspectionVerdict::Blocked, "CANCEL_REQUESTED");
    world.dispatch(&shipment).await.unwrap();
    world.shipment_is(&shipment, ShipmentState::Held).await;

    world.channel.0.lock().unwrap().inspect = (InspectionVerdict::Clear, "");
    assert_eq!(
        world.dispatch(&shipment).await.unwrap().state(),
        ShipmentState::Dispatching
    );
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    assert_eq!(world.channel.looks_dispatches_probes(), (2, 1, 0));
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_unclear_upload_is_probed_and_never_resent(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.channel.0.lock().unwrap().dispatch = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
    world.dispatch(&shipment).await.unwrap();
    world.effect_is(&order, "DISPATCH", "UNKNOWN").await;
    assert_eq!(
        world.shipment(&shipment).await.state(),
        ShipmentState::Dispatching
    );
    // Neither asking again nor taking back is possible while nobody knows.
    world.dispatch(&shipment).await.unwrap();
    let refused = world.cancel(&shipment).await.unwrap_err();
    assert_eq!(
        moa_service::reason_of(&refused).as_deref(),
        Some("SHIPMENT_DISPATCHING")
    );

    world.time_of_effects_has_come().await;
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    assert_eq!(world.channel.looks_dispatches_probes(), (1, 1, 1));
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn another_number_at_the_channel_is_put_before_a_person(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    {
        let mut channel = world.channel.0.lock().unwrap();
        channel.dispatch = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
        channel.probe = (ProbeVerdict::Conflict, "ANOTHER_TRACKING_NUMBER");
    }
    world.dispatch(&shipment).await.unwrap();
    world.effect_is(&order, "DISPATCH", "UNKNOWN").await;
    world.time_of_effects_has_come().await;
    let held = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "ANOTHER_TRACKING_NUMBER");
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_parcel_that_left_under_our_number_counts_as_dispatched(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    {
        let mut channel = world.channel.0.lock().unwrap();
        channel.inspect = (InspectionVerdict::AlreadyDispatched, "");
        channel.tracking_there = TRACKING.to_owned();
    }
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    assert!(world.channel.0.lock().unwrap().dispatched.is_empty());
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_parcel_that_left_under_another_number_is_held(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    {
        let mut channel = world.channel.0.lock().unwrap();
        channel.inspect = (InspectionVerdict::AlreadyDispatched, "");
        channel.tracking_there = "111122223333".to_owned();
    }
    world.dispatch(&shipment).await.unwrap();
    let held = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "PARCEL_ALREADY_DISPATCHED");
    assert!(held.hold_detail.contains("111122223333"));
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_dispatch_waits_for_the_acceptance_and_is_held_after_half_an_hour(pool: PgPool) {
    let world = World::start(pool).await;
    world.channel.0.lock().unwrap().acknowledge =
        (WriteOutcome::RefusedLater, "CHANNEL_QUOTA_EXHAUSTED");
    let order = world.place(&[(MUG, "box-1")]);
    world.effect_is(&order, "ACKNOWLEDGE", "RETRYABLE").await;
    let shipment = world.pack(&order).await;
    world.dispatch(&shipment).await.unwrap();
    eventually(|| async {
        let reason: String =
            sqlx::query_scalar("SELECT reason FROM fulfillment.effects WHERE kind = 'DISPATCH'")
                .fetch_one(&world.pool)
                .await
                .unwrap();
        (reason == "PARCEL_NOT_ACKNOWLEDGED").then_some(())
    })
    .await;
    assert_eq!(world.blockers(&order).await, ["DISPATCHING"]);

    world.advance(TimeDelta::minutes(30));
    let held = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "PARCEL_NOT_ACKNOWLEDGED");
    assert!(held.hold_detail.contains("30 minutes"));
    assert!(world.channel.0.lock().unwrap().inspected.is_empty());
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_shipment_of_two_parcels_is_dispatched_when_both_are(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1"), (MUG, "box-2")]).await;
    let shipment = world.pack(&order).await;
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    assert_eq!(world.channel.0.lock().unwrap().dispatched.len(), 2);
    assert_eq!(world.effects(&order, "DISPATCH", "CONFIRMED").await, 2);
    world.stop().await;
}
