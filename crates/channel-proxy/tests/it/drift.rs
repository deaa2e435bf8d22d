//! What a channel says that this version does not know is kept, counted, told once, and breaks nothing.

use std::net::SocketAddr;

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceName, timestamp};
use pb::channel_inquiries_service_client::ChannelInquiriesServiceClient;
use prost::Message;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::support::Stage;
use crate::topics::{NUMBER, OTHER_NUMBER, Topics};

/// A channel that answers every list with this page.
async fn channel_that_says(page: &Value) -> (SocketAddr, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let body = page.to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok() {
                stream.write_all(answer.as_bytes()).await.ok();
            }
        }
    });
    (address, AbortOnDropHandle::new(task))
}

/// Order sheets as documented.
fn page() -> Value {
    let page = include_str!("../../src/channel/coupang/fixtures/ordersheets_v5.json");
    let mut page: Value = serde_json::from_str(page).unwrap();
    for row in page["data"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("newField");
        row["status"] = json!("ACCEPT");
    }
    page
}

async fn account_at(stage: &mut Stage, address: SocketAddr) -> String {
    let credentials = stage.credentials().await;
    let mut registration = stage.registration("r", credentials, 50);
    registration.base_url = format!("http://{address}");
    let account = stage
        .admin
        .register_channel_account(registration)
        .await
        .unwrap();
    account
        .into_inner()
        .channel_account
        .unwrap()
        .channel_account_id
}

async fn findings(stage: &Stage, count: usize) -> Vec<pb::DriftFinding> {
    moa_testkit::eventually(|| async {
        let request = pb::ListDriftRequest {
            merchant_id: stage.merchant_id.to_string(),
            ..pb::ListDriftRequest::default()
        };
        let mut client = stage.proxy.drift().await;
        let found = client
            .list_drift(request)
            .await
            .unwrap()
            .into_inner()
            .findings;
        (found.len() >= count).then_some(found)
    })
    .await
}

/// Trigger: a channel says something unknown for the first time. Consumers: operators of Moa, by feed and log.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn channel_drift_found_is_published_once_and_every_order_still_arrives(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let mut page = page();
    page["data"][0]["orderItems"][0]["giftFlag"] = json!(true);
    page["data"][0]["receiver"]["entranceCode"] = json!("#1234");
    page["data"][1]["status"] = json!("PREPARING");
    let orders = page["data"].as_array().unwrap().len();
    let (address, _channel) = channel_that_says(&page).await;
    let account = account_at(&mut stage, address).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    for _ in 0..3 {
        let answer = stage
            .order_sync
            .fetch_orders(request.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(answer.rejected_rows, []);
        let parcels = answer.orders.iter().flat_map(|order| &order.lines);
        let parcels: std::collections::HashSet<_> =
            parcels.map(|line| &line.channel_parcel_id).collect();
        assert_eq!(parcels.len(), orders);
        let raw: Value = serde_json::from_slice(&answer.raw_page).unwrap();
        assert_eq!(raw, page, "the raw page keeps what is unknown");
    }

    let found = findings(&stage, 3).await;
    let mut places: Vec<_> = found
        .iter()
        .map(|one| (one.kind(), one.path.as_str()))
        .collect();
    places.sort_by_key(|(_, path)| (*path).to_owned());
    assert_eq!(
        places,
        [
            (pb::DriftKind::UnknownField, "data[].orderItems[].giftFlag"),
            (pb::DriftKind::UnknownField, "data[].receiver.entranceCode"),
            (pb::DriftKind::UnknownWord, "state=PREPARING"),
        ]
    );
    for one in &found {
        assert!(
            !one.sample_json.contains("#1234") && !one.sample_json.contains("홍"),
            "{one:?}"
        );
    }
    let field = found
        .iter()
        .find(|one| one.path.ends_with("giftFlag"))
        .unwrap();
    assert_eq!(field.api, "coupang.ordersheets.list");
    assert_eq!(field.count, 1, "a page a minute is looked at");
    let sample: Value = serde_json::from_str(&field.sample_json).unwrap();
    assert_eq!(sample["giftFlag"], "boolean");
    let word = moa_testkit::eventually(|| async {
        let found = findings(&stage, 3).await;
        let word = found
            .into_iter()
            .find(|one| one.kind() == pb::DriftKind::UnknownWord)?;
        (word.count == 3).then_some(word)
    })
    .await;
    assert!(word.first_seen_at.is_some());

    let events: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT payload FROM channel_proxy.outbox WHERE topic = 'channel_warnings'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut told: Vec<String> = events
        .iter()
        .map(|payload| pb::ChannelDriftFound::decode(payload.as_slice()).unwrap())
        .map(|event| event.finding.unwrap().path)
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "data[].orderItems[].giftFlag",
            "data[].receiver.entranceCode",
            "state=PREPARING"
        ]
    );
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_channel_as_documented_drifts_not(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 2, 2).await;
    stage.cancel_order(&parcels[0].channel_order_id).await;
    let item = stage.inspect_item(&parcels[1]);
    stage.inspect(&account, vec![item]).await;
    let request = stage.orders_request(&account, pb::LineState::Acknowledged);
    stage.fetch_all(request.clone()).await.unwrap();
    let claims = pb::FetchClaimsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account,
        call_class: pb::CallClass::Poll.into(),
        from: request.from,
        to: request.to,
        page_token: String::new(),
        lists: Vec::new(),
    };
    stage.order_sync.fetch_claims(claims).await.unwrap();
    stage.proxy.stop().await;
    let found: Vec<String> =
        sqlx::query_scalar("SELECT api || ' ' || path FROM channel_proxy.drift_findings")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(found, Vec::<String>::new());
}

/// Every list that a topic reads is compared with the documents, and Coupang's sandbox follows them.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_is_documented_of_every_topic_is_nothing_new(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let exchanged = topics.delivered(1, NUMBER).await;
    let demand = json!({"reason": "different_option"});
    topics.buyer(&exchanged, "exchange", demand).await;
    topics.claim_of(&exchanged, pb::ClaimList::Exchanges).await;
    let sent_back = topics.delivered(1, OTHER_NUMBER).await;
    topics.buyer(&sent_back, "return", json!({})).await;
    let claim = topics.claim_of(&sent_back, pb::ClaimList::Returns).await;
    let path = format!("/control/receipts/coupang/{}", claim.channel_claim_id);
    topics
        .stage
        .post(&format!("{path}/question"), json!({}))
        .await;

    let now = Clock::system().now();
    for (kind, word) in [
        (pb::InquiryKind::Product, "product"),
        (pb::InquiryKind::CallCenter, "call_center"),
    ] {
        let question = json!({"kind": word, "text": "언제 오나요?"});
        topics.buyer(&exchanged, "ask", question).await;
        let request = pb::FetchInquiriesRequest {
            merchant_id: topics.merchant_id(),
            channel_account_id: topics.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            kind: kind.into(),
            from: Some(timestamp(now - TimeDelta::days(1))),
            to: Some(timestamp(now + TimeDelta::hours(1))),
            ..pb::FetchInquiriesRequest::default()
        };
        let channel = topics.stage.proxy.channel(ServiceName::OrderSync).await;
        let mut reader = ChannelInquiriesServiceClient::new(channel);
        let page = reader.fetch_inquiries(request).await.unwrap().into_inner();
        assert_eq!(page.inquiries.len(), 1, "{word}");
    }
    let request = pb::FetchProductsRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        page_token: String::new(),
    };
    let page = topics.listings.fetch_products(request).await.unwrap();
    assert!(!page.into_inner().products.is_empty());
    let line = topics
        .order(&exchanged.channel_order_id)
        .await
        .order
        .unwrap();
    let request = pb::FetchOfferRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        listing: Some(pb::ListingRef {
            channel_listing_id: line.lines[0].channel_listing_id.clone(),
            channel_product_id: String::new(),
        }),
    };
    assert!(
        !topics
            .listings
            .fetch_offer(request)
            .await
            .unwrap()
            .into_inner()
            .gone
    );

    // Looks are taken in turn: once this one is told, the others were found as documented.
    topics.trouble("unknown_field", "returnRequests", 1).await;
    topics.fetch_claim(&claim).await;
    let found = findings(&topics.stage, 1).await;
    for finding in found {
        assert_eq!(finding.api, "coupang.return_requests.get", "{finding:?}");
        assert!(finding.path.ends_with("unannouncedField"), "{finding:?}");
    }
}
