use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::notification::v1 as pb;
use moa_testkit::eventually;
use pb::put_sender_request::Credentials;
use prost::Message;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::stage::{PHONE, Stage};

/// Trigger: an effect that was refused. Consumer: admin-gateway, for the timeline.
#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_wrong_secret_is_told_and_mended_by_a_new_one(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut wrong = stage.solapi();
    if let Some(Credentials::Solapi(solapi)) = &mut wrong.credentials {
        solapi.api_secret = "WRONG".to_owned();
    }
    stage.put(wrong).await.unwrap();
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let refused = stage.effect_in(EffectState::Rejected).await;
    assert_eq!(refused.reason, "SENDER_CREDENTIALS_REFUSED");
    assert!(
        refused.detail.contains("SignatureDoesNotMatch"),
        "{}",
        refused.detail
    );
    assert!(
        refused.detail.contains("register the sender again"),
        "{}",
        refused.detail
    );
    let (kind, _, payload) = stage.told(1).await.remove(0);
    assert_eq!(kind, "MessageFailed");
    let failed = pb::MessageFailed::decode(payload).unwrap();
    assert_eq!(failed.reason, "SENDER_CREDENTIALS_REFUSED");
    assert_eq!(failed.order_id, sold.order.to_string());

    stage.put(stage.solapi()).await.unwrap();
    stage.redrive(&refused).await;
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn an_unregistered_sender_number_is_told(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut other = stage.solapi();
    if let Some(Credentials::Solapi(solapi)) = &mut other.credentials {
        solapi.from = "0299999999".to_owned();
    }
    stage.put(other).await.unwrap();
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let refused = stage.effect_in(EffectState::Rejected).await;
    assert_eq!(refused.reason, "SENDER_NUMBER_UNREGISTERED");
    assert!(refused.detail.contains("1062"));
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn an_empty_balance_is_waited_for(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    // Stands for an account without money.
    let sold = stage.sell("010-0000-1030");
    stage.grant(&sold).await;
    let waiting = stage.effect_in(EffectState::Retryable).await;
    assert_eq!(waiting.reason, "BALANCE_EMPTY");
    assert_eq!(
        stage.messages(sold.order).await[0].state(),
        pb::MessageState::Pending
    );
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_provider_that_cannot_be_reached_was_sent_nothing(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut nowhere = stage.solapi();
    nowhere.base_url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    stage.put(nowhere).await.unwrap();
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    let waiting = stage.effect_in(EffectState::Retryable).await;
    assert_eq!(waiting.reason, "PROVIDER_UNREACHABLE");
    stage.put(stage.solapi()).await.unwrap();
    stage.let_time_pass().await;
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
}

/// Refuses any call that has the number in it, like an API that checks all before it does anything.
async fn strict_solapi(bad: &'static str) -> (String, Arc<AtomicU32>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let send = move |Json(body): Json<Value>| {
        let calls = Arc::clone(&counted);
        async move {
            calls.fetch_add(1, Ordering::Relaxed);
            answer(&body, bad)
        }
    };
    let app = axum::Router::new().route("/messages/v4/send-many/detail", axum::routing::post(send));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, calls)
}

fn answer(body: &Value, bad: &str) -> Response {
    let messages = body["messages"].as_array().unwrap();
    if messages.iter().any(|message| message["to"] == bad) {
        let refused =
            json!({ "errorCode": "ValidationError", "errorMessage": format!("to {bad}") });
        return (StatusCode::BAD_REQUEST, Json(refused)).into_response();
    }
    let accepted = messages.iter().enumerate().map(|(i, message)| {
        json!({ "messageId": format!("M4V{i}"), "statusCode": "2000", "customFields": message["customFields"] })
    });
    let list: Vec<Value> = accepted.collect();
    Json(json!({ "groupInfo": { "groupId": "G4V" }, "failedMessageList": [], "messageList": list }))
        .into_response()
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn one_bad_message_does_not_refuse_the_others_of_its_batch(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let (url, calls) = strict_solapi("01011112222").await;
    let sold = [
        stage.sell(PHONE),
        stage.sell("010-1111-2222"),
        stage.sell(PHONE),
    ];
    for granted in &sold {
        stage.grant(granted).await;
    }
    // All wait for a sender, so that they leave as one batch.
    eventually(|| async {
        let effects = stage.effects().await;
        let waiting = effects
            .iter()
            .filter(|effect| effect.state() == EffectState::Retryable)
            .count();
        (waiting == 3).then_some(())
    })
    .await;
    let strict = pb::PutSenderRequest {
        base_url: url,
        ..stage.solapi()
    };
    stage.put(strict).await.unwrap();
    stage.let_time_pass().await;
    let refused = stage.effect_in(EffectState::Rejected).await;
    assert_eq!(refused.reason, "PROVIDER_REFUSED");
    assert!(
        !refused.detail.contains("01011112222"),
        "{}",
        refused.detail
    );
    stage
        .message_in(sold[0].order, pb::MessageState::Accepted)
        .await;
    stage
        .message_in(sold[2].order, pb::MessageState::Accepted)
        .await;
    assert_eq!(
        stage.messages(sold[1].order).await[0].state(),
        pb::MessageState::Failed
    );
    assert!(calls.load(Ordering::Relaxed) >= 3);
}
