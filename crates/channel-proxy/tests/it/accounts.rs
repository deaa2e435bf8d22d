use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::ChannelAccountChanged;
use moa_service::status::fields_of;
use moa_service::{ServiceName, metadata_of, reason_of};
use prost::Message;
use sqlx::PgPool;
use tonic::Code;

use crate::support::Stage;

fn test_request(stage: &Stage, account: &str) -> pb::TestChannelAccountRequest {
    pb::TestChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_account_is_registered_once_tested_and_listed(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let credentials = stage.credentials().await;
    let request = stage.registration("r-1", credentials.clone(), 50);
    let first = stage
        .admin
        .register_channel_account(request.clone())
        .await
        .unwrap();
    let first = first.into_inner().channel_account.unwrap();
    assert_eq!(first.state(), pb::ChannelAccountState::Active);
    assert_eq!(first.channel_seller_id, credentials.vendor_id);
    assert_eq!(first.version, 1);

    let again = stage.admin.register_channel_account(request).await.unwrap();
    assert_eq!(again.into_inner().channel_account.unwrap(), first);
    let other = stage.registration("r-2", credentials, 50);
    let refused = stage
        .admin
        .register_channel_account(other)
        .await
        .unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_ACCOUNT_EXISTS")
    );
    assert_eq!(
        metadata_of(&refused)["channel_account_id"],
        first.channel_account_id
    );

    let request = test_request(&stage, &first.channel_account_id);
    let test = stage
        .admin
        .test_channel_account(request)
        .await
        .unwrap()
        .into_inner()
        .test
        .unwrap();
    assert!(test.ok, "{test:?}");
    let list = pb::ListChannelAccountsRequest::default();
    let listed = stage
        .order_sync
        .list_channel_accounts(list.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.channel_accounts.len(), 1);
    assert!(listed.channel_accounts[0].last_test.as_ref().unwrap().ok);
    let merchant_id = stage.merchant_id.to_string();
    assert_eq!(listed.channel_accounts[0].merchant_id, merchant_id);
    let refused = stage.admin.list_channel_accounts(list).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "merchant_id");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn lists_go_on_page_by_page(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    for n in 0..3 {
        let mut credentials = stage.credentials().await;
        credentials.vendor_id = format!("A0000000{n}");
        let request = stage.registration(&format!("r-{n}"), credentials, 0);
        stage.admin.register_channel_account(request).await.unwrap();
    }
    let mut request = pb::ListChannelAccountsRequest {
        merchant_id: stage.merchant_id.to_string(),
        page_size: 2,
        page_token: String::new(),
    };
    let page = stage
        .admin
        .list_channel_accounts(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.channel_accounts.len(), 2);
    assert_eq!(
        page.channel_accounts[0].quota_per_second, 5,
        "Coupang's documented default"
    );
    request.page_token = page.next_page_token;
    let page = stage
        .admin
        .list_channel_accounts(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.channel_accounts.len(), 1);
    assert_eq!(page.next_page_token, "");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_wrong_secret_is_told_clearly_and_not_tried_on_and_on(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let mut credentials = stage.credentials().await;
    credentials.secret_key = "0123456789abcdef0123456789abcdef01234567".to_owned();
    let request = stage.registration("r-1", credentials, 50);
    let account = stage.admin.register_channel_account(request).await.unwrap();
    let account = account
        .into_inner()
        .channel_account
        .unwrap()
        .channel_account_id;

    let request = test_request(&stage, &account);
    let test = stage
        .admin
        .test_channel_account(request)
        .await
        .unwrap()
        .into_inner()
        .test
        .unwrap();
    assert!(!test.ok);
    assert_eq!(test.reason, "CHANNEL_SIGNATURE_REFUSED");
    assert!(test.detail.contains("key"), "{}", test.detail);

    for _ in 0..3 {
        let request = stage.orders_request(&account, pb::LineState::Placed);
        let refused = stage.fetch_all(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(
            reason_of(&refused).as_deref(),
            Some("CHANNEL_CREDENTIALS_REFUSED")
        );
        assert_eq!(metadata_of(&refused)["policy"], "ASK");
    }
    assert_eq!(
        stage.verdict("bad_signatures").await,
        1,
        "calls pause after a refusal"
    );
    let request = pb::GetChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account,
    };
    let account = stage
        .admin
        .get_channel_account(request)
        .await
        .unwrap()
        .into_inner();
    let account = account.channel_account.unwrap();
    assert!(!account.credentials_paused, "once may be a hiccup");
    let refusal = account.last_refusal.unwrap();
    assert_eq!(refusal.reason, "CHANNEL_SIGNATURE_REFUSED");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_unreachable_channel_is_told_clearly(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let credentials = stage.credentials().await;
    let mut request = stage.registration("r-1", credentials, 50);
    // Bound and closed again: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    request.base_url = format!("http://127.0.0.1:{port}");
    let account = stage.admin.register_channel_account(request).await.unwrap();
    let account = account
        .into_inner()
        .channel_account
        .unwrap()
        .channel_account_id;
    let request = test_request(&stage, &account);
    let test = stage
        .admin
        .test_channel_account(request)
        .await
        .unwrap()
        .into_inner()
        .test
        .unwrap();
    assert_eq!(test.reason, "CHANNEL_UNREACHABLE");
    assert!(test.detail.contains("base URL"));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_wrong_field_is_named(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let credentials = stage.credentials().await;
    let good = stage.registration("r-1", credentials, 50);
    let with = |change: fn(&mut pb::RegisterChannelAccountRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let table = [
        (with(|r| r.merchant_id.clear()), "merchant_id"),
        (with(|r| r.request_id.clear()), "request_id"),
        (with(|r| r.name.clear()), "name"),
        (with(|r| r.base_url = "ftp://x".to_owned()), "base_url"),
        (with(|r| r.quota_per_second = -1), "quota_per_second"),
        (with(|r| r.credentials = None), "credentials"),
    ];
    for (request, field) in table {
        let refused = stage
            .admin
            .register_channel_account(request)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields_of(&refused)[0].0, field);
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_inactive_account_is_neither_polled_nor_written_to(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let request = pb::DeactivateChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
    };
    for _ in 0..2 {
        let changed = stage
            .admin
            .deactivate_channel_account(request.clone())
            .await
            .unwrap();
        let changed = changed.into_inner().channel_account.unwrap();
        assert_eq!(changed.state(), pb::ChannelAccountState::Inactive);
        assert_eq!(changed.version, 2, "the second time changes nothing");
    }
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let refused = stage.fetch_all(request).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_ACCOUNT_INACTIVE")
    );
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn credentials_lie_sealed_in_the_database(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    stage.register(50).await;
    let secret = stage.credentials().await.secret_key;
    let (sealed, row): (Vec<u8>, String) = sqlx::query_as(
        "SELECT sealed_credentials, row_to_json(account)::text FROM channel_proxy.channel_accounts AS account",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(sealed.len() > secret.len());
    assert!(
        !sealed
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    );
    assert!(!row.contains(&secret));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn only_listed_callers_may_call(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let mut store = stage.proxy.client(ServiceName::StoreGateway).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let refused = store.fetch_orders(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let write = pb::DispatchLinesRequest::default();
    let refused = stage.order_sync.dispatch_lines(write).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

/// Trigger: an account is registered, activated or deactivated. Consumer: order-sync, which learns what to poll.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn channel_account_changed_is_published_with_every_change(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let request = pb::DeactivateChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
    };
    stage
        .admin
        .deactivate_channel_account(request)
        .await
        .unwrap();
    let events: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT topic, aggregate_version, payload FROM channel_proxy.outbox ORDER BY xid, seq",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let secret = stage.credentials().await.secret_key;
    let mut states = Vec::new();
    for (topic, version, payload) in events {
        assert_eq!(topic, "channel_accounts");
        assert!(
            !payload
                .windows(secret.len())
                .any(|part| part == secret.as_bytes())
        );
        let event = ChannelAccountChanged::decode(payload.as_slice()).unwrap();
        let changed = event.channel_account.unwrap();
        assert_eq!(changed.channel_account_id, account);
        assert_eq!(changed.version, version);
        states.push(changed.state());
    }
    assert_eq!(
        states,
        [
            pb::ChannelAccountState::Active,
            pb::ChannelAccountState::Inactive
        ]
    );
}
