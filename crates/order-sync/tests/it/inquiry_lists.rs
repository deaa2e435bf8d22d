//! Lists of questions: in pages, of one order, by their deadlines.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::timestamp;
use order_sync::Stream;
use sqlx::PgPool;

use crate::fake_inquiries::question;
use crate::fake_products::product;
use crate::inquiries::{PRODUCT, facts};
use crate::world::World;

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn lists_come_in_pages_and_narrow_to_an_order(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    for number in 0..5 {
        let order = if number == 3 { "1001" } else { "elsewhere" };
        world
            .channel
            .ask(question(&format!("q{number}"), order, "질문"));
    }
    world.collect(PRODUCT).await;
    let mut client = world.inquiries().await;
    let mut seen = Vec::new();
    let mut token = String::new();
    for _ in 0..5 {
        let request = pb::ListInquiriesRequest {
            merchant_id: world.account.merchant_id.to_string(),
            page_size: 2,
            page_token: token,
            ..Default::default()
        };
        let page = client.list_inquiries(request).await.unwrap().into_inner();
        seen.extend(
            page.inquiries
                .iter()
                .map(|one| facts(one).channel_inquiry_id.clone()),
        );
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, ["q0", "q1", "q2", "q3", "q4"]);

    let order_id = world.the_order().await.order_id;
    let of_order = world.listed(|request| request.order_id = order_id).await;
    assert_eq!(of_order.len(), 1);
    assert_eq!(facts(&of_order[0]).channel_inquiry_id, "q3");
}

/// Coupang names the option only.
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_question_that_names_a_listing_alone_shows_what_that_is_called(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let line = world.the_order().await.lines.remove(0);
    // The product list knows one that nobody has ordered.
    world.channel.offer(product("2", "배", &[("21", "")]));
    world.run_job("read-products").await;
    let known = &*line.channel_listing_id;
    for (id, listings) in [
        ("known", vec![known, "21"]),
        ("listed", vec!["no-such", "21", known]),
        ("unknown", vec!["no-such"]),
    ] {
        world.channel.ask(channel::ChannelInquiry {
            product_name: String::new(),
            channel_listing_ids: listings.into_iter().map(str::to_owned).collect(),
            ..question(id, "1001", "질문")
        });
    }
    world.channel.ask(question("named", "1001", "질문"));
    world.collect(PRODUCT).await;
    let mut names: Vec<(String, String)> = world
        .listed(|_| {})
        .await
        .iter()
        .map(facts)
        .map(|facts| (facts.channel_inquiry_id.clone(), facts.product_name.clone()))
        .collect();
    names.sort();
    let named = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    assert_ne!(line.product_name, "");
    assert_eq!(
        names,
        [
            named("known", &line.product_name),
            named("listed", "배"),
            named("named", "사과"),
            named("unknown", "")
        ]
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_is_open_is_listed_by_how_soon_an_answer_is_due(pool: PgPool) {
    let world = World::new(pool).await;
    let at = |hours| Some(timestamp(moa_testkit::a_friday() + TimeDelta::hours(hours)));
    let due = |id: &str, hours| channel::ChannelInquiry {
        answer_by: at(hours),
        ..question(id, "1001", "질문")
    };
    let answered = channel::ChannelInquiry {
        state: channel::InquiryState::Answered.into(),
        ..due("answered", 1)
    };
    for asked in [
        due("late-1", 70),
        due("late-2", 70),
        due("late-3", 70),
        answered,
        due("soon", 2),
        due("past", -3),
    ] {
        world.channel.ask(asked);
    }
    world.collect(PRODUCT).await;
    // No channel that is read now leaves the time open; an older row may.
    sqlx::query(
        "UPDATE order_sync.inquiries SET answer_by = NULL WHERE channel_inquiry_id LIKE 'late-%'",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    world.channel.ask(due("soonest", -9));
    world.collect(PRODUCT).await;

    let mut client = world.inquiries().await;
    let mut request = pb::ListInquiriesRequest {
        merchant_id: world.account.merchant_id.to_string(),
        page_size: 1,
        due_only: true,
        ..Default::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = client.list_inquiries(request.clone()).await.unwrap();
        let page = page.into_inner();
        let ids = page
            .inquiries
            .iter()
            .map(|one| facts(one).channel_inquiry_id.clone());
        seen.extend(ids);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() || seen.len() > 9 {
            break;
        }
    }
    assert_eq!(seen[..3], ["soonest", "past", "soon"]);
    seen[3..].sort();
    assert_eq!(seen[3..], ["late-1", "late-2", "late-3"]);

    let urgent = world.listed(|request| {
        request.due_only = true;
        request.urgent_only = true;
        request.page_size = 2;
    });
    let urgent: Vec<_> = urgent.await;
    let ids: Vec<_> = urgent
        .iter()
        .map(|one| &*facts(one).channel_inquiry_id)
        .collect();
    assert_eq!(ids, ["soonest", "past"]);
}
