//! Packing: what may go, what must go together, and clear refusals.

use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::ShipmentState;
use moa_service::{metadata_of, reason_of};
use moa_testkit::eventually;
use sqlx::PgPool;
use uuid::Uuid;

use crate::world::{MUG, TRACKING, World};

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn the_same_request_again_answers_the_first_shipment(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let mut request = world.packing(&order, &[0]);
    request.tracking_number = "6804-0545 0931".to_owned();
    let (first, second) =
        tokio::join!(world.create(request.clone()), world.create(request.clone()));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.shipment_id, second.shipment_id);
    assert_eq!(first.tracking_number, TRACKING);
    assert_eq!(
        world.create(request).await.unwrap().shipment_id,
        first.shipment_id
    );
    assert_eq!(world.shipments(&order).await.len(), 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_second_tracking_number_is_refused_and_names_the_first(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let first = world.pack(&order).await;
    let mut request = world.packing(&order, &[0]);
    request.tracking_number = "111122223333".to_owned();
    let refused = world.create(request.clone()).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("LINE_ALREADY_SHIPPED"));
    let metadata = metadata_of(&refused);
    assert_eq!(metadata["shipment_id"], first.shipment_id);
    assert_eq!(metadata["tracking_number"], TRACKING);

    // Taken back, the line can be packed anew.
    assert_eq!(
        world.cancel(&first).await.unwrap().state(),
        ShipmentState::Cancelled
    );
    world.create(request).await.unwrap();
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn two_operators_at_once_pack_a_line_only_once(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let answers = tokio::join!(
        world.create(world.packing(&order, &[0])),
        world.create(world.packing(&order, &[0]))
    );
    let refused = match answers {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        other => panic!("exactly one must pack it: {other:?}"),
    };
    assert_eq!(reason_of(&refused).as_deref(), Some("LINE_ALREADY_SHIPPED"));
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_number_of_another_receivers_parcel_is_asked_about_and_one_of_the_same_receiver_is_not(
    pool: PgPool,
) {
    let world = World::start(pool).await;
    let first = world.accepted(&[(MUG, "box-1")]).await;
    let other = world.accepted(&[(MUG, "box-2")]).await;
    let shipment = world.pack(&first).await;
    let mut request = world.packing(&other, &[0]);
    request.accept_duplicate_number = false;
    let refused = world.create(request.clone()).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("TRACKING_NUMBER_IN_USE")
    );
    let metadata = metadata_of(&refused);
    assert_eq!(metadata["shipment_id"], shipment.shipment_id);
    assert_eq!(metadata["channel_order_id"], first.channel_order_id);

    // Another carrier's number is another number.
    let mut hanjin = request.clone();
    hanjin.carrier = "HANJIN".to_owned();
    let taken_back = world.create(hanjin).await.unwrap();
    world.cancel(&taken_back).await.unwrap();

    for order in [&first, &other] {
        world.receivers.goes_to(&order.order_id, "김모아");
    }
    world.create(request).await.unwrap();
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn every_refusal_has_its_reason(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1"), (MUG, "box-1")]).await;
    let unmapped = world.place(&[("mystery", "box-9")]);
    world.has_planned_everything().await;
    let packing = |change: fn(&mut pb::CreateShipmentRequest)| {
        let mut request = world.packing(&order, &[0, 1]);
        change(&mut request);
        request
    };
    let cases = [
        (
            "CARRIER_UNKNOWN",
            packing(|r| r.carrier = "PIGEON".to_owned()),
        ),
        (
            "TRACKING_NUMBER_MALFORMED",
            packing(|r| r.tracking_number = "12".to_owned()),
        ),
        (
            "TRACKING_NUMBER_MALFORMED",
            packing(|r| r.tracking_number = "6804O5450931".to_owned()),
        ),
        (
            "ORDER_NOT_FOUND",
            packing(|r| r.lines[0].order_id = Uuid::from_u128(77).to_string()),
        ),
        (
            "LINE_NOT_FOUND",
            packing(|r| r.lines[0].line_id = Uuid::from_u128(77).to_string()),
        ),
        (
            "ORDER_NOT_FOUND",
            packing(|r| r.merchant_id = Uuid::from_u128(77).to_string()),
        ),
        ("QUANTITY_EXCEEDED", packing(|r| r.lines[0].quantity = 2)),
        ("PARCEL_LINES_MISSING", packing(|r| r.lines.truncate(1))),
        ("LINE_HELD", world.packing(&unmapped, &[0])),
        ("INVALID_ARGUMENT", packing(|r| r.lines.clear())),
        ("INVALID_ARGUMENT", packing(|r| r.lines[0].quantity = -1)),
        ("INVALID_ARGUMENT", packing(|r| r.request_id.clear())),
        (
            "INVALID_ARGUMENT",
            packing(|r| r.merchant_id = "seven".to_owned()),
        ),
    ];
    for (reason, request) in cases {
        let refused = world.create(request).await.unwrap_err();
        assert_eq!(reason_of(&refused).as_deref(), Some(reason), "{refused:?}");
    }
    let refused = world
        .create(packing(|r| r.carrier = "PIGEON".to_owned()))
        .await
        .unwrap_err();
    assert!(metadata_of(&refused)["known"].contains("KOREA_POST"));
    assert!(world.shipments(&order).await.is_empty());
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn lists_go_on_where_the_page_ended(pool: PgPool) {
    let world = World::start(pool).await;
    let mut packed = Vec::new();
    for parcel in ["box-1", "box-2", "box-3"] {
        let order = world.accepted(&[(MUG, parcel)]).await;
        packed.push(world.pack(&order).await.shipment_id);
    }
    packed.reverse();
    let mut request = pb::ListShipmentsRequest {
        merchant_id: world.merchant_id.to_string(),
        state: ShipmentState::Ready.into(),
        page_size: 2,
        ..pb::ListShipmentsRequest::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = world
            .admin
            .clone()
            .list_shipments(request.clone())
            .await
            .unwrap()
            .into_inner();
        listed.extend(
            page.shipments
                .into_iter()
                .map(|shipment| shipment.shipment_id),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, packed);
    request.page_size = 201;
    let refused = world
        .admin
        .clone()
        .list_shipments(request)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("INVALID_ARGUMENT"));
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_dispatched_shipment_cannot_be_taken_back(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    let refused = world.cancel(&shipment).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("SHIPMENT_ALREADY_DISPATCHED")
    );
    let stranger = pb::Shipment {
        shipment_id: Uuid::from_u128(77).to_string(),
        ..pb::Shipment::default()
    };
    for refused in [
        world.dispatch(&stranger).await,
        world.cancel(&stranger).await,
    ] {
        assert_eq!(
            reason_of(&refused.unwrap_err()).as_deref(),
            Some("SHIPMENT_NOT_FOUND")
        );
    }
    eventually(|| async { (world.blockers(&order).await == [""]).then_some(()) }).await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_cancelled_shipment_is_not_dispatched(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let shipment = world.pack(&order).await;
    world.cancel(&shipment).await.unwrap();
    let refused = world.dispatch(&shipment).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("SHIPMENT_CANCELLED"));
    world.stop().await;
}
