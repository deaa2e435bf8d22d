//! What listings stand for: sets, corrections, and lines that nobody has said anything about yet.

use moa_proto::moa::catalog::v1::VariantKind::{Digital, Physical};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::affected_lines_service_client::AffectedLinesServiceClient;
use moa_service::ServiceName;
use moa_testkit::{eventually, identity, serve};
use pb::AffectedLineStanding::{Follows, Granted, Left, Packed};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::fakes::{self, component};
use crate::world::{BOOK, MUG, World};

const CUP: Uuid = Uuid::from_u128(201);
const PLATE: Uuid = Uuid::from_u128(202);
const GUIDE: Uuid = Uuid::from_u128(203);

impl World {
    /// (order, standing, what was packed or granted) of the lines that a mapping of this listing concerns.
    async fn affected(
        &self,
        listing: &str,
        needs_person_only: bool,
    ) -> Vec<(String, pb::AffectedLineStanding, Vec<(String, i32)>)> {
        let server = fulfillment::grpc::server(
            self.app.clone(),
            identity(ServiceName::Fulfillment),
            CancellationToken::new(),
        );
        let channel = serve(server, ServiceName::Fulfillment, ServiceName::AdminGateway).await;
        let mut client = AffectedLinesServiceClient::new(channel);
        let mut lines = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListAffectedLinesRequest {
                merchant_id: self.merchant_id.to_string(),
                channel_account_id: self.account_id.to_string(),
                channel_listing_id: listing.to_owned(),
                needs_person_only,
                page_size: 1,
                page_token,
            };
            let page = client.list_affected_lines(request).await.unwrap();
            let page = page.into_inner();
            lines.extend(page.lines.into_iter().map(|line| {
                let standing = line.standing();
                let contents = line.contents.into_iter();
                let contents = contents.map(|one| (one.name, one.quantity));
                (line.order_id, standing, contents.collect())
            }));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return lines;
            }
        }
    }
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_unmapped_line_holds_itself_and_nobody_else_and_goes_on_once_it_is_mapped(pool: PgPool) {
    let world = World::start(pool).await;
    let held = world.place(&[("mystery", "box-1"), (MUG, "box-2")]);
    let neighbour = world.place(&[(MUG, "box-3")]);
    world
        .effect_is(&neighbour, "ACKNOWLEDGE", "CONFIRMED")
        .await;
    // The other parcel of the same order goes on, to its tracking number.
    world.effect_is(&held, "ACKNOWLEDGE", "CONFIRMED").await;
    world.has_planned_everything().await;
    assert_eq!(
        world.blockers(&held).await,
        ["UNMAPPED_LISTING", "AWAITING_TRACKING_NUMBER"]
    );
    assert_eq!(world.effects(&held, "ACKNOWLEDGE", "CONFIRMED").await, 1);
    world.create(world.packing(&held, &[1])).await.unwrap();

    world.map_to("mystery", 1, &[component(CUP, Physical, 1)]);
    let both = async || (world.effects(&held, "ACKNOWLEDGE", "CONFIRMED").await == 2).then_some(());
    eventually(both).await;
    assert_eq!(world.blockers(&held).await[0], "AWAITING_TRACKING_NUMBER");
    world.stop().await;
}

/// Asked about a later order, catalog may answer with a mapping before its feed tells of it.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_answer_that_is_ahead_of_the_feed_releases_the_orders_that_waited_for_the_mapping(
    pool: PgPool,
) {
    let world = World::start(pool).await;
    let held = world.place(&[("mystery", "box-1")]);
    world.has_planned_everything().await;
    assert_eq!(world.blockers(&held).await, ["UNMAPPED_LISTING"]);
    let mapping = fakes::mapping("mystery", 1, &[component(CUP, Physical, 1)]);
    let shelf = world.catalog.0.clone();
    shelf
        .lock()
        .unwrap()
        .mappings
        .insert("mystery".to_owned(), mapping);
    world.accepted(&[("mystery", "box-2")]).await;
    world.map_to("mystery", 1, &[component(CUP, Physical, 1)]);
    world.effect_is(&held, "ACKNOWLEDGE", "CONFIRMED").await;
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_set_of_goods_and_a_link_sends_the_link_and_packs_the_goods_by_their_quantities(
    pool: PgPool,
) {
    let world = World::start(pool).await;
    let set = [
        component(CUP, Physical, 2),
        component(PLATE, Physical, 1),
        component(GUIDE, Digital, 1),
    ];
    world.map_to("set", 1, &set);
    world.has_heard_everything().await;
    let order = world.accepted(&[("set", "box-1")]).await;
    world.has_planned_everything().await;
    let granted: Vec<pb::EntitlementGranted> = world.events().await;
    assert_eq!(granted.len(), 1);
    assert_eq!(granted[0].product_name, format!("상품 {}", GUIDE.as_u128()));
    assert_eq!(world.blockers(&order).await, ["AWAITING_TRACKING_NUMBER"]);

    let shipment = world.pack(&order).await;
    let contents = shipment.lines[0].contents.iter();
    let contents: Vec<(&str, i32)> = contents.map(|c| (c.sku.as_str(), c.quantity)).collect();
    assert_eq!(contents, [("SKU-201", 2), ("SKU-202", 1)]);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn each_digital_part_of_a_set_is_granted_once(pool: PgPool) {
    let world = World::start(pool).await;
    let set = [component(CUP, Digital, 1), component(GUIDE, Digital, 3)];
    world.map_to("library", 1, &set);
    world.has_heard_everything().await;
    let order = world.accepted(&[("library", "box-1")]).await;
    world.has_planned_everything().await;
    let granted: Vec<pb::EntitlementGranted> = world.events().await;
    assert_eq!(granted.len(), 2);
    world.publish_change(&moa_proto::moa::order_sync::v1::Order {
        version: 2,
        ..order.clone()
    });
    world.has_planned_everything().await;
    let granted: Vec<pb::EntitlementGranted> = world.events().await;
    assert_eq!(granted.len(), 2);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_corrected_mapping_is_followed_by_what_waits_and_names_what_was_packed(pool: PgPool) {
    let world = World::start(pool).await;
    world.map_to("cup", 1, &[component(CUP, Physical, 1)]);
    world.has_heard_everything().await;
    let gone = world.accepted(&[("cup", "box-1")]).await;
    let shipment = world.pack(&gone).await;
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, pb::ShipmentState::Dispatched)
        .await;
    let packed = world.accepted(&[("cup", "box-2")]).await;
    world.pack(&packed).await;
    let waiting = world.accepted(&[("cup", "box-3")]).await;
    assert_eq!(
        world.affected("cup", false).await,
        [(waiting.order_id.clone(), Follows, vec![])]
    );

    world.map_to("cup", 2, &[component(CUP, Physical, 2)]);
    world.has_planned_everything().await;
    let was = vec![("상품 201".to_owned(), 1)];
    let for_a_person = [
        (packed.order_id.clone(), Packed, was.clone()),
        (gone.order_id.clone(), Left, was),
    ];
    assert_eq!(world.affected("cup", true).await, for_a_person);
    assert_eq!(world.affected("cup", false).await.len(), 3);
    let anew = world.pack(&waiting).await;
    assert_eq!(anew.lines[0].contents[0].quantity, 2);

    // Corrected back: what left was right after all.
    world.map_to("cup", 3, &[component(CUP, Physical, 1)]);
    world.has_planned_everything().await;
    let wrong: Vec<String> = world
        .affected("cup", true)
        .await
        .into_iter()
        .map(|(id, ..)| id)
        .collect();
    assert_eq!(wrong, [waiting.order_id]);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_link_that_was_granted_stays_and_is_named(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(BOOK, "box-1")]).await;
    world.has_planned_everything().await;
    assert_eq!(world.affected(BOOK, false).await, []);
    world.map_to(BOOK, 2, &[component(GUIDE, Digital, 1)]);
    world.has_planned_everything().await;
    let granted: Vec<pb::EntitlementGranted> = world.events().await;
    assert_eq!(granted.len(), 1, "the buyer may have used the first link");
    let named = world.affected(BOOK, true).await;
    let was = vec![(format!("상품 {BOOK}"), 1)];
    assert_eq!(named, [(order.order_id, Granted, was)]);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_unmapped_listing_holds_again_what_was_not_packed(pool: PgPool) {
    let world = World::start(pool).await;
    world.map_to("cup", 1, &[component(CUP, Physical, 1)]);
    world.has_heard_everything().await;
    let order = world.accepted(&[("cup", "box-1")]).await;
    world.unmap("cup", 2);
    world.has_planned_everything().await;
    assert_eq!(world.blockers(&order).await, ["UNMAPPED_LISTING"]);
    let refused = world.create(world.packing(&order, &[0])).await.unwrap_err();
    assert_eq!(
        moa_service::reason_of(&refused).as_deref(),
        Some("LINE_HELD")
    );
    // An answer that was on its way when the mapping was taken back does not bring it again.
    world.map_to("cup", 1, &[component(CUP, Physical, 1)]);
    world.publish_change(&moa_proto::moa::order_sync::v1::Order {
        version: 2,
        ..order.clone()
    });
    world.has_planned_everything().await;
    assert_eq!(world.blockers(&order).await, ["UNMAPPED_LISTING"]);
    world.stop().await;
}
