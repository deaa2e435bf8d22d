//! SmartStore from registration to dispatch: what is found, what is looked at, what leaves, what stays.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::reason_of;
use serde_json::json;
use sqlx::PgPool;

use crate::smartstore_support::Store;
use crate::support::{dispatch_item, permit_of};

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancel_that_waits_is_never_refused_by_a_dispatch(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    let (order_id, _) = store.place(json!({"kind": "physical", "lines": 1})).await;
    let orders = store.changes().await;
    let parcels = store.parcels_of(&orders[0]);
    store.acknowledge_all(&parcels).await;
    store.buyer(&order_id, "cancel").await;

    let item = store.stage.inspect_item(&parcels[0]);
    let inspections = store.inspect(vec![item]).await;
    assert_eq!(inspections[0].verdict(), pb::InspectionVerdict::Blocked);
    assert_eq!(inspections[0].reason, "CANCEL_REQUESTED");
    assert!(inspections[0].evidence_json.contains("REQUESTED"));

    let claims = store.claims().await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].channel_order_id, order_id);
    assert_eq!(claims[0].kind(), pb::ClaimKind::Cancel);
    assert_eq!(claims[0].state(), pb::ClaimState::Requested);
    assert_eq!(
        claims[0].lines[0].channel_line_id,
        parcels[0].channel_parcel_id
    );
    let line = &store.changes().await[0].lines[0];
    assert_eq!(line.held_quantity, line.quantity);
    assert_eq!(store.stage.verdict("dispatches_accepted").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn more_than_thirty_parcels_leave_by_thirty_under_their_permits(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    for _ in 0..32 {
        store.place(json!({"kind": "physical", "lines": 1})).await;
    }
    let orders = store.changes().await;
    let parcels: Vec<_> = orders
        .iter()
        .flat_map(|order| store.parcels_of(order))
        .collect();
    assert_eq!(parcels.len(), 32);
    store.acknowledge_all(&parcels).await;
    let items: Vec<_> = parcels
        .iter()
        .map(|parcel| store.stage.inspect_item(parcel))
        .collect();
    let inspections = store.inspect(items.clone()).await;
    let leaving = (680_405_450_100_u64..)
        .zip(items.iter().zip(&inspections))
        .map(|(number, (item, inspection))| {
            dispatch_item(item, &permit_of(inspection), &number.to_string())
        });
    for result in store.dispatch(leaving.collect()).await {
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    }
    assert_eq!(store.stage.verdict("dispatches_accepted").await, 32);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_direct_delivery_goes_without_carrier_and_its_probe_finds_it(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    store.place(json!({"kind": "digital", "lines": 1})).await;
    let orders = store.changes().await;
    let parcels = store.parcels_of(&orders[0]);
    store.acknowledge_all(&parcels).await;
    let item = store.stage.inspect_item(&parcels[0]);
    let inspections = store.inspect(vec![item.clone()]).await;
    let mut leaving = dispatch_item(&item, &permit_of(&inspections[0]), "20261127001");
    leaving.carrier = "DIRECT".to_owned();
    let result = &store.dispatch(vec![leaving.clone()]).await[0];
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");

    let probe = |carrier: &str| {
        let request = pb::ProbeEffectRequest {
            merchant_id: store.stage.merchant_id.to_string(),
            channel_account_id: store.account.clone(),
            // Another effect: the stored outcome is not what is asked.
            effect_id: store.stage.ids.next::<moa_id::EffectId>().to_string(),
            channel_order_id: leaving.channel_order_id.clone(),
            channel_parcel_id: leaving.channel_parcel_id.clone(),
            intended: Some(pb::probe_effect_request::Intended::Dispatch(
                pb::ProbeDispatch {
                    carrier: carrier.to_owned(),
                    tracking_number: leaving.tracking_number.clone(),
                    channel_line_ids: Vec::new(),
                },
            )),
        };
        let mut client = store.stage.fulfillment.clone();
        async move { client.probe_effect(request).await.unwrap().into_inner() }
    };
    let direct = probe("DIRECT").await;
    assert_eq!(direct.verdict(), pb::ProbeVerdict::Happened, "{direct:?}");
    let by_courier = probe("CJ_LOGISTICS").await;
    assert_eq!(by_courier.verdict(), pb::ProbeVerdict::Conflict);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_token_that_was_revoked_is_renewed_once_without_anybody_noticing(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    store.place(json!({"kind": "physical", "lines": 1})).await;
    assert_eq!(store.changes().await.len(), 1);
    store.control("smartstore/revoke-tokens").await;
    assert_eq!(store.changes().await.len(), 1);
    assert_eq!(store.stage.verdict("bad_signatures").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_sweep_reads_the_list_too_and_finds_what_no_row_of_the_feed_tells(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    store.place(json!({"kind": "physical", "lines": 1})).await;
    let orders = store.changes().await;
    let parcels = store.parcels_of(&orders[0]);
    store.acknowledge_all(&parcels).await;
    let mut sweep = store.changes_request();
    sweep.call_class = pb::CallClass::Sweep.into();
    let pages = store.stage.fetch_all(sweep).await.unwrap();
    assert_eq!(pages.len(), 2, "the feed and the list");
    assert!(pages.iter().all(|page| page.orders.len() == 1));
    let line = &pages[1].orders[0].lines[0];
    assert_eq!(line.state(), pb::LineState::Acknowledged);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn wrong_credentials_are_an_answer_of_the_test_that_says_what_to_do(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    let test = store.test(&store.account.clone()).await;
    assert!(test.ok, "{test:?}");
    let wrong = store
        .register(|credentials| {
            credentials.client_secret = "$2a$04$abcdefghijklmnopqrstuu".to_owned();
            credentials.account_type = pb::SmartStoreAccountType::Seller.into();
            credentials.account_id = "ncp_other".to_owned();
        })
        .await
        .unwrap();
    let test = store.test(&wrong).await;
    assert!(!test.ok);
    assert_eq!(test.reason, "CHANNEL_CREDENTIALS_REFUSED");
    assert!(!test.detail.contains("$2a$"), "{}", test.detail);

    let refused = store
        .register(|credentials| credentials.account_id = "ncp_other".to_owned())
        .await
        .unwrap_err();
    assert!(refused.message().contains("account_id"), "{refused}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_address_that_is_not_allowed_stops_the_account_and_says_so(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    store
        .rules(json!({"allowed_addresses": ["203.0.113.7"]}))
        .await;
    let request = store.changes_request();
    let refused = store.stage.fetch_all(request).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_IP_NOT_ALLOWED")
    );
    let account = store.get_account().await;
    assert_eq!(
        account.last_refusal.unwrap().reason,
        "CHANNEL_IP_NOT_ALLOWED"
    );
    let capabilities = account.capabilities.unwrap();
    assert_eq!(
        capabilities.order_discovery(),
        pb::OrderDiscovery::ChangesFeed
    );
}
