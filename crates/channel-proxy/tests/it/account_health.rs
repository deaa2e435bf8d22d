//! What operators see of an account: quota, pauses, breakers, the address, who calls.

use std::sync::Arc;

use channel_proxy::Config;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, metadata_of, reason_of};
use serde_json::json;
use sqlx::PgPool;
use tonic::Code;

use crate::support::{Proxy, Stage};

async fn health(stage: &Stage, proxy: &Proxy, account: &str) -> pb::ChannelAccountHealth {
    let request = pb::GetChannelAccountHealthRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
    };
    let mut client = proxy.accounts().await;
    let response = client.get_channel_account_health(request).await.unwrap();
    response.into_inner().health.unwrap()
}

fn breaker<'a>(health: &'a pb::ChannelAccountHealth, api: &str) -> &'a pb::ApiBreaker {
    health
        .breakers
        .iter()
        .find(|breaker| breaker.api == api)
        .unwrap()
}

const LIST: &str = "coupang.ordersheets.list";

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_healthy_account_shows_its_quota_and_who_calls(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(20).await;
    let untouched = health(&stage, &stage.proxy, &account).await;
    assert_eq!(untouched.holder(), pb::LeaseHolder::Nobody);
    assert_eq!(untouched.key_life_days, 180);

    let request = stage.orders_request(&account, pb::LineState::Placed);
    let pages = stage.fetch_all(request).await.unwrap().len();
    let seen = health(&stage, &stage.proxy, &account).await;
    assert_eq!(seen.holder(), pb::LeaseHolder::ThisProcess);
    assert!(seen.held_until.is_some());
    let bucket = &seen.buckets[0];
    assert_eq!(
        (bucket.capacity_per_second, bucket.used + bucket.left),
        (20, 20)
    );
    let poll = bucket
        .classes
        .iter()
        .find(|class| class.call_class() == pb::CallClass::Poll);
    let poll = poll.unwrap();
    assert_eq!((poll.share_percent, poll.waiting), (35, 0));
    assert_eq!(usize::try_from(poll.last_minute).unwrap(), pages);
    assert_eq!(seen.closures, []);
    assert_eq!(breaker(&seen, LIST).state(), pb::BreakerState::Closed);
    assert_eq!(seen.egress.unwrap().verdict(), pb::EgressVerdict::Accepted);

    let other = Proxy::start(&pool, Clock::system(), Arc::clone(&stage.key_ring)).await;
    let seen = health(&stage, &other, &account).await;
    assert_eq!(seen.holder(), pb::LeaseHolder::AnotherProcess);
    assert_eq!(
        seen.buckets,
        [],
        "what another process counts is not known here"
    );
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_ill_api_is_left_alone_until_one_call_finds_it_well(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let fault = json!([{"channel": "coupang", "kind": "error_500", "path": "ordersheets"}]);
    stage.faults(fault).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let mut faults = 0;
    let paused = loop {
        let refused = stage
            .order_sync
            .fetch_orders(request.clone())
            .await
            .unwrap_err();
        match reason_of(&refused).as_deref() {
            Some("CHANNEL_FAULT") => faults += 1,
            Some("CHANNEL_PAUSED") => break refused,
            other => panic!("{other:?}"),
        }
        assert!(faults < 20, "calls go on and on");
    };
    assert_eq!(faults, 6);
    assert_eq!(paused.code(), Code::ResourceExhausted);
    assert_eq!(metadata_of(&paused)["policy"], "RETRY");
    assert!(metadata_of(&paused).contains_key("retry_at"));
    let seen = health(&stage, &stage.proxy, &account).await;
    assert_eq!(breaker(&seen, LIST).state(), pb::BreakerState::Open);
    assert!(breaker(&seen, LIST).until.is_some());
    assert_eq!(breaker(&seen, LIST).recent_faults, 6);

    // Other calls of the account go.
    let claims = pb::FetchClaimsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        call_class: pb::CallClass::Poll.into(),
        from: request.from,
        to: request.to,
        page_token: String::new(),
        lists: Vec::new(),
    };
    stage.order_sync.fetch_claims(claims).await.unwrap();

    // A person's test is the call that looks.
    stage.faults(json!([])).await;
    let test = pb::TestChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
    };
    let test = stage
        .admin
        .test_channel_account(test)
        .await
        .unwrap()
        .into_inner();
    assert!(test.test.unwrap().ok);
    stage.order_sync.fetch_orders(request).await.unwrap();
    let seen = health(&stage, &stage.proxy, &account).await;
    assert_eq!(breaker(&seen, LIST).state(), pb::BreakerState::Closed);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn refusals_open_no_breaker(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    for _ in 0..10 {
        let request = pb::FetchParcelRequest {
            merchant_id: stage.merchant_id.to_string(),
            channel_account_id: account.clone(),
            call_class: pb::CallClass::Poll.into(),
            channel_parcel_id: "700000000000000999".to_owned(),
        };
        let refused = stage.order_sync.fetch_parcel(request).await.unwrap_err();
        assert_eq!(reason_of(&refused).as_deref(), Some("CHANNEL_REFUSED"));
    }
    let seen = health(&stage, &stage.proxy, &account).await;
    let get = breaker(&seen, "coupang.ordersheets.get");
    assert_eq!(get.state(), pb::BreakerState::Closed);
    assert_eq!((get.recent_calls, get.recent_faults), (10, 0));
    let refusal = seen.last_refusal.unwrap();
    assert_eq!(refusal.reason, "CHANNEL_REFUSED");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_refused_address_is_shown_with_what_the_channel_saw_until_it_takes_our_calls(
    pool: PgPool,
) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let fault = json!([{"channel": "coupang", "kind": "forbidden_address", "times": 1}]);
    stage.faults(fault).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let refused = stage
        .order_sync
        .fetch_orders(request.clone())
        .await
        .unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_IP_NOT_ALLOWED")
    );

    let seen = health(&stage, &stage.proxy, &account).await;
    let egress = seen.egress.unwrap();
    assert_eq!(egress.verdict(), pb::EgressVerdict::NotRegistered);
    assert_eq!(egress.reported_address, "203.0.113.7");
    assert!(egress.reported_at.is_some());
    assert_eq!(seen.closures[0].cause, "CHANNEL_IP_NOT_ALLOWED");
    assert!(seen.closures[0].until.is_some());

    // Another process, which is told from where it should leave.
    let config = |address: [u8; 4]| Config {
        egress_address: Some(address.into()),
        allow_private_addresses: true,
        ..Config::default()
    };
    for (address, verdict) in [
        ([203, 0, 113, 7], pb::EgressVerdict::NotRegistered),
        ([198, 51, 100, 1], pb::EgressVerdict::Unexpected),
    ] {
        let key_ring = Arc::clone(&stage.key_ring);
        let mut other = Proxy::start_with(&pool, Clock::system(), key_ring, config(address)).await;
        let egress = health(&stage, &other, &account).await.egress.unwrap();
        assert_eq!(egress.verdict(), verdict);
        assert!(!egress.configured_address.is_empty());
        // In order: a worker cut off inside a transaction could leave its connection there.
        other.stop().await;
    }

    let test = pb::TestChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
    };
    let test = stage.admin.test_channel_account(test).await.unwrap();
    let test = test.into_inner().test.unwrap();
    assert!(test.ok, "{test:?}");
    let egress = health(&stage, &stage.proxy, &account).await.egress.unwrap();
    assert_eq!(egress.verdict(), pb::EgressVerdict::Accepted);
    assert_eq!(egress.reported_address, "");
}
