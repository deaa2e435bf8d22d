//! Keys old and new stand side by side until the new ones are known to work.

use std::sync::Arc;

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use moa_service::{Clock, ServiceName, reason_of};
use serde_json::json;
use sqlx::PgPool;
use tonic::{Code, Status};

use crate::support::{Proxy, Stage};

async fn add(
    stage: &Stage,
    account: &str,
    request_id: &str,
    credentials: pb::CoupangCredentials,
) -> Result<pb::CredentialSet, Status> {
    let request = pb::AddCredentialsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
        request_id: request_id.to_owned(),
        credentials: Some(pb::Credentials {
            channel: Some(pb::credentials::Channel::Coupang(credentials)),
        }),
        key_issued_on: "2026-11-01".to_owned(),
    };
    let response = stage
        .proxy
        .accounts()
        .await
        .add_credentials(request)
        .await?;
    Ok(response.into_inner().credential_set.unwrap())
}

async fn test(stage: &Stage, account: &str, id: &str) -> pb::ChannelAccountTest {
    let request = pb::TestCredentialsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
        credentials_id: id.to_owned(),
    };
    let mut client = stage.proxy.accounts().await;
    let response = client.test_credentials(request).await.unwrap().into_inner();
    response.credential_set.unwrap().last_test.unwrap()
}

async fn promote(stage: &Stage, account: &str, id: &str) -> Result<pb::ChannelAccount, Status> {
    let request = pb::PromoteCredentialsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
        credentials_id: id.to_owned(),
    };
    let mut client = stage.proxy.accounts().await;
    let response = client.promote_credentials(request).await?;
    Ok(response.into_inner().channel_account.unwrap())
}

async fn retire(stage: &Stage, account: &str, id: &str) -> Result<pb::CredentialSet, Status> {
    let request = pb::RetireCredentialsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
        credentials_id: id.to_owned(),
    };
    let mut client = stage.proxy.accounts().await;
    let response = client.retire_credentials(request).await?;
    Ok(response.into_inner().credential_set.unwrap())
}

async fn list(stage: &Stage, account: &str) -> Vec<pb::CredentialSet> {
    let request = pb::ListCredentialsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
    };
    let mut client = stage.proxy.accounts().await;
    let response = client.list_credentials(request).await.unwrap();
    response.into_inner().credential_sets
}

fn wrong(credentials: &pb::CoupangCredentials) -> pb::CoupangCredentials {
    pb::CoupangCredentials {
        secret_key: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        ..credentials.clone()
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn keys_that_were_refused_twice_rest_over_a_restart_until_a_person_acts(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let good = stage.credentials().await;
    let registration = stage.registration("r", wrong(&good), 50);
    let account = stage.admin.register_channel_account(registration).await;
    let account = account.unwrap().into_inner().channel_account.unwrap();
    let account = account.channel_account_id;
    let orders = stage.orders_request(&account, pb::LineState::Placed);
    // Whatever asks at once: the first answer decides for all.
    let asked = (0..6).map(|_| {
        let (mut client, orders) = (stage.order_sync.clone(), orders.clone());
        async move { client.fetch_orders(orders).await }
    });
    for answer in futures::future::join_all(asked).await {
        answer.unwrap_err();
    }
    assert_eq!(stage.verdict("bad_signatures").await, 1);

    // Some time later it is tried once more.
    sqlx::query(
        "UPDATE channel_proxy.channel_accounts SET refused_at = refused_at - interval '1 minute'",
    )
    .execute(&pool)
    .await
    .unwrap();
    let request = pb::TestChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
    };
    let tested = stage.admin.test_channel_account(request.clone()).await;
    assert!(!tested.unwrap().into_inner().test.unwrap().ok);

    stage.proxy.stop().await;
    stage.proxy = Proxy::start(&pool, Clock::system(), Arc::clone(&stage.key_ring)).await;
    stage.order_sync = stage.proxy.client(ServiceName::OrderSync).await;
    let refused = stage.order_sync.fetch_orders(orders.clone()).await;
    let refused = refused.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_SIGNATURE_REFUSED")
    );
    assert!(refused.message().contains("new keys"), "{refused:?}");
    assert_eq!(stage.verdict("bad_signatures").await, 2);

    let set = add(&stage, &account, "a-1", good).await.unwrap();
    assert!(test(&stage, &account, &set.credentials_id).await.ok);
    let changed = promote(&stage, &account, &set.credentials_id).await;
    assert!(!changed.unwrap().credentials_paused);
    stage.order_sync.fetch_orders(orders).await.unwrap();
    assert_eq!(stage.verdict("bad_signatures").await, 2);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn good_keys_replace_bad_ones_without_a_restart_and_the_way_back_stays_open(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let good = stage.credentials().await;
    let registration = stage.registration("r", wrong(&good), 50);
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
    let orders = stage.orders_request(&account, pb::LineState::Placed);
    stage
        .order_sync
        .fetch_orders(orders.clone())
        .await
        .unwrap_err();

    let set = add(&stage, &account, "a-1", good.clone()).await.unwrap();
    assert_eq!(set.state(), pb::CredentialSetState::Pending);
    assert!(set.key_expires_at.is_some());
    let again = add(&stage, &account, "a-1", good.clone()).await.unwrap();
    assert_eq!(again, set, "the same request answers the first result");

    let id = set.credentials_id.as_str();
    let refused = promote(&stage, &account, id).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CREDENTIALS_NOT_TESTED")
    );
    assert!(test(&stage, &account, id).await.ok);
    let changed = promote(&stage, &account, id).await.unwrap();
    assert_eq!(
        (changed.version, changed.key_issued_on.as_str()),
        (2, "2026-11-01")
    );
    let repeated = promote(&stage, &account, id).await.unwrap();
    assert_eq!(repeated.version, 2, "the second time changes nothing");
    stage.order_sync.fetch_orders(orders.clone()).await.unwrap();

    let sets = list(&stage, &account).await;
    let states: Vec<_> = sets.iter().map(|set| set.state()).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&pb::CredentialSetState::Promoted));
    let old = sets
        .iter()
        .find(|set| set.state() == pb::CredentialSetState::Previous)
        .unwrap();
    let refused = retire(&stage, &account, id).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CREDENTIALS_IN_USE"));

    // There and back again: the old ones are as they were.
    promote(&stage, &account, &old.credentials_id)
        .await
        .unwrap();
    let refused = stage
        .order_sync
        .fetch_orders(orders.clone())
        .await
        .unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_SIGNATURE_REFUSED")
    );
    promote(&stage, &account, id).await.unwrap();
    stage.order_sync.fetch_orders(orders).await.unwrap();
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn keys_that_do_not_work_stay_beside_and_stop_nothing(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let bad = wrong(&stage.credentials().await);
    let set = add(&stage, &account, "a-1", bad).await.unwrap();
    let said = test(&stage, &account, &set.credentials_id).await;
    assert_eq!(
        (said.ok, said.reason.as_str()),
        (false, "CHANNEL_SIGNATURE_REFUSED")
    );
    let refused = promote(&stage, &account, &set.credentials_id)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let orders = stage.orders_request(&account, pb::LineState::Placed);
    stage.order_sync.fetch_orders(orders).await.unwrap();
    let shown = list(&stage, &account).await.remove(0);
    assert_eq!(shown.last_test.unwrap().reason, "CHANNEL_SIGNATURE_REFUSED");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn retired_keys_are_gone_for_good(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let good = stage.credentials().await;
    let set = add(&stage, &account, "a-1", good).await.unwrap();
    for _ in 0..2 {
        let retired = retire(&stage, &account, &set.credentials_id).await.unwrap();
        assert_eq!(retired.state(), pb::CredentialSetState::Retired);
    }
    let refused = promote(&stage, &account, &set.credentials_id)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CREDENTIALS_RETIRED"));
    let sealed: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM channel_proxy.channel_credentials WHERE sealed_credentials IS NOT NULL",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let destroyed: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM channel_proxy.data_keys WHERE destroyed_at IS NOT NULL",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!((sealed, destroyed), (0, 1));
    // Those in use are untouched.
    let orders = stage.orders_request(&account, pb::LineState::Placed);
    stage.order_sync.fetch_orders(orders).await.unwrap();
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn another_sellers_keys_too_many_sets_and_unknown_ids_are_refused(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let own = stage.credentials().await;
    let foreign = pb::CoupangCredentials {
        vendor_id: "A00099999".to_owned(),
        ..own.clone()
    };
    let refused = add(&stage, &account, "a-0", foreign).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "credentials");
    for n in 1..=5 {
        add(&stage, &account, &format!("a-{n}"), own.clone())
            .await
            .unwrap();
    }
    let refused = add(&stage, &account, "a-6", own).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CREDENTIALS_TOO_MANY"));
    let nobody = stage.ids.uuid().to_string();
    let refused = promote(&stage, &account, &nobody).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn no_secret_stands_open_beside_the_account(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let own = stage.credentials().await;
    let set = add(&stage, &account, "a-1", own.clone()).await.unwrap();
    assert!(!format!("{set:?}").contains(&own.secret_key));
    let row: String = sqlx::query_scalar(
        "SELECT row_to_json(one)::text FROM channel_proxy.channel_credentials one",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    for secret in [&own.secret_key, &own.access_key] {
        assert!(!row.contains(secret.as_str()));
        assert!(!row.contains(&hex_of(secret)));
    }
}

fn hex_of(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_refused_key_whose_days_are_over_is_called_expired(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let good = stage.credentials().await;
    let registration = stage.registration("r", wrong(&good), 50);
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
    let request = pb::UpdateChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        key_issued_on: Some("2026-01-01".to_owned()),
        ..pb::UpdateChannelAccountRequest::default()
    };
    stage
        .proxy
        .accounts()
        .await
        .update_channel_account(request)
        .await
        .unwrap();
    let orders = stage.orders_request(&account, pb::LineState::Placed);
    let refused = stage.order_sync.fetch_orders(orders).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CHANNEL_KEY_EXPIRED"));
    stage.faults(json!([])).await;
}
