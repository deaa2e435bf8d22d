//! Collecting: what is stored, what is not, and how far the mark moves.

use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1::LineState;
use moa_proto::moa::money::v1::Money;
use moa_proto::moa::order_sync::v1::OrderState;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::{World, order};

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_is_stored_at_first_sight(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a", "b"]);

    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(
        (collected.placed, collected.changed, collected.parked),
        (1, 1, 0)
    );

    let order = world.the_order().await;
    assert_eq!((order.version, order.state()), (1, OrderState::Placed));
    assert_eq!(order.channel_order_id, "1001");
    assert_eq!(order.shipping_fee.unwrap().amount_minor, 3000);
    assert_eq!(order.contact_version, 1);
    let line = &order.lines[1];
    assert_eq!((line.channel_line_id.as_str(), line.quantity), ("b", 2));
    assert_eq!(
        (line.product_name.as_str(), line.option_name.as_str()),
        ("사과 b", "3kg")
    );
    assert_eq!(line.line_total.as_ref().unwrap().amount_minor, 10_000);
    assert_eq!(
        world.events().await,
        [
            ("OrderPlaced".to_owned(), 1),
            ("ListingSeen".to_owned(), 1),
            ("ListingSeen".to_owned(), 1),
        ]
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_moves_on_through_the_lists_of_later_states(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.move_to("1001", LineState::Acknowledged);
    world.collect(Stream::OrdersAcknowledged).await;
    assert_eq!(world.the_order().await.state(), OrderState::Acknowledged);

    world.channel.move_to("1001", LineState::Dispatched);
    world.channel.change("1001", |order| {
        order.lines[0].tracking_number = "6890".to_owned()
    });
    world.collect(Stream::OrdersDispatched).await;
    let order = world.the_order().await;
    assert_eq!((order.version, order.state()), (3, OrderState::Dispatched));
    assert_eq!(order.lines[0].tracking_number, "6890");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_fee_of_an_order_is_that_of_all_its_parcels_whatever_part_a_list_shows(pool: PgPool) {
    let world = World::new(pool).await;
    let fee = |amount_minor| {
        let currency = "KRW".to_owned();
        Some(Money {
            amount_minor,
            currency,
        })
    };
    let mut whole = order("1001", &["a", "b", "c"]);
    let boxes = [("box-1", 3000), ("box-1", 3000), ("box-2", 2500)];
    for (line, (parcel, amount)) in whole.lines.iter_mut().zip(boxes) {
        line.channel_parcel_id = parcel.to_owned();
        line.shipping_group = parcel.to_owned();
        line.shipping_fee = fee(amount);
    }
    whole.shipping_fee = fee(5500);
    world.channel.put(whole);
    world.collect(Stream::OrdersPlaced).await;
    assert_eq!(world.the_order().await.shipping_fee, fee(5500));

    // The second box is acknowledged, so each of two lists shows a part.
    world.channel.change("1001", |order| {
        order.lines.drain(..2);
        order.shipping_fee = fee(2500);
        order.lines[0].state = LineState::Acknowledged.into();
    });
    world.collect(Stream::OrdersAcknowledged).await;
    let order = world.the_order().await;
    assert_eq!(order.lines.len(), 3);
    assert_eq!(order.shipping_fee, fee(5500));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn amounts_are_kept_by_line_and_a_later_page_without_them_erases_none(pool: PgPool) {
    let world = World::new(pool).await;
    let won = |amount_minor| {
        let currency = "KRW".to_owned();
        Some(Money {
            amount_minor,
            currency,
        })
    };
    let mut whole = order("1001", &["a", "b"]);
    let line = &mut whole.lines[0];
    (line.discount, line.merchant_discount) = (won(2000), won(1500));
    (line.line_total, line.expected_settlement) = (won(8000), won(7900));
    (line.shipping_group, line.shipping_fee) = ("box-1".to_owned(), won(3000));
    world.channel.put(whole);
    world.collect(Stream::OrdersPlaced).await;
    let placed = world.the_order().await;
    let told = placed.lines[0].clone();
    assert_eq!(
        (told.discount.clone(), told.merchant_discount.clone()),
        (won(2000), won(1500))
    );
    assert_eq!(told.expected_settlement, won(7900));
    assert_eq!(
        (told.shipping_group.as_str(), told.shipping_fee.clone()),
        ("box-1", won(3000))
    );
    let silent = &placed.lines[1];
    assert_eq!(
        (&silent.discount, &silent.expected_settlement),
        (&None, &None)
    );

    world.clock.advance(TimeDelta::minutes(1));
    world.channel.change("1001", |order| {
        let line = &mut order.lines[0];
        (
            line.discount,
            line.merchant_discount,
            line.expected_settlement,
        ) = (None, None, None);
        (line.unit_price, line.line_total, line.shipping_fee) = (None, None, None);
    });
    world.collect(Stream::OrdersPlaced).await;
    let again = world.the_order().await;
    assert_eq!(
        (again.version, &again.lines[0]),
        (1, &told),
        "nothing new was told"
    );

    world.clock.advance(TimeDelta::minutes(1));
    world.channel.change("1001", |order| {
        order.lines[0].expected_settlement = won(7800)
    });
    world.collect(Stream::OrdersPlaced).await;
    let newer = world.the_order().await;
    assert_eq!(
        (newer.version, &newer.lines[0].expected_settlement),
        (2, &won(7800))
    );
    assert_eq!(newer.lines[0].discount, won(2000));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_old_open_order_is_still_found_in_its_later_list(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    for stream in [Stream::OrdersPlaced, Stream::OrdersAcknowledged] {
        world.collect(stream).await;
    }
    world.clock.advance(TimeDelta::hours(20));
    world.collect(Stream::OrdersAcknowledged).await;
    world.channel.move_to("1001", LineState::Acknowledged);
    world.collect(Stream::OrdersAcknowledged).await;
    assert_eq!(world.the_order().await.state(), OrderState::Acknowledged);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_is_dispatched_in_parts_stands_in_between(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a", "b"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.change("1001", |order| {
        order.lines[0].state = LineState::Dispatched.into()
    });
    world.collect(Stream::OrdersDispatched).await;
    let order = world.the_order().await;
    assert_eq!(order.state(), OrderState::PartiallyDispatched);
    assert_eq!(order.lines[1].state(), OrderState::Placed);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn every_page_of_a_window_is_stored_before_the_mark_moves(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 0..7 {
        world.channel.place(&format!("10{number}"), &["a"]);
    }
    world.channel.page_size(3);
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!((collected.rows, collected.placed), (7, 7));
    assert_eq!(world.count("raw_pages").await, 3);
    let (pages, rows, closed): (i32, i32, bool) = sqlx::query_as(
        "SELECT page_count, row_count, closed_at IS NOT NULL FROM order_sync.poll_windows",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!((pages, rows, closed), (3, 7, true));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn windows_overlap_and_count_up_to_just_before_now(pool: PgPool) {
    let world = World::new(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    let first = high_water(&world).await.unwrap();
    assert_eq!(first, world.clock.now() - TimeDelta::seconds(5));
    world.collect(Stream::OrdersPlaced).await;
    let windows = world.channel.windows();
    let last = windows.last().unwrap();
    assert_eq!(last.0, first - TimeDelta::minutes(30));
    assert_eq!(last.1, world.clock.now(), "the newest seconds are read");
    let counted = high_water(&world).await.unwrap();
    assert_eq!(
        counted,
        world.clock.now() - TimeDelta::seconds(5),
        "but do not count"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_refused_read_moves_nothing_and_the_next_one_makes_up_for_it(pool: PgPool) {
    let world = World::new(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    let before = high_water(&world).await;
    world.channel.place("1001", &["a"]);
    world.channel.refuse(Some("CHANNEL_UNREACHABLE"));
    let error = world.try_collect(Stream::OrdersPlaced).await.unwrap_err();
    assert!(
        error.to_string().starts_with("CHANNEL_UNREACHABLE"),
        "{error}"
    );
    assert_eq!(high_water(&world).await, before);

    world.channel.refuse(None);
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(collected.placed, 1);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn trouble_on_the_way_costs_a_page_and_not_the_window(pool: PgPool) {
    let world = World::new(pool).await;
    for id in ["1001", "1002", "1003"] {
        world.channel.place(id, &["a"]);
    }
    world.channel.page_size(1);
    world.channel.stumble_after(1, "CHANNEL_ANSWER_UNFINISHED");
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(collected.placed, 3);
    assert_eq!(world.channel.calls("LINE_STATE_PLACED"), 4);

    // What only a person can mend ends the window at once.
    world.channel.stumble_after(1, "CHANNEL_KEY_EXPIRED");
    let error = world.try_collect(Stream::OrdersPlaced).await.unwrap_err();
    assert!(
        error.to_string().starts_with("CHANNEL_KEY_EXPIRED"),
        "{error}"
    );
    assert_eq!(world.channel.calls("LINE_STATE_PLACED"), 6);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_shows_after_the_channels_lag_is_counted_as_late(pool: PgPool) {
    let world = World::new(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    // The channel may show an order some minutes late: this one is on time.
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.place_ago("1002", TimeDelta::minutes(20));
    world.collect(Stream::OrdersPlaced).await;
    let late: Vec<i32> =
        sqlx::query_scalar("SELECT late_count FROM order_sync.poll_windows ORDER BY opened_at")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert_eq!(late, [0, 0, 1]);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_blank_never_overwrites_a_value(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world
        .channel
        .change("1001", |order| order.lines[0].sku_code = "APPLE".to_owned());
    world.collect(Stream::OrdersPlaced).await;
    world.channel.change("1001", |order| {
        order.lines[0].sku_code = String::new();
        order.lines[0].product_name = "햇사과".to_owned();
    });
    world.collect(Stream::OrdersPlaced).await;
    let line = &world.the_order().await.lines[0];
    assert_eq!(
        (line.sku_code.as_str(), line.product_name.as_str()),
        ("APPLE", "햇사과")
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_state_without_a_word_of_ours_is_kept(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a", "b"]);
    world.collect(Stream::OrdersPlaced).await;
    // A parcel read shows lines in whatever state; the list of new orders shows this one beside the other.
    world.channel.change("1001", |order| {
        order.lines[1].unknown_state = "NONE_TRACKING".to_owned();
        order.lines[1].state = LineState::Unspecified.into();
    });
    crate::rereads::queue(&world, "1001", "ACKNOWLEDGED").await;
    crate::rereads::settle(&world).await;
    let order = world.the_order().await;
    assert_eq!(order.lines[1].unknown_state, "NONE_TRACKING");
    assert_eq!(
        order.lines[1].state(),
        OrderState::Placed,
        "what was known before stays"
    );
}

async fn high_water(world: &World) -> Option<DateTime<Utc>> {
    sqlx::query_scalar(
        "SELECT high_water_at FROM order_sync.cursors WHERE stream = 'orders.placed'",
    )
    .fetch_optional(&world.pool)
    .await
    .unwrap()
    .flatten()
}
