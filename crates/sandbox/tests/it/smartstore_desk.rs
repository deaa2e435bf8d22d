//! Questions, settlement and the seller at SmartStore.

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::hub::{eventually, now};
use crate::smartstore_hub::{Store, encoded};

impl Store {
    async fn ask(&self, order: &str, kind: &str, text: &str) -> String {
        let path = format!("orders/smartstore/{order}/ask");
        let body = json!({"kind": kind, "text": text});
        self.control(Method::POST, &path, body).await["inquiry_id"].to_string()
    }
}

fn korean_day(at: DateTime<Utc>) -> String {
    let kst = FixedOffset::east_opt(9 * 3600).unwrap();
    at.with_timezone(&kst).format("%Y-%m-%d").to_string()
}

#[tokio::test]
async fn a_question_about_goods_is_listed_answered_and_answered_anew() {
    let store = Store::start().await;
    let (order, id) = store.place_one().await;
    let first = store.ask(&order, "product", "언제 다시 들어오나요?").await;
    store.ask(&order, "product", "색이 사진과 같나요?").await;
    let (from, to) = (
        encoded(now() - TimeDelta::days(1)),
        encoded(now() + TimeDelta::days(1)),
    );
    let list = |more: &str| format!("/v1/contents/qnas?fromDate={from}&toDate={to}{more}");
    let (status, all) = store.get(&list("")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(all["totalElements"], json!(2));
    let row = &all["contents"][1];
    assert_eq!(
        (&row["questionId"].to_string(), &row["answered"]),
        (&first, &json!(false))
    );
    assert!(row["maskedWriterId"].as_str().unwrap().ends_with("*****"));
    let product = store.detail(&id).await["productOrder"]["productId"].clone();
    assert_eq!(json!(row["productId"].to_string()), product);
    let path = format!("/v1/contents/qnas/{first}");
    for text in ["다음 주에 들어옵니다.", "금요일에 들어옵니다."] {
        let answer = store
            .send(Method::PUT, &path, json!({"commentContent": text}))
            .await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    let (_, answered) = store.get(&list("&answered=true")).await;
    assert_eq!(
        answered["contents"][0]["answer"],
        json!("금요일에 들어옵니다.")
    );
    assert_eq!(answered["totalElements"], json!(1));
    for (call, expected) in [
        ("/v1/contents/qnas".to_owned(), StatusCode::BAD_REQUEST),
        (list("&size=101"), StatusCode::BAD_REQUEST),
        (
            "/v1/contents/qnas?fromDate=2026-01-01T00:00:00Z&toDate=2026-01-02T00:00:00Z"
                .to_owned(),
            StatusCode::OK,
        ),
        ("/v1/contents/qnas/templates".to_owned(), StatusCode::OK),
    ] {
        assert_eq!(store.get(&call).await.0, expected, "{call}");
    }
    let missing = store
        .call(
            Method::PUT,
            "/v1/contents/qnas/1",
            json!({"commentContent": "a"}),
        )
        .await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    let empty = store
        .call(Method::PUT, &path, json!({"commentContent": " "}))
        .await;
    assert_eq!(empty.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_question_about_an_order_is_answered_once_and_then_corrected() {
    let store = Store::start().await;
    let (order, id) = store.place_one().await;
    let number = store.ask(&order, "order", "오늘 출발하나요?").await;
    let days = format!(
        "startSearchDate={}&endSearchDate={}",
        korean_day(now() - TimeDelta::days(1)),
        korean_day(now() + TimeDelta::days(1))
    );
    let list = |more: &str| format!("/v1/pay-user/inquiries?{days}{more}");
    let (status, all) = store.get(&list("&size=10")).await;
    assert_eq!(status, StatusCode::OK, "{all}");
    let row = &all["content"][0];
    assert_eq!(row["inquiryNo"].to_string(), number);
    assert_eq!(
        (&row["orderId"], &row["productOrderIdList"]),
        (&json!(order), &json!(id))
    );
    assert_eq!(
        (&all["number"], &all["numberOfElements"]),
        (&json!(0), &json!(1))
    );
    let path = format!("/v1/pay-merchant/inquiries/{number}/answer");
    let body = json!({"answerComment": "네, 오늘 출발합니다."});
    let (status, answer) = store.call(Method::POST, &path, body.clone()).await;
    assert_eq!(status, StatusCode::OK);
    let comment = answer["data"]["inquiryCommentNo"].to_string();
    assert!(answer["traceId"].is_string());
    let (_, again) = store.call(Method::POST, &path, body).await;
    assert_eq!(again["code"], json!("ERR-NC-101010"));
    let body = json!({"answerComment": "내일 출발합니다.", "answerTemplateId": "7"});
    let (status, _) = store
        .call(Method::PUT, &format!("{path}/{comment}"), body)
        .await;
    assert_eq!(status, StatusCode::OK);
    let (_, answered) = store.get(&list("&answered=true")).await;
    assert_eq!(
        answered["content"][0]["answerContent"],
        json!("내일 출발합니다.")
    );
    let empty = store.get(&list("&answered=false")).await.1;
    assert_eq!(empty["empty"], json!(true));
    let text = json!({"answerComment": "a"});
    for (call, body, code) in [
        (
            "/v1/pay-merchant/inquiries/1/answer".to_owned(),
            text.clone(),
            "ERR-NC-101004",
        ),
        (path.clone(), json!({}), "ERR-NC-101001"),
    ] {
        let (status, answer) = store.call(Method::POST, &call, body).await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::BAD_REQUEST, &json!(code))
        );
    }
    let (_, wrong) = store.call(Method::PUT, &format!("{path}/5"), text).await;
    assert_eq!(wrong["code"], json!("ERR-NC-101005"));
    for (query, code) in [
        (
            "startSearchDate=2026-01-02&endSearchDate=2026-01-01",
            "4002",
        ),
        (
            "startSearchDate=2025-01-01&endSearchDate=2026-01-02",
            "4003",
        ),
        (
            "startSearchDate=2026-01-01&endSearchDate=2026-01-02&page=0",
            "4004",
        ),
        (
            "startSearchDate=2026-01-01&endSearchDate=2026-01-02&page=1000001",
            "4005",
        ),
        (
            "startSearchDate=2026-01-01&endSearchDate=2026-01-02&size=9",
            "4006",
        ),
        (
            "startSearchDate=2026-01-01&endSearchDate=2026-01-02&size=201",
            "4007",
        ),
        ("endSearchDate=2026-01-02", "4001"),
    ] {
        let (status, answer) = store.get(&format!("/v1/pay-user/inquiries?{query}")).await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_buyers_are_content_with_is_paid_on_the_next_working_day() {
    let store = Store::start().await;
    let (order, id) = store.confirmed().await;
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    store.buyer(&order, "confirm").await;
    let detail = store.detail(&id).await["productOrder"].clone();
    let decided = korean_day(detail["decisionDate"].as_str().unwrap().parse().unwrap());
    let case = |period: &str, day: &str| {
        format!(
            "/v1/pay-settle/settle/case?searchDate={day}&periodType=SETTLE_CASEBYCASE_{period}_DATE&pageNumber=1&pageSize=100"
        )
    };
    let (status, body) = store.get(&case("SETTLE_BASIS", &decided)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let rows = body["elements"].as_array().unwrap();
    let expected: i64 = rows
        .iter()
        .map(|row| row["settleExpectAmount"].as_i64().unwrap())
        .sum();
    assert_eq!(json!(expected), detail["expectedSettlementAmount"]);
    assert_eq!(rows[0]["productOrderId"], json!(id));
    assert!(rows[0].get("settleCompleteDate").is_none());
    let expect = rows[0]["settleExpectDate"].as_str().unwrap().to_owned();
    assert!(expect > decided);
    let (_, by_expect) = store.get(&case("SETTLE_SCHEDULE", &expect)).await;
    assert_eq!(by_expect["elements"], body["elements"]);
    let (_, settled) = store
        .get(&format!(
            "{}&settleDecisionType=SETTLED",
            case("SETTLE_BASIS", &decided)
        ))
        .await;
    assert_eq!(settled["pagination"]["totalElements"], json!(0));
    let daily = format!(
        "/v1/pay-settle/settle/daily?startDate={decided}&endDate={expect}&pageNumber=1&pageSize=1000"
    );
    let (_, days) = store.get(&daily).await;
    assert_eq!(days["elements"][0]["settleAmount"], json!(expected));
    assert_eq!(days["elements"][0]["settleExpectDate"], json!(expect));
    store.advance(5 * 86_400).await;
    eventually(async || {
        let (_, body) = store.get(&case("SETTLE_COMPLETE", &expect)).await;
        (body["pagination"]["totalElements"] != json!(0)).then_some(())
    })
    .await;
    for query in [
        "searchDate=2026-01-01&pageNumber=1&pageSize=10".to_owned(),
        format!(
            "searchDate={decided}&periodType=SETTLE_CASEBYCASE_PAY_DATE&orderId=&pageNumber=1&pageSize=10"
        ),
        format!("searchDate={decided}&periodType=SETTLE_CASEBYCASE_PAY_DATE&pageSize=10"),
    ] {
        let (status, _) = store
            .get(&format!("/v1/pay-settle/settle/case?{query}"))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn the_seller_can_be_asked_who_it_is() {
    let store = Store::start().await;
    let (_, account) = store.get("/v1/seller/account").await;
    assert_eq!(account["accountUid"], store.account()["account_id"]);
    let (_, channels) = store.get("/v1/seller/channels").await;
    let id = store.place_one().await.1;
    let row = store.detail(&id).await["productOrder"].clone();
    assert_eq!(
        json!(channels[0]["channelNo"].to_string()),
        row["merchantChannelId"]
    );
    let (_, books) = store.get("/v1/seller/addressbooks-for-page?page=1").await;
    assert_eq!(books["totalPage"], json!(1));
    assert_eq!(
        books["addressBooks"][0]["baseAddress"],
        row["takingAddress"]["baseAddress"]
    );
    let (_, companies) = store
        .get("/v2/product-delivery-info/return-delivery-companies")
        .await;
    assert!(companies["returnDeliveryCompanies"].is_array());
    assert_eq!(
        store.get("/v1/seller/addressbooks-for-page?page=x").await.0,
        StatusCode::BAD_REQUEST
    );
}
