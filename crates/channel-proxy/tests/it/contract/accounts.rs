//! Accounts: who may be called for, and what stops it.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use moa_service::{Clock, ServiceName, metadata_of, reason_of};
use pb::channel_claims_service_client::ChannelClaimsServiceClient;
use sqlx::PgPool;
use tonic::Code;

use super::desk::Desk;
use super::effects::{no_account, strangers};
use super::world::World;

/// What an adapter declares is what the suite runs for it.
pub async fn it_declares_what_it_can_do<W: World>(pool: PgPool) {
    let desk = Desk::<W>::open(&pool).await;
    let declared: Vec<_> = desk.can.operations().collect();
    assert_eq!(declared, W::OPERATIONS);
    let kinds: Vec<_> = desk.can.inquiry_kinds().collect();
    assert_eq!(kinds, W::INQUIRY_KINDS);
    assert_ne!(desk.can.order_discovery(), pb::OrderDiscovery::Unspecified);
    assert_ne!(
        desk.can.dispatch_granularity(),
        pb::DispatchGranularity::Unspecified
    );
    for (limit, name) in [
        (desk.can.max_orders_per_page, "orders"),
        (desk.can.max_claims_per_page, "claims"),
        (desk.can.max_inquiries_per_page, "inquiries"),
        (desk.can.max_products_per_page, "products"),
        (desk.can.max_acknowledge_items, "acknowledge"),
        (desk.can.max_dispatch_items, "dispatch"),
    ] {
        assert!(limit > 0, "{name}");
    }
    for carrier in [
        "CJ_LOGISTICS",
        "LOTTE",
        "HANJIN",
        "KOREA_POST",
        "LOGEN",
        "DIRECT",
    ] {
        assert!(
            desk.can.carriers.iter().any(|known| known == carrier),
            "{carrier}"
        );
    }
}

pub async fn an_account_is_registered_once_and_tested<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let request = desk.registration("register", 50).await;
    let again = desk.register(request).await.unwrap();
    assert_eq!(again.channel_account_id, desk.account);
    assert_eq!(again.channel, W::CHANNEL);
    assert_eq!(again.state(), pb::ChannelAccountState::Active);
    let second = desk.registration("another request", 50).await;
    let refused = desk.register(second).await.unwrap_err();
    let reason = reason_of(&refused);
    assert_eq!(reason.as_deref(), Some("CHANNEL_ACCOUNT_EXISTS"));
    assert_eq!(metadata_of(&refused)["channel_account_id"], desk.account);
    let test = desk.test(&desk.account.clone()).await;
    assert!(test.ok, "{test:?}");
}

pub async fn a_wrong_key_is_told_and_not_tried_on_and_on<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    // A merchant of its own: here the seller has an account already.
    let mut wrong = desk.registration("wrong", 50).await;
    let merchant_id: moa_id::MerchantId = desk.stage.ids.next();
    wrong.merchant_id = merchant_id.to_string();
    wrong.credentials = wrong.credentials.map(W::wrong_key);
    let secret = W::secret(wrong.credentials.as_ref().unwrap());
    let account = desk.register(wrong).await.unwrap().channel_account_id;
    let request = pb::TestChannelAccountRequest {
        merchant_id: merchant_id.to_string(),
        channel_account_id: account.clone(),
    };
    let tested = desk.stage.admin.test_channel_account(request).await;
    let test = tested.unwrap().into_inner().test.unwrap();
    assert!(!test.ok);
    assert_eq!(test.reason, W::WRONG_KEY);
    assert!(!test.detail.is_empty() && !test.detail.contains(&secret));

    let before = desk.stage.verdict("bad_signatures").await;
    let mut request = desk.new_orders();
    (request.merchant_id, request.channel_account_id) = (merchant_id.to_string(), account);
    for _ in 0..3 {
        let refused = desk.stage.fetch_all(request.clone()).await.unwrap_err();
        let reason = reason_of(&refused);
        assert_eq!(reason.as_deref(), Some("CHANNEL_CREDENTIALS_REFUSED"));
        assert_eq!(metadata_of(&refused)["policy"], "ASK");
    }
    let after = desk.stage.verdict("bad_signatures").await;
    assert!(after <= before + 1, "calls pause after a refusal");
}

pub async fn fields_of_a_registration_are_refused_by_name<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let good = desk.registration("fields", 50).await;
    let with = |change: fn(&mut pb::RegisterChannelAccountRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    for (request, field) in [
        (with(|r| r.merchant_id.clear()), "merchant_id"),
        (with(|r| r.request_id.clear()), "request_id"),
        (with(|r| r.name.clear()), "name"),
        (with(|r| r.base_url = "ftp://x".to_owned()), "base_url"),
        (with(|r| r.quota_per_second = -1), "quota_per_second"),
        (with(|r| r.credentials = None), "credentials"),
    ] {
        let refused = desk.register(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields_of(&refused)[0].0, field);
    }
}

pub async fn an_inactive_account_is_neither_read_nor_written_to<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let orders = desk.place(1, 1).await;
    let parcel = desk.placed(&orders).await.remove(0);
    let request = pb::DeactivateChannelAccountRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
    };
    desk.stage
        .admin
        .deactivate_channel_account(request)
        .await
        .unwrap();
    let inactive = Some("CHANNEL_ACCOUNT_INACTIVE");
    let refused = desk.stage.fetch_all(desk.new_orders()).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), inactive);
    let write = pb::AcknowledgeParcelsRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        items: vec![desk.stage.acknowledge_item(&parcel, 1)],
    };
    let refused = desk.stage.fulfillment.acknowledge_parcels(write).await;
    assert_eq!(reason_of(&refused.unwrap_err()).as_deref(), inactive);
}

/// Nobody reads or writes with an account of another merchant, or with one that is not there.
pub async fn an_account_is_its_merchant_s_alone<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let orders = desk.place(1, 1).await;
    let parcel = desk.placed(&orders).await.remove(0);
    for stranger in strangers(&desk) {
        let (merchant_id, channel_account_id) = (stranger.merchant_id, stranger.channel_account_id);
        let mut read = desk.new_orders();
        read.merchant_id.clone_from(&merchant_id);
        read.channel_account_id.clone_from(&channel_account_id);
        no_account(&desk.stage.fetch_all(read).await.unwrap_err());
        let mut claims = desk.claims_request();
        claims.merchant_id.clone_from(&merchant_id);
        claims.channel_account_id.clone_from(&channel_account_id);
        no_account(
            &desk
                .stage
                .order_sync
                .fetch_claims(claims)
                .await
                .unwrap_err(),
        );
        let look = pb::InspectLinesRequest {
            merchant_id: merchant_id.clone(),
            channel_account_id: channel_account_id.clone(),
            items: vec![desk.stage.inspect_item(&parcel)],
        };
        no_account(
            &desk
                .stage
                .fulfillment
                .inspect_lines(look)
                .await
                .unwrap_err(),
        );
        let write = pb::AcknowledgeParcelsRequest {
            merchant_id,
            channel_account_id,
            items: vec![desk.stage.acknowledge_item(&parcel, 1)],
        };
        let refused = desk.stage.fulfillment.acknowledge_parcels(write).await;
        no_account(&refused.unwrap_err());
    }
}

pub async fn only_fulfillment_writes<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let request = desk.new_orders();
    let mut store = desk.stage.proxy.client(ServiceName::StoreGateway).await;
    let refused = store.fetch_orders(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let write = pb::DispatchLinesRequest::default();
    let refused = desk.stage.order_sync.dispatch_lines(write).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    let channel = desk.stage.proxy.channel(ServiceName::OrderSync).await;
    let mut reader = ChannelClaimsServiceClient::new(channel);
    let refused = reader.confirm_stop(pb::ConfirmStopRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}

/// A channel's own allowance, with polls and the whole way of a parcel inside it.
pub async fn the_documented_allowance_is_kept<W: World>(pool: PgPool) {
    let clock = Clock::system();
    let mut desk = Desk::<W>::open_with(&pool, clock, W::DOCUMENTED_CALLS).await;
    desk.dispatched(crate::topics::NUMBER).await;
    for _ in 0..3 {
        let request = desk.new_orders();
        desk.stage.fetch_all(request).await.unwrap();
        desk.listed_claims().await;
    }
    assert_eq!(desk.stage.verdict("quota_violations").await, 0);
    assert_eq!(desk.stage.verdict("bad_signatures").await, 0);
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 1);
}

pub async fn too_many_calls_are_followed_by_a_pause_that_is_shown<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let request = desk.new_orders();
    desk.stage.fetch_all(request.clone()).await.unwrap();
    desk.trouble("throttle", "/", Some(1)).await;
    // The second is refused here: the channel would answer it.
    for _ in 0..2 {
        let refused = desk.stage.fetch_all(request.clone()).await.unwrap_err();
        let reason = reason_of(&refused);
        assert_eq!(reason.as_deref(), Some("CHANNEL_QUOTA_EXHAUSTED"));
        assert_eq!(metadata_of(&refused)["policy"], "RETRY");
        assert!(metadata_of(&refused).contains_key("retry_at"));
    }
    let health = desk.health().await;
    let closure = &health.closures[0];
    assert_eq!(closure.cause, "CHANNEL_QUOTA_EXHAUSTED");
    assert!(closure.until.is_some());
}
