//! Reading product lists: every listing is known before anybody orders it.

use chrono::TimeDelta;
use moa_proto::moa::jobs::v1 as jobs;
use moa_proto::moa::order_sync::v1 as pb;
use order_sync::Stream;
use prost::Message;
use sqlx::PgPool;

use crate::fake_products::product;
use crate::world::World;

impl World {
    /// What was told of listings, oldest first, with its version.
    async fn listings_told(&self) -> Vec<(pb::ListingSeen, i64)> {
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
            "SELECT payload, aggregate_version FROM order_sync.outbox
             WHERE type = 'moa.order_sync.v1.ListingSeen' ORDER BY xid, seq",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        let told = rows.into_iter();
        told.map(|(payload, version)| {
            (
                pb::ListingSeen::decode(payload.as_slice()).unwrap(),
                version,
            )
        })
        .collect()
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_product_list_is_walked_page_by_page_and_told_once_and_again_when_it_changed(
    pool: PgPool,
) {
    let world = World::known(pool).await;
    world.channel.with(|state| state.page_size = 2);
    world
        .channel
        .offer(product("1", "사과", &[("11", "3kg"), ("12", "5kg")]));
    world.channel.offer(product("2", "배", &[("21", "")]));
    // Not approved yet: nobody can order it.
    world.channel.offer(product("3", "감", &[("", "1kg")]));

    let job = world.run_job("read-products").await;
    assert_eq!(
        (job.state(), job.result.as_str()),
        (
            jobs::JobState::Succeeded,
            "read 3 product(s) with 3 listing(s) of 1 account(s); 0 product(s) could not be read"
        )
    );
    assert_eq!(world.channel.calls("FetchProducts"), 2);
    assert_eq!(
        world.channel.calls("FetchProduct"),
        3,
        "the list shows no options"
    );
    let told = world.listings_told().await;
    let (first, version) = &told[0];
    let offer = first.listed.as_ref().unwrap();
    assert_eq!((told.len(), *version, first.ordered_at), (3, 1, None));
    assert_eq!(
        (
            offer.product_name.as_str(),
            offer.option_name.as_str(),
            offer.barcode.as_str()
        ),
        ("사과", "3kg", "8801")
    );

    world.channel.offer(product("2", "햇배", &[("21", "")]));
    world.clock.advance(TimeDelta::hours(1));
    world.run_job("read-products").await;
    let told = world.listings_told().await;
    let (renamed, version) = &told[3];
    assert_eq!((told.len(), *version), (4, 2));
    assert_eq!(renamed.listed.as_ref().unwrap().product_name, "햇배");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_list_that_shows_its_options_is_not_read_product_by_product(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.with(|state| state.list_shows_offers = true);
    world.channel.offer(product("1", "사과", &[("11", "3kg")]));
    world.run_job("read-products").await;
    assert_eq!(world.channel.calls("FetchProduct"), 0);
    assert_eq!(world.listings_told().await.len(), 1);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_orders_and_the_list_show_is_told_together(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world
        .channel
        .offer(product("1", "사과", &[("a", "3kg 한 상자")]));
    world.run_job("read-products").await;
    let told = world.listings_told().await;
    let (both, version) = &told[1];
    assert_eq!((both.product_name.as_str(), *version), ("사과 a", 2));
    assert!(both.ordered_at.is_some());
    assert_eq!(both.listed.as_ref().unwrap().option_name, "3kg 한 상자");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_walk_that_broke_off_goes_on_at_its_page(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.with(|state| {
        state.page_size = 1;
        state.list_shows_offers = true;
    });
    world.channel.offer(product("1", "사과", &[("11", "")]));
    world.channel.offer(product("2", "배", &[("21", "")]));
    let walk = world.run_job("read-products");
    world.channel.close_gate(1);
    let (job, ()) = tokio::join!(walk, async {
        let first = || async { (world.listings_told().await.len() == 1).then_some(()) };
        moa_testkit::eventually(first).await;
        world.channel.refuse(Some("CHANNEL_UNREACHABLE"));
        world.channel.open_gate();
    });
    assert_eq!(job.state(), jobs::JobState::Failed);
    assert!(job.result.contains("CHANNEL_UNREACHABLE"), "{}", job.result);
    world.channel.refuse(None);
    let before = world.channel.calls("FetchProducts");
    let job = world.run_job("read-products").await;
    assert_eq!(job.state(), jobs::JobState::Succeeded, "{}", job.result);
    assert_eq!(
        world.channel.calls("FetchProducts"),
        before + 1,
        "the first page is not read again"
    );
    assert_eq!(world.listings_told().await.len(), 2);
}

/// A release may name places otherwise than the one before.
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_walk_whose_place_is_not_known_any_more_begins_anew_at_once(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.with(|state| {
        state.page_size = 1;
        state.list_shows_offers = true;
    });
    world.channel.offer(product("1", "사과", &[("11", "")]));
    world.channel.offer(product("2", "배", &[("21", "")]));
    world.channel.stumble_after(1, "CHANNEL_UNREACHABLE");
    let job = world.run_job("read-products").await;
    assert_eq!(job.state(), jobs::JobState::Failed, "{}", job.result);

    world.channel.stumble_after(0, "INVALID_ARGUMENT");
    let before = world.channel.calls("FetchProducts");
    let job = world.run_job("read-products").await;
    assert_eq!(job.state(), jobs::JobState::Succeeded, "{}", job.result);
    assert!(
        job.result.starts_with("read 2 product(s)"),
        "{}",
        job.result
    );
    assert_eq!(world.channel.calls("FetchProducts"), before + 3);

    // A place that was told just now is refused for itself: the run ends, else it would go round for ever.
    world.channel.stumble_after(1, "INVALID_ARGUMENT");
    let job = world.run_job("read-products").await;
    assert_eq!(job.state(), jobs::JobState::Failed, "{}", job.result);
    assert!(job.result.contains("INVALID_ARGUMENT"), "{}", job.result);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn one_product_that_cannot_be_read_is_left_to_the_next_walk(pool: PgPool) {
    let world = World::known(pool).await;
    world
        .channel
        .with(|state| state.unreadable_product = Some("1".to_owned()));
    world.channel.offer(product("1", "사과", &[("11", "")]));
    world.channel.offer(product("2", "배", &[("21", "")]));
    let job = world.run_job("read-products").await;
    assert_eq!(
        job.result,
        "read 2 product(s) with 1 listing(s) of 1 account(s); 1 product(s) could not be read"
    );
}
