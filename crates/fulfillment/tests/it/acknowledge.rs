//! Orders are accepted at their channel, once, when every line of the parcel is known and unheld.

use moa_proto::moa::catalog::v1::VariantKind;
use moa_proto::moa::channel_proxy::v1::WriteOutcome;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_testkit::eventually;
use sqlx::PgPool;

use crate::world::{MUG, World};

/// `ParcelAcknowledged`: emitted when the channel took the acceptance. Consumers: order-sync, admin-gateway.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_order_is_acknowledged_once_per_parcel(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world
        .accepted(&[(MUG, "box-1"), (MUG, "box-1"), (MUG, "box-2")])
        .await;
    // The same order again, and a change that matters to nobody here.
    world.publish_change(&order);
    let mut order = order;
    world.change(&mut order, |order| order.contact_version += 1);
    world.has_planned_everything().await;

    let mut parcels: Vec<String> = world
        .channel
        .0
        .lock()
        .unwrap()
        .acknowledged
        .iter()
        .map(|item| item.channel_parcel_id.clone())
        .collect();
    parcels.sort();
    assert_eq!(parcels, ["box-1", "box-2"]);
    let mut heard = world.events::<pb::ParcelAcknowledged>().await;
    heard.sort_by(|a, b| a.channel_parcel_id.cmp(&b.channel_parcel_id));
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].order_id, order.order_id);
    assert_eq!(heard[0].channel_order_id, order.channel_order_id);
    assert_eq!(
        world.blockers(&order).await,
        ["AWAITING_TRACKING_NUMBER"; 3]
    );
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_parcel_with_an_unknown_listing_waits_until_it_is_mapped(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.place(&[(MUG, "box-1"), ("mystery", "box-1")]);
    world.has_planned_everything().await;
    assert_eq!(
        world.blockers(&order).await,
        ["AWAITING_ACKNOWLEDGE", "UNMAPPED_LISTING"]
    );
    assert!(world.channel.0.lock().unwrap().acknowledged.is_empty());

    world.map("mystery", VariantKind::Physical, 1);
    world.effect_is(&order, "ACKNOWLEDGE", "CONFIRMED").await;
    assert_eq!(
        world.blockers(&order).await,
        ["AWAITING_TRACKING_NUMBER"; 2]
    );
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_older_mapping_does_not_replace_a_newer_one(pool: PgPool) {
    let world = World::start(pool).await;
    world.map("mystery", VariantKind::Digital, 5);
    world.map("mystery", VariantKind::Physical, 4);
    world.has_heard_everything().await;
    let order = world.accepted(&[("mystery", "box-1")]).await;
    eventually(|| async { (world.entitlements(&order).await.len() == 1).then_some(()) }).await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn orders_wait_while_catalog_is_away_and_are_planned_when_it_is_back(pool: PgPool) {
    let world = World::start(pool).await;
    world.catalog.0.lock().unwrap().is_away = true;
    let order = world.place(&[(MUG, "box-1")]);
    eventually(|| async { (world.catalog.0.lock().unwrap().calls > 0).then_some(()) }).await;
    assert_eq!(world.blockers(&order).await, ["AWAITING_PLANNING"]);

    world.catalog.0.lock().unwrap().is_away = false;
    eventually(|| async {
        // The pause is measured by the world's clock, which stands still.
        world.advance(chrono::TimeDelta::seconds(1));
        (world.effects(&order, "ACKNOWLEDGE", "CONFIRMED").await == 1).then_some(())
    })
    .await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_unclear_acknowledgement_is_probed_and_not_sent_again(pool: PgPool) {
    let world = World::start(pool).await;
    world.channel.0.lock().unwrap().acknowledge = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
    let order = world.place(&[(MUG, "box-1")]);
    world.effect_is(&order, "ACKNOWLEDGE", "UNKNOWN").await;
    assert_eq!(world.blockers(&order).await, ["AWAITING_ACKNOWLEDGE"]);

    world.time_of_effects_has_come().await;
    world.effect_is(&order, "ACKNOWLEDGE", "CONFIRMED").await;
    assert_eq!(world.channel.looks_dispatches_probes(), (0, 0, 1));
    assert_eq!(world.channel.0.lock().unwrap().acknowledged.len(), 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_refused_acknowledgement_is_explained_and_not_repeated(pool: PgPool) {
    let world = World::start(pool).await;
    world.channel.0.lock().unwrap().acknowledge = (WriteOutcome::RefusedFinal, "PARCEL_UNKNOWN");
    let mut order = world.place(&[(MUG, "box-1")]);
    world.effect_is(&order, "ACKNOWLEDGE", "REJECTED").await;
    world.change(&mut order, |order| order.contact_version += 1);
    world.has_planned_everything().await;
    assert_eq!(world.blockers(&order).await, ["ACKNOWLEDGE_REFUSED"]);
    assert_eq!(world.channel.0.lock().unwrap().acknowledged.len(), 1);
    world.stop().await;
}
