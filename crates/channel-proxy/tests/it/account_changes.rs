//! Accounts are changed while they are in use.

use std::sync::Arc;

use channel_proxy::Config;
use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use moa_service::{Clock, metadata_of, reason_of};
use prost::Message;
use sqlx::PgPool;
use tonic::Code;

use crate::support::{Proxy, Stage};

fn change(stage: &Stage, account: &str) -> pb::UpdateChannelAccountRequest {
    pb::UpdateChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
        ..pb::UpdateChannelAccountRequest::default()
    }
}

fn coupang(credentials: pb::CoupangCredentials) -> Option<pb::Credentials> {
    Some(pb::Credentials {
        channel: Some(pb::credentials::Channel::Coupang(credentials)),
    })
}

async fn update(
    stage: &Stage,
    request: pb::UpdateChannelAccountRequest,
) -> Result<pb::ChannelAccount, tonic::Status> {
    let mut client = stage.proxy.accounts().await;
    let response = client.update_channel_account(request).await?;
    Ok(response.into_inner().channel_account.unwrap())
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_change_counts_with_the_next_call(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let credentials = stage.credentials().await;
    let mut registration = stage.registration("r", credentials, 5);
    // Nobody is there yet.
    registration.base_url = "http://127.0.0.1:9".to_owned();
    let account = stage
        .admin
        .register_channel_account(registration)
        .await
        .unwrap();
    let account = account
        .into_inner()
        .channel_account
        .unwrap()
        .channel_account_id;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let refused = stage
        .order_sync
        .fetch_orders(request.clone())
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CHANNEL_UNREACHABLE"));

    let changed = update(
        &stage,
        pb::UpdateChannelAccountRequest {
            expected_version: 1,
            name: Some("쿠팡 2호점".to_owned()),
            base_url: Some(stage.sandbox.coupang_url.clone()),
            quota_per_second: Some(40),
            credentials: coupang(stage.credentials().await),
            ..change(&stage, &account)
        },
    )
    .await
    .unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.quota_per_second),
        ("쿠팡 2호점", 40)
    );
    assert_eq!(changed.version, 2);
    stage.order_sync.fetch_orders(request).await.unwrap();
    let mut client = stage.proxy.accounts().await;
    let health = pb::GetChannelAccountHealthRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
    };
    let health = client.get_channel_account_health(health).await.unwrap();
    let buckets = health.into_inner().health.unwrap().buckets;
    assert_eq!(buckets[0].capacity_per_second, 40);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_is_not_given_stays_and_the_same_again_changes_nothing(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let rename = pb::UpdateChannelAccountRequest {
        name: Some(" 새 이름 ".to_owned()),
        ..change(&stage, &account)
    };
    for _ in 0..2 {
        let changed = update(&stage, rename.clone()).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.version), ("새 이름", 2));
        assert_eq!(changed.quota_per_second, 50);
        assert_eq!(changed.base_url, stage.sandbox.coupang_url);
    }
    let stale = pb::UpdateChannelAccountRequest {
        expected_version: 1,
        name: Some("x".to_owned()),
        ..change(&stage, &account)
    };
    let refused = update(&stage, stale).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_ACCOUNT_CHANGED")
    );
    assert_eq!(metadata_of(&refused)["version"], "2");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_wrong_field_is_named_and_nothing_changes(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let good = change(&stage, &account);
    let with = |change: fn(&mut pb::UpdateChannelAccountRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let table = [
        (with(|r| r.name = Some("  ".to_owned())), "name"),
        (
            with(|r| r.base_url = Some("ftp://x".to_owned())),
            "base_url",
        ),
        (
            with(|r| r.quota_per_second = Some(1001)),
            "quota_per_second",
        ),
        (
            with(|r| r.key_issued_on = Some("2999-01-01".to_owned())),
            "key_issued_on",
        ),
        (
            with(|r| r.key_issued_on = Some("gestern".to_owned())),
            "key_issued_on",
        ),
        // Metadata and link-local addresses are refused even where private ones are allowed.
        (
            with(|r| r.base_url = Some("http://169.254.169.254".to_owned())),
            "base_url",
        ),
        (
            with(|r| r.base_url = Some("http://[fe80::1]".to_owned())),
            "base_url",
        ),
        (
            with(|r| r.base_url = Some("http://3.34.12.1".to_owned())),
            "base_url",
        ),
    ];
    for (request, field) in table {
        let refused = update(&stage, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields_of(&refused)[0].0, field);
    }
    let untouched = update(&stage, good).await.unwrap();
    assert_eq!(untouched.version, 1);
}

/// Whoever stands at an address gets signatures: keys that were entered for another one never go there.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn another_address_is_called_with_keys_that_were_entered_for_it_alone(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let own = stage.credentials().await;
    let mut keeper = stage.proxy.accounts().await;
    let add = pb::AddCredentialsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        request_id: "beside".to_owned(),
        credentials: coupang(own.clone()),
        key_issued_on: String::new(),
    };
    let beside = keeper.add_credentials(add).await.unwrap().into_inner();
    let beside = beside.credential_set.unwrap().credentials_id;
    // Nobody answers there, but somebody may listen.
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let elsewhere = format!("http://{}", stranger.local_addr().unwrap());
    let unchanged = change(&stage, &account);
    let moved = |credentials: Option<pb::Credentials>| pb::UpdateChannelAccountRequest {
        base_url: Some(elsewhere.clone()),
        credentials,
        ..unchanged.clone()
    };
    let mut foreign = own.clone();
    foreign.vendor_id = "A99999999".to_owned();
    for (request, why) in [
        (moved(None), "entered anew"),
        (moved(coupang(foreign)), "another seller"),
        (
            pb::UpdateChannelAccountRequest {
                credentials: coupang(own.clone()),
                ..unchanged.clone()
            },
            "another base_url only",
        ),
    ] {
        let refused = update(&stage, request).await.unwrap_err();
        let (field, reason) = fields_of(&refused).remove(0);
        assert_eq!(field, "credentials");
        assert!(reason.contains(why), "{reason}");
    }
    // Nothing was changed by that: the account goes on as before. The same address needs nothing.
    let same = pb::UpdateChannelAccountRequest {
        base_url: Some(stage.sandbox.coupang_url.clone()),
        ..change(&stage, &account)
    };
    assert_eq!(update(&stage, same).await.unwrap().version, 1);
    let orders = stage.orders_request(&account, pb::LineState::Placed);
    stage.order_sync.fetch_orders(orders).await.unwrap();

    let mut entered = own;
    entered.secret_key = "0123456789abcdef0123456789abcdef01234567".to_owned();
    let changed = update(&stage, moved(coupang(entered))).await.unwrap();
    assert_eq!((changed.version, changed.key_issued_on.as_str()), (2, ""));
    // The others are gone, the one in use until now among them.
    let test = pb::TestCredentialsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        credentials_id: beside,
    };
    let refused = keeper.test_credentials(test).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CREDENTIALS_RETIRED"));
    let keys: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM channel_proxy.data_keys WHERE destroyed_at IS NULL",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(keys, 1, "of those that were entered for the address");
    assert!(stranger.accept().is_err(), "and nobody called there");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn in_production_no_account_leads_into_our_own_network(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    stage
        .order_sync
        .fetch_orders(request.clone())
        .await
        .unwrap();
    stage.proxy.stop().await;

    let key_ring = Arc::clone(&stage.key_ring);
    let config = Config::default();
    stage.proxy = Proxy::start_with(&pool, Clock::system(), key_ring, config).await;
    for base_url in [
        "http://127.0.0.1:50052",
        "http://localhost:50052",
        "http://10.0.0.8",
        "http://[::1]:50052",
        "http://[::ffff:192.168.1.1]",
        "http://0x7f.1",
    ] {
        let request = pb::UpdateChannelAccountRequest {
            base_url: Some(base_url.to_owned()),
            ..change(&stage, &account)
        };
        let refused = update(&stage, request).await.unwrap_err();
        let (field, reason) = fields_of(&refused).remove(0);
        assert_eq!(field, "base_url", "{base_url}");
        assert!(
            reason.contains("MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES"),
            "{reason}"
        );
    }
    // One that was registered while that was allowed is not called either.
    let mut order_sync = stage
        .proxy
        .client(moa_service::ServiceName::OrderSync)
        .await;
    let refused = order_sync.fetch_orders(request).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_ADDRESS_FORBIDDEN")
    );
    assert_eq!(metadata_of(&refused)["policy"], "ASK");
}

/// Trigger: a key ends within 30, 14, 7 or 1 days. Consumers: whoever tells the merchant; the account shows it too.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn channel_key_expiring_is_published_once_for_each_number_of_days(pool: PgPool) {
    let start: DateTime<Utc> = "2026-11-27T03:00:00Z".parse().unwrap();
    let clock = Clock::fixed(start);
    let mut stage = Stage::set_with(&pool, clock.clone(), 50).await;
    let account = stage.register(50).await;
    // 180 days after the 17th of June are the 14th of December: 17 days from now, in Seoul.
    let request = pb::UpdateChannelAccountRequest {
        key_issued_on: Some("2026-06-17".to_owned()),
        ..change(&stage, &account)
    };
    let changed = update(&stage, request).await.unwrap();
    let end = changed.key_expires_at.unwrap();
    let midnight: DateTime<Utc> = "2026-12-13T15:00:00Z".parse().unwrap();
    assert_eq!(end.seconds, midnight.timestamp());
    assert_eq!(changed.key_issued_on, "2026-06-17");
    assert_eq!(warnings(&pool).await, [30]);

    for (now, expected) in [
        (midnight - TimeDelta::days(14), vec![30, 14]),
        (midnight - TimeDelta::days(13), vec![30, 14]),
        (midnight - TimeDelta::days(2), vec![30, 14, 7]),
        (midnight - TimeDelta::hours(3), vec![30, 14, 7, 1]),
    ] {
        clock.set(now);
        stage.proxy.stop().await;
        // Whoever starts looks at once.
        let key_ring = Arc::clone(&stage.key_ring);
        stage.proxy = Proxy::start(&pool, clock.clone(), key_ring).await;
        let wanted = expected.clone();
        moa_testkit::eventually(|| {
            let (pool, wanted) = (pool.clone(), wanted.clone());
            async move { (warnings(&pool).await == wanted).then_some(()) }
        })
        .await;
    }
    // A new key begins anew.
    clock.set(midnight);
    let request = pb::UpdateChannelAccountRequest {
        key_issued_on: Some("2026-12-14".to_owned()),
        ..change(&stage, &account)
    };
    update(&stage, request).await.unwrap();
    assert_eq!(warnings(&pool).await, [30, 14, 7, 1]);
}

async fn warnings(pool: &PgPool) -> Vec<i32> {
    let events: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT aggregate_version, payload FROM channel_proxy.outbox
         WHERE topic = 'channel_warnings' ORDER BY xid, seq",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut days = Vec::new();
    for (position, (version, payload)) in (1..).zip(events) {
        assert_eq!(version, position, "versions count the warnings");
        let event = pb::ChannelKeyExpiring::decode(payload.as_slice()).unwrap();
        assert_eq!(event.name, "쿠팡 본점");
        days.push(event.within_days);
    }
    days
}
