//! A cancel that is stored stops what has not left, in the same transaction.

use moa_proto::moa::channel_proxy::v1::{InspectionVerdict, ProbeVerdict, WriteOutcome};
use moa_proto::moa::effects::v1 as effects;
use moa_proto::moa::effects::v1::effects_service_client::EffectsServiceClient;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::ShipmentState;
use moa_proto::moa::order_sync::v1::{Claim, ClaimKind, ClaimState, OrderState};
use moa_service::{ServiceName, reason_of};
use moa_testkit::{eventually, identity, serve};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::world::{MUG, World};

fn cancelled(order: &mut moa_proto::moa::order_sync::v1::Order) {
    order.lines[0].cancelled_quantity = 1;
    order.lines[0].state = OrderState::Cancelled.into();
}

fn cancel_requested(order: &mut moa_proto::moa::order_sync::v1::Order) {
    order.claims.push(Claim {
        claim_id: uuid::Uuid::from_u128(9).to_string(),
        kind: ClaimKind::StopShipment.into(),
        state: ClaimState::Requested.into(),
        ..Claim::default()
    });
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_cancel_holds_a_packed_shipment_and_its_dispatch_is_refused(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.change(&mut order, cancelled);
    let held = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "ORDER_CANCELLED");
    let refused = world.dispatch(&shipment).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("ORDER_CANCELLED"));
    assert_eq!(world.effects(&order, "DISPATCH", "PENDING").await, 0);
    assert_eq!(world.blockers(&order).await, [""]);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_cancel_blocks_a_dispatch_that_waits(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.channel.0.lock().unwrap().dispatch =
        (WriteOutcome::RefusedLater, "CHANNEL_QUOTA_EXHAUSTED");
    world.dispatch(&shipment).await.unwrap();
    world.effect_is(&order, "DISPATCH", "RETRYABLE").await;

    world.change(&mut order, cancel_requested);
    let held = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "CANCEL_REQUESTED");
    assert_eq!(world.effects(&order, "DISPATCH", "BLOCKED").await, 1);
    world.change(&mut order, cancelled);
    eventually(|| async {
        (world.shipment(&shipment).await.hold_reason == "ORDER_CANCELLED").then_some(())
    })
    .await;

    // Nothing is left of it: the shipment can be taken back.
    assert_eq!(
        world.cancel(&shipment).await.unwrap().state(),
        ShipmentState::Cancelled
    );
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_open_demand_holds_a_dispatch_until_it_is_withdrawn(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.change(&mut order, cancel_requested);
    world.shipment_is(&shipment, ShipmentState::Held).await;
    let still_held = world.dispatch(&shipment).await.unwrap();
    assert_eq!(
        (still_held.state(), still_held.hold_reason.as_str()),
        (ShipmentState::Held, "CANCEL_REQUESTED")
    );

    world.change(&mut order, |order| {
        order.claims[0].state = ClaimState::Withdrawn.into()
    });
    world.has_heard_everything().await;
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_cancel_after_the_dispatch_marks_it_for_repair(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    world.change(&mut order, cancel_requested);
    world.effect_is(&order, "DISPATCH", "REPAIR").await;
    assert_eq!(
        world.shipment(&shipment).await.state(),
        ShipmentState::Dispatched
    );
    world.stop().await;
}

/// Two of a line, packed.
async fn two_of_a_line(world: &World) -> (moa_proto::moa::order_sync::v1::Order, pb::Shipment) {
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    world.change(&mut order, |order| order.lines[0].quantity = 2);
    world.has_planned_everything().await;
    let shipment = world.pack(&order).await;
    (order, shipment)
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_cancelled_part_holds_the_packed_whole_and_the_hold_tells_what_is_so_now(pool: PgPool) {
    let world = World::start(pool).await;
    let (mut order, shipment) = two_of_a_line(&world).await;
    world.change(&mut order, |order| order.lines[0].cancelled_quantity = 1);
    let held = world.shipment_is(&shipment, ShipmentState::Held).await;
    assert_eq!(held.hold_reason, "ORDER_CANCELLED");
    assert!(held.hold_detail.contains("only 1 of the 2"), "{held:?}");

    world.change(&mut order, |order| order.lines[0].cancelled_quantity = 2);
    eventually(|| async {
        let held = world.shipment(&shipment).await;
        held.hold_detail
            .contains("was cancelled at the channel")
            .then_some(())
    })
    .await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_part_that_is_cancelled_after_the_dispatch_marks_it_for_repair(pool: PgPool) {
    let world = World::start(pool).await;
    let (mut order, shipment) = two_of_a_line(&world).await;
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    world.change(&mut order, |order| order.lines[0].cancelled_quantity = 1);
    world.effect_is(&order, "DISPATCH", "REPAIR").await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_return_after_delivery_is_no_repair(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    world.change(&mut order, |order| {
        order.lines[0].state = OrderState::Returned.into();
        order.lines[0].cancelled_quantity = 1;
    });
    world.has_heard_everything().await;
    assert_eq!(world.effects(&order, "DISPATCH", "CONFIRMED").await, 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_cancel_blocks_an_acknowledgement_that_waits_and_a_withdrawn_one_asks_again(
    pool: PgPool,
) {
    let world = World::start(pool).await;
    world.channel.0.lock().unwrap().acknowledge =
        (WriteOutcome::RefusedLater, "CHANNEL_QUOTA_EXHAUSTED");
    let mut order = world.place(&[(MUG, "box-1")]);
    world.effect_is(&order, "ACKNOWLEDGE", "RETRYABLE").await;
    world.change(&mut order, cancel_requested);
    world.effect_is(&order, "ACKNOWLEDGE", "BLOCKED").await;
    assert_eq!(world.blockers(&order).await, ["CANCEL_REQUESTED"]);

    world.channel.0.lock().unwrap().acknowledge = (WriteOutcome::Confirmed, "");
    world.change(&mut order, |order| {
        order.claims[0].state = ClaimState::Withdrawn.into()
    });
    world.effect_is(&order, "ACKNOWLEDGE", "CONFIRMED").await;
    world.stop().await;
}

/// Nothing more is told of a cancel that was withdrawn while nobody knew what became of the acceptance.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_acceptance_that_a_withdrawn_cancel_kept_back_is_asked_for_again(pool: PgPool) {
    let world = World::start(pool).await;
    world.channel.0.lock().unwrap().acknowledge = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
    let mut order = world.place(&[(MUG, "box-1")]);
    world.effect_is(&order, "ACKNOWLEDGE", "UNKNOWN").await;
    world.change(&mut order, cancel_requested);
    world.has_heard_everything().await;
    world.change(&mut order, |order| {
        order.claims[0].state = ClaimState::Withdrawn.into()
    });
    world.has_planned_everything().await;
    {
        let mut channel = world.channel.0.lock().unwrap();
        channel.probe = (ProbeVerdict::Clean, "");
        channel.acknowledge = (WriteOutcome::Confirmed, "");
    }
    // Two looks that find nothing decide.
    eventually(|| async {
        world.time_of_effects_has_come().await;
        (world.effects(&order, "ACKNOWLEDGE", "BLOCKED").await == 1).then_some(())
    })
    .await;

    world.advance(chrono::TimeDelta::seconds(61));
    world.effect_is(&order, "ACKNOWLEDGE", "CONFIRMED").await;
    assert_eq!(world.channel.0.lock().unwrap().acknowledged.len(), 2);
    world.stop().await;
}

/// An operator may redrive the effect alone, past the shipment: the stored cancel is looked at again.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_redriven_dispatch_of_a_cancelled_order_is_blocked_again(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.channel.0.lock().unwrap().inspect = (InspectionVerdict::Blocked, "LINE_HELD");
    world.dispatch(&shipment).await.unwrap();
    world.shipment_is(&shipment, ShipmentState::Held).await;
    world.channel.0.lock().unwrap().inspect = (InspectionVerdict::Clear, "");
    world.change(&mut order, cancelled);
    world.has_heard_everything().await;

    let server = fulfillment::grpc::server(
        world.app.clone(),
        identity(ServiceName::Fulfillment),
        CancellationToken::new(),
    );
    let channel = serve(server, ServiceName::Fulfillment, ServiceName::AdminGateway).await;
    let mut effects_client = EffectsServiceClient::new(channel);
    let effect_id: uuid::Uuid =
        sqlx::query_scalar("SELECT effect_id FROM fulfillment.effects WHERE kind = 'DISPATCH'")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    let redrive = effects::RedriveEffectRequest {
        merchant_id: world.merchant_id.to_string(),
        effect_id: effect_id.to_string(),
        operator: "7".to_owned(),
        reason: "try".to_owned(),
    };
    effects_client.redrive_effect(redrive).await.unwrap();
    eventually(|| async {
        let reason: String = sqlx::query_scalar(
            "SELECT reason FROM fulfillment.effects WHERE kind = 'DISPATCH' AND state = 'BLOCKED'",
        )
        .fetch_optional(&world.pool)
        .await
        .unwrap()?;
        (reason == "ORDER_CANCELLED").then_some(())
    })
    .await;
    assert_eq!(world.channel.looks_dispatches_probes(), (1, 0, 0));
    world.stop().await;
}
