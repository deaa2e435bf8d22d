//! Every call is written down, and found again by what it was about.

use std::sync::Arc;

use moa_id::EffectId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use moa_service::{Clock, timestamp};
use serde_json::json;
use sqlx::PgPool;
use tonic::Code;

use crate::support::{Proxy, Stage, dispatch_item, permit_of};

fn all(stage: &Stage) -> pb::ListCallsRequest {
    pb::ListCallsRequest {
        merchant_id: stage.merchant_id.to_string(),
        ..pb::ListCallsRequest::default()
    }
}

async fn list(stage: &Stage, request: pb::ListCallsRequest) -> Vec<pb::ChannelCall> {
    let mut client = stage.proxy.calls().await;
    client.list_calls(request).await.unwrap().into_inner().calls
}

/// The calls as soon as there are so many.
async fn listed(
    stage: &Stage,
    request: pb::ListCallsRequest,
    count: usize,
) -> Vec<pb::ChannelCall> {
    moa_testkit::eventually(|| async {
        let calls = list(stage, request.clone()).await;
        (calls.len() >= count).then_some(calls)
    })
    .await
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn the_calls_about_an_order_are_found_by_its_ids(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 2, 1).await;
    let parcel = &parcels[0];
    let item = stage.inspect_item(parcel);
    let inspection = stage.inspect(&account, vec![item.clone()]).await.remove(0);
    let leave = dispatch_item(&item, &permit_of(&inspection), "123456789012");
    let mut request = tonic::Request::new(pb::DispatchLinesRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        items: vec![leave],
    });
    let request_id = request.metadata_mut();
    request_id.insert("x-request-id", "the-operators-request".parse().unwrap());
    let answer = stage.fulfillment.dispatch_lines(request).await.unwrap();
    let result = answer.into_inner().results.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");

    // Some calls name the order, some the parcel.
    let request = pb::ListCallsRequest {
        about_ids: vec![
            parcel.channel_order_id.clone(),
            parcel.channel_parcel_id.clone(),
        ],
        ..all(&stage)
    };
    let both = listed(&stage, request, 4).await;
    assert!(
        both.iter()
            .any(|call| call.api == "coupang.return_requests.list")
    );
    let request = pb::ListCallsRequest {
        about_ids: vec![parcel.channel_parcel_id.clone()],
        ..all(&stage)
    };
    let calls = listed(&stage, request, 3).await;
    let apis: Vec<_> = calls.iter().map(|call| call.api.as_str()).collect();
    assert_eq!(
        apis,
        [
            "coupang.invoices.upload",
            "coupang.ordersheets.get",
            "coupang.ordersheets.acknowledge"
        ],
        "the newest first"
    );
    let upload = &calls[0];
    assert_eq!((upload.http_status, upload.failure.as_str()), (200, ""));
    assert_eq!(upload.channel_account_id, account);
    assert!(upload.bytes_out > 0 && upload.bytes_in > 0, "{upload:?}");
    assert_eq!(upload.request_id, "the-operators-request");
    assert!(upload.about_ids.contains(&parcel.channel_order_id));
    assert!(!upload.about_ids.iter().any(|id| id == "123456789012"));

    let request = pb::ListCallsRequest {
        about_ids: vec![parcel.channel_order_id.clone()],
        api: "coupang.return_requests.list".to_owned(),
        ..all(&stage)
    };
    let claims = listed(&stage, request, 1).await;
    assert_eq!(
        claims[0].about_ids,
        std::slice::from_ref(&parcel.channel_order_id)
    );
    let request = pb::ListCallsRequest {
        about_ids: vec!["999999".to_owned()],
        ..all(&stage)
    };
    assert_eq!(list(&stage, request).await, []);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_refusal_is_written_down_with_its_reason_and_the_channels_name_of_it(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    stage.fetch_all(request.clone()).await.unwrap();
    stage
        .faults(json!([{"channel": "coupang", "kind": "forbidden_address"}]))
        .await;
    stage.fetch_all(request.clone()).await.unwrap_err();
    // Calls pause after it: no further one leaves, and none is written down.
    stage.fetch_all(request).await.unwrap_err();

    let failures = pb::ListCallsRequest {
        failures_only: true,
        ..all(&stage)
    };
    let failed = listed(&stage, failures, 1).await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].failure, "CHANNEL_IP_NOT_ALLOWED");
    assert_eq!(failed[0].http_status, 403);
    assert_eq!(
        failed[0].channel_trace_id.len(),
        36,
        "the gateway's transaction id"
    );
    assert!(list(&stage, all(&stage)).await.len() > 1);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_call_without_an_answer_is_written_down_too(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    stage
        .faults(json!([{"channel": "coupang", "kind": "reset_before"}]))
        .await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    stage.fetch_all(request).await.unwrap_err();
    let calls = listed(&stage, all(&stage), 1).await;
    assert_eq!(calls[0].failure, "CHANNEL_CONNECTION_LOST");
    assert_eq!((calls[0].http_status, calls[0].bytes_in), (0, 0));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn pages_go_back_in_time_and_filters_are_kept(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let before = Clock::system().now();
    for _ in 0..5 {
        let request = stage.orders_request(&account, pb::LineState::Placed);
        stage.fetch_all(request).await.unwrap();
    }
    let count = listed(&stage, all(&stage), 5).await.len();
    let mut request = pb::ListCallsRequest {
        channel_account_id: account.clone(),
        api: "coupang.ordersheets.list".to_owned(),
        from: Some(timestamp(before)),
        page_size: 2,
        ..all(&stage)
    };
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let mut client = stage.proxy.calls().await;
        let page = client
            .list_calls(request.clone())
            .await
            .unwrap()
            .into_inner();
        seen.extend(
            page.calls
                .into_iter()
                .map(|call| (call.called_at, call.call_id)),
        );
        pages += 1;
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (count, count.div_ceil(2)));
    let ids: std::collections::HashSet<_> = seen.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), count, "no call twice");
    let times: Vec<_> = seen
        .iter()
        .filter_map(|(at, _)| at.map(|at| (at.seconds, at.nanos)))
        .collect();
    assert!(
        times.is_sorted_by(|newer, older| newer >= older),
        "{times:?}"
    );

    let old = pb::ListCallsRequest {
        to: Some(timestamp(before)),
        ..all(&stage)
    };
    assert_eq!(list(&stage, old).await, []);
    let other = pb::ListCallsRequest {
        merchant_id: stage.ids.next::<moa_id::MerchantId>().to_string(),
        ..all(&stage)
    };
    assert_eq!(
        list(&stage, other).await,
        [],
        "another merchant sees nothing"
    );
    let wrong = pb::ListCallsRequest {
        about_ids: vec!["no id at all".to_owned()],
        ..all(&stage)
    };
    let refused = stage
        .proxy
        .calls()
        .await
        .list_calls(wrong)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields_of(&refused)[0].0, "about_ids");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_was_called_until_the_stop_is_written_down(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let pages = stage.fetch_all(request).await.unwrap().len();
    stage.proxy.stop().await;
    let written: i64 = sqlx::query_scalar("SELECT count(*) FROM channel_proxy.channel_calls")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(usize::try_from(written).unwrap(), pages);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_log_that_cannot_be_written_costs_no_call(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    sqlx::raw_sql("DROP TABLE channel_proxy.channel_calls")
        .execute(&pool)
        .await
        .unwrap();
    for _ in 0..3 {
        let request = stage.orders_request(&account, pb::LineState::Placed);
        stage.fetch_all(request).await.unwrap();
    }
    // Nor does it keep the service from stopping and the next one from starting.
    stage.proxy.stop().await;
    let next = Proxy::start(&pool, Clock::system(), Arc::clone(&stage.key_ring)).await;
    let mut client = next.client(moa_service::ServiceName::OrderSync).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    client.fetch_orders(request).await.unwrap();
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn nothing_of_a_person_stands_in_the_log(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let orders = stage.place(1, 1).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    let pages = stage.fetch_all(request).await.unwrap();
    let order = pages.iter().flat_map(|page| &page.orders).next().unwrap();
    let contact = order.contact.clone().unwrap();
    let parcel = stage
        .parcels(&account, pb::LineState::Placed, &orders)
        .await
        .remove(0);
    let item = pb::AcknowledgeItem {
        effect_id: stage.ids.next::<EffectId>().to_string(),
        ..stage.acknowledge_item(&parcel, 1)
    };
    stage.acknowledge(&account, vec![item]).await;
    stage.proxy.stop().await;
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT row_to_json(call)::text FROM channel_proxy.channel_calls call")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert!(rows.len() >= 2);
    let secret = stage.credentials().await;
    for word in [
        contact.receiver_name.as_str(),
        contact.receiver_phone.as_str(),
        contact.address1.as_str(),
        secret.access_key.as_str(),
        secret.secret_key.as_str(),
        "createdAt",
    ] {
        assert!(!word.is_empty());
        assert!(
            !rows.iter().any(|row| row.contains(word)),
            "{word} in {rows:?}"
        );
    }
}
