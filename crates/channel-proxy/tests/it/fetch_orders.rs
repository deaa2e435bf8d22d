use std::collections::BTreeSet;
use std::sync::Arc;

use channel_proxy::Config;
use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceName, metadata_of, reason_of, timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::support::{Proxy, Stage};

fn ids(pages: &[pb::FetchOrdersResponse]) -> BTreeSet<String> {
    let orders = pages.iter().flat_map(|page| &page.orders);
    orders.map(|order| order.channel_order_id.clone()).collect()
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn every_order_of_a_window_is_fetched_with_its_raw_page(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let placed: BTreeSet<String> = stage.place(7, 2).await.into_iter().collect();
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let pages = stage.fetch_all(request).await.unwrap();
    assert_eq!(ids(&pages), placed);

    let page = pages.iter().find(|page| !page.orders.is_empty()).unwrap();
    let again = pb::ParseOrdersRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel: "coupang".to_owned(),
        raw_page: page.raw_page.clone(),
        read_at: page.read_at,
    };
    let parsed = stage
        .order_sync
        .parse_orders(again)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(parsed.orders, page.orders);
    assert_eq!(page.rejected_rows, []);
    let order = &page.orders[0];
    assert!(!order.contact.as_ref().unwrap().receiver_name.is_empty());
    assert!(order.lines.iter().all(|line| line.line_total.is_some()));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_page_that_is_known_comes_without_its_orders_until_it_changes(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    stage.place(3, 1).await;
    let mut request = stage.orders_request(&account, pb::LineState::Placed);
    let page = stage.fetch_all(request.clone()).await.unwrap().remove(0);
    assert_eq!((page.orders.len(), page.unchanged_orders), (3, None));

    request.known_sha256 = Sha256::digest(&page.raw_page).to_vec().into();
    let known = stage.fetch_all(request.clone()).await.unwrap().remove(0);
    assert_eq!(known.unchanged_orders, Some(3));
    assert!(known.orders.is_empty() && known.raw_page.is_empty());
    assert_eq!(known.next_page_token, page.next_page_token);
    assert!(known.read_at.is_some());

    stage.place(1, 1).await;
    let changed = stage.fetch_all(request.clone()).await.unwrap().remove(0);
    assert_eq!((changed.orders.len(), changed.unchanged_orders), (4, None));

    request.known_sha256 = b"short".to_vec().into();
    let refused = stage.fetch_all(request).await.unwrap_err();
    let field = &moa_service::status::fields_of(&refused)[0].0;
    assert_eq!(field, "known_sha256");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_known_page_of_which_a_row_is_rejected_comes_whole(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let placed = stage.place(2, 1).await;
    let poison = json!({"orders": [
        {"channel": "coupang", "channel_order_id": placed[0], "poison": "wrong_type"}
    ]});
    stage.put("/control/poison", poison).await;
    let mut request = stage.orders_request(&account, pb::LineState::Placed);
    let page = stage.fetch_all(request.clone()).await.unwrap().remove(0);
    assert_eq!((page.orders.len(), page.rejected_rows.len()), (1, 1));
    request.known_sha256 = Sha256::digest(&page.raw_page).to_vec().into();
    let again = stage.fetch_all(request).await.unwrap().remove(0);
    assert_eq!((again.orders.len(), again.unchanged_orders), (1, None));
    assert_eq!(again.rejected_rows, page.rejected_rows);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_sweep_reads_by_day_and_goes_on_with_the_channels_token(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let placed: BTreeSet<String> = stage.place(120, 1).await.into_iter().collect();
    let mut request = stage.orders_request(&account, pb::LineState::Placed);
    request.call_class = pb::CallClass::Sweep.into();
    request.from = Some(timestamp(Clock::system().now() - TimeDelta::days(7)));
    let pages = stage.fetch_all(request).await.unwrap();
    assert_eq!(ids(&pages), placed);
    assert!(pages.len() >= 3, "fifty rows a page");
    assert_eq!(stage.verdict("quota_violations").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_state_without_a_list_and_a_foreign_token_are_refused(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let request = stage.orders_request(&account, pb::LineState::Returned);
    let refused = stage.fetch_all(request).await.unwrap_err();
    assert_eq!(moa_service::status::fields_of(&refused)[0].0, "state");
    let mut request = stage.orders_request(&account, pb::LineState::Placed);
    request.page_token = "bm9uc2Vuc2U".to_owned();
    let refused = stage.fetch_all(request).await.unwrap_err();
    assert_eq!(moa_service::status::fields_of(&refused)[0].0, "page_token");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_page_of_garbage_is_refused_and_nothing_is_lost(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let placed: BTreeSet<String> = stage.place(3, 1).await.into_iter().collect();
    for kind in ["garbage_body", "torn_body"] {
        stage
            .faults(json!([{"channel": "coupang", "kind": kind, "path": "ordersheets"}]))
            .await;
        let request = stage.orders_request(&account, pb::LineState::Placed);
        let refused = stage.fetch_all(request).await.unwrap_err();
        let reason = reason_of(&refused).unwrap();
        let expected = ["CHANNEL_MALFORMED_ANSWER", "CHANNEL_ANSWER_UNFINISHED"];
        assert!(expected.contains(&reason.as_str()), "{kind}: {reason}");
        if kind == "garbage_body" {
            assert_eq!(reason, "CHANNEL_MALFORMED_ANSWER");
            assert_eq!(metadata_of(&refused)["policy"], "PAGE");
        }
    }
    stage.faults(json!([])).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let pages = stage.fetch_all(request).await.unwrap();
    assert_eq!(ids(&pages), placed);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn two_rows_of_ten_megabytes_in_one_page_leave_the_others_whole(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let config = Config {
        // Twenty megabytes take an unoptimised build a while.
        call_timeout_ms: 10_000,
        allow_private_addresses: true,
        ..Config::default()
    };
    let key_ring = Arc::clone(&stage.key_ring);
    stage.proxy.stop().await;
    stage.proxy = Proxy::start_with(&pool, Clock::system(), key_ring, config).await;
    stage.admin = stage.proxy.client(ServiceName::AdminGateway).await;
    stage.order_sync = stage.proxy.client(ServiceName::OrderSync).await;
    let account = stage.register(50).await;
    let placed = stage.place(4, 1).await;
    let huge = &placed[1..3];
    let poisoned = huge.iter().map(
        |order| json!({"channel": "coupang", "channel_order_id": order, "poison": "huge_name"}),
    );
    let poisoned: Vec<_> = poisoned.collect();
    stage
        .put("/control/poison", json!({"orders": poisoned}))
        .await;

    let request = stage.orders_request(&account, pb::LineState::Placed);
    let pages = stage.fetch_all(request).await.unwrap();
    assert_eq!(ids(&pages), placed.iter().cloned().collect());
    for order in pages.iter().flat_map(|page| &page.orders) {
        let letters = order.lines[0].product_name.chars().count();
        // order-sync takes no more than 2,000 and names the field of what has more.
        let is_huge = huge.contains(&order.channel_order_id);
        assert_eq!(letters > 2_000, is_huge, "{letters} letters");
        assert!(letters < 70_000, "cut: {letters} letters");
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_ban_stops_all_calls_of_the_account(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let fault = json!([{"channel": "coupang", "kind": "html_body", "times": 1}]);
    stage.faults(fault).await;
    for _ in 0..2 {
        let request = stage.orders_request(&account, pb::LineState::Placed);
        let refused = stage.fetch_all(request).await.unwrap_err();
        assert_eq!(reason_of(&refused).as_deref(), Some("CHANNEL_BANNED"));
        assert!(metadata_of(&refused).contains_key("retry_at"));
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn too_many_calls_pause_the_account(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    stage
        .faults(json!([{"channel": "coupang", "kind": "throttle", "times": 1}]))
        .await;
    for _ in 0..2 {
        let request = stage.orders_request(&account, pb::LineState::Placed);
        let refused = stage.fetch_all(request).await.unwrap_err();
        assert_eq!(
            reason_of(&refused).as_deref(),
            Some("CHANNEL_QUOTA_EXHAUSTED")
        );
        assert_eq!(metadata_of(&refused)["policy"], "RETRY");
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn claims_are_fetched_by_what_was_wanted(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let placed = stage.place(1, 1).await;
    let shipping = stage.acknowledged(&account, 1, 1).await;
    stage.cancel_order(&placed[0]).await;
    stage.cancel_order(&shipping[0].channel_order_id).await;

    let now = Clock::system().now();
    let mut request = pb::FetchClaimsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        call_class: pb::CallClass::Poll.into(),
        from: Some(timestamp(now - TimeDelta::minutes(5))),
        to: Some(timestamp(now + TimeDelta::minutes(1))),
        page_token: String::new(),
        lists: Vec::new(),
    };
    let mut claims = Vec::new();
    loop {
        let page = stage
            .order_sync
            .fetch_claims(request.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(page.rejected_rows, []);
        claims.extend(page.claims);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let of = |order: &str| {
        claims
            .iter()
            .find(|claim| claim.channel_order_id == order)
            .unwrap()
    };
    let cancel = of(&placed[0]);
    assert_eq!(
        (cancel.kind(), cancel.state()),
        (pb::ClaimKind::Cancel, pb::ClaimState::Completed)
    );
    let stop = of(&shipping[0].channel_order_id);
    assert_eq!(
        (stop.kind(), stop.state()),
        (pb::ClaimKind::StopShipment, pb::ClaimState::Requested)
    );
    assert_eq!(
        stop.lines[0].channel_parcel_id,
        shipping[0].channel_parcel_id
    );
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancelled_parcel_is_gone(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let orders = stage.place(1, 1).await;
    let parcel = stage
        .parcels(&account, pb::LineState::Placed, &orders)
        .await
        .remove(0);
    let request = pb::FetchParcelRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        call_class: pb::CallClass::Poll.into(),
        channel_parcel_id: parcel.channel_parcel_id,
    };
    let seen = stage
        .order_sync
        .fetch_parcel(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.order.unwrap().channel_order_id, orders[0]);
    stage.cancel_order(&orders[0]).await;
    let seen = stage
        .order_sync
        .fetch_parcel(request)
        .await
        .unwrap()
        .into_inner();
    assert!(seen.gone && seen.order.is_none());
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn the_channel_never_sees_more_calls_than_its_quota(pool: PgPool) {
    let mut stage = Stage::set_with(&pool, Clock::system(), 5).await;
    let account = stage.register(5).await;
    stage.place(3, 1).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let calls = (0..16).map(|_| {
        let (mut client, request) = (stage.order_sync.clone(), request.clone());
        async move { client.fetch_orders(request).await }
    });
    let results = futures::future::join_all(calls).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(stage.verdict("quota_violations").await, 0);
}
