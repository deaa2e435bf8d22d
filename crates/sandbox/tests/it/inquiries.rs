use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, eventually, week};

/// The days of a week around now, as these lists ask for them.
fn days() -> String {
    let week = week();
    let day = |name: &str| {
        let at = week.find(name).unwrap() + name.len();
        week[at..at + 10].to_owned()
    };
    format!(
        "inquiryStartAt={}&inquiryEndAt={}",
        day("createdAtFrom="),
        day("createdAtTo=")
    )
}

async fn list(hub: &Hub, version: &str, kind: &str, filter: &str) -> Value {
    let query = format!("vendorId={}&{}&{filter}", hub.vendor(), days());
    let (status, body) = hub.get(&format!("{version}/{{v}}/{kind}?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["data"].clone()
}

async fn ask(hub: &Hub, body: Value) -> (i64, Value) {
    let (order, _) = hub.place_one().await;
    let answer = hub.buyer(order, "ask", body).await;
    (order, answer["inquiry_id"].clone())
}

fn wing(hub: &Hub) -> Value {
    hub.accounts["coupang"][0]["wing_user_id"].clone()
}

#[tokio::test]
async fn a_buyer_without_words_asks_when_the_goods_come() {
    let hub = Hub::start().await;
    ask(&hub, json!({})).await;
    let open = list(&hub, "v5", "onlineInquiries", "answeredType=NOANSWER").await;
    assert_eq!(open["content"][0]["content"], "언제 배송되나요?");
}

#[tokio::test]
async fn a_question_about_goods_is_answered() {
    let hub = Hub::start().await;
    let (order, id) = ask(
        &hub,
        json!({"kind": "product", "text": "언제 재입고되나요?"}),
    )
    .await;
    let open = list(&hub, "v5", "onlineInquiries", "answeredType=NOANSWER").await;
    let row = &open["content"][0];
    assert_eq!(
        (&row["inquiryId"], &row["orderIds"]),
        (&id, &json!([order]))
    );
    assert_eq!(row["content"], "언제 재입고되나요?");
    assert!(row["inquiryAt"].as_str().unwrap().ends_with("+09:00"));
    assert_eq!(
        open["pagination"],
        json!({"currentPage": 1, "totalPages": 1, "totalElements": 1, "countPerPage": 10})
    );
    let reply = async |content: &str, by: Value| {
        let body = json!({"content": content, "vendorId": hub.vendor(), "replyBy": by});
        hub.coupang(
            Method::POST,
            &format!("v4/{{v}}/onlineInquiries/{id}/replies"),
            body,
        )
        .await
    };
    let (status, _) = reply("다음 주 월요일입니다.", json!("somebody")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = reply(" ", wing(&hub)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, done) = reply("다음 주 월요일입니다.", wing(&hub)).await;
    assert_eq!(done, json!({"code": "200", "message": "OK"}));
    let (status, again) = reply("다음 주 월요일입니다.", wing(&hub)).await;
    assert_eq!(
        (status, &again["message"]),
        (StatusCode::BAD_REQUEST, &json!("동일한 답변이 존재합니다."))
    );
    let answered = list(&hub, "v4", "onlineInquiries", "answeredType=ANSWERED").await;
    let row = &answered["content"][0];
    assert_eq!(row["commentDtoList"][0]["content"], "다음 주 월요일입니다.");
    assert_eq!(
        row["inquiryAt"].as_str().unwrap().len(),
        "2026-03-01 10:15:30".len()
    );
    assert_eq!(
        list(&hub, "v5", "onlineInquiries", "answeredType=NOANSWER").await["content"],
        json!([])
    );
    let path = format!("questions/coupang/{id}/delete");
    hub.control(Method::POST, &path, json!({})).await;
    let (_, gone) = reply("더 있습니다.", wing(&hub)).await;
    assert_eq!(gone["message"], "삭제된 문의입니다.");
    assert_eq!(
        list(&hub, "v5", "onlineInquiries", "answeredType=ALL").await["content"],
        json!([])
    );
}

#[tokio::test]
async fn a_line_break_in_an_answer_must_be_escaped() {
    let hub = Hub::start().await;
    let (_, id) = ask(&hub, json!({"kind": "product", "text": "크기는요?"})).await;
    let path = format!("v4/vendors/{}/onlineInquiries/{id}/replies", hub.vendor());
    let body = format!(
        "{{\"content\":\"첫 줄\n둘째 줄\",\"vendorId\":\"{}\",\"replyBy\":{}}}",
        hub.vendor(),
        wing(&hub)
    );
    let request = hub.coupang_request(Method::POST, &path).body(body);
    let (status, body) = crate::hub::read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .starts_with("Could not read JSON: Illegal unquoted character"),
        "{body}"
    );
}

#[tokio::test]
async fn what_the_call_centre_hands_on_is_answered_or_confirmed() {
    let hub = Hub::with(|config| config.accounts = 2).await;
    let (order, id) = ask(
        &hub,
        json!({"kind": "call_center", "text": "배송이 늦어요."}),
    )
    .await;
    let open = list(
        &hub,
        "v5",
        "callCenterInquiries",
        "partnerCounselingStatus=NO_ANSWER",
    )
    .await;
    let row = &open["content"][0];
    assert_eq!((&row["inquiryId"], &row["orderId"]), (&id, &json!(order)));
    assert_eq!(
        (&row["inquiryStatus"], &row["csPartnerCounselingStatus"]),
        (&json!("progress"), &json!("requestAnswer"))
    );
    assert_eq!(row["content"], "상담이력");
    assert!(row["vendorItemId"].is_array());
    let note = &row["replies"][0];
    assert_eq!(
        (&note["content"], &note["partnerTransferStatus"]),
        (&json!("배송이 늦어요."), &json!("requestAnswer"))
    );
    let reply = async |content: &str, parent: Value, by: Value| {
        let body = json!({
            "vendorId": hub.vendor(), "inquiryId": id, "content": content, "replyBy": by, "parentAnswerId": parent,
        });
        let path = format!("v4/{{v}}/callCenterInquiries/{id}/replies");
        let (status, body) = hub.coupang(Method::POST, &path, body).await;
        (
            status.as_u16(),
            body["message"].as_str().unwrap().to_owned(),
        )
    };
    let parent = note["answerId"].clone();
    let other = hub.accounts["coupang"][1]["wing_user_id"].clone();
    let cases = [
        (
            "네",
            parent.clone(),
            wing(&hub),
            "The reply content length should be between 2 ~ 1000",
        ),
        (
            "오늘 출발합니다.",
            Value::Null,
            wing(&hub),
            "The parentAnswerId is required.",
        ),
        (
            "오늘 출발합니다.",
            parent.clone(),
            json!("x"),
            "userId가 올바르지 않습니다 - 520",
        ),
        (
            "오늘 출발합니다.",
            parent.clone(),
            other,
            "userId가 올바르지 않습니다 - 521",
        ),
    ];
    for (content, parent, by, message) in cases {
        assert_eq!(reply(content, parent, by).await, (400, message.to_owned()));
    }
    assert_eq!(
        reply("오늘 출발합니다.", parent.clone(), wing(&hub))
            .await
            .0,
        200
    );
    assert_eq!(
        reply("또 말합니다.", parent, wing(&hub)).await.1,
        "The inquiry can't be answer. It can do only inquiryStatus:progress, partnerTransferStatus:requestAnswer"
    );
    let single = format!("v5/vendors/callCenterInquiries/{id}");
    let (_, body) = hub.get(&single).await;
    assert_eq!(body["data"]["csPartnerCounselingStatus"], "answered");
    assert_eq!(body["data"]["replies"][1]["answerType"], "vendor");
    let (status, body) = hub.get("v5/vendors/callCenterInquiries/x").await;
    assert_eq!(
        (status, &body["message"]),
        (
            StatusCode::BAD_REQUEST,
            &json!("Invalid format inquiryId : x")
        )
    );
    let (status, body) = hub.get("v5/vendors/callCenterInquiries/5").await;
    assert_eq!(
        (status, &body["message"]),
        (StatusCode::NOT_FOUND, &json!("Inquiry not found"))
    );
    let (status, body) = hub
        .get(&format!(
            "v4/{{v}}/callCenterInquiries?vendorId={}&partnerCounselingStatus=ANSWER&orderId={order}",
            hub.vendor()
        ))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["data"]["content"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_matter_that_needs_no_answer_is_confirmed_once() {
    let hub = Hub::start().await;
    let (_, id) = ask(
        &hub,
        json!({"kind": "call_center", "text": "교환 안내함", "confirmation_only": true}),
    )
    .await;
    let waiting = list(
        &hub,
        "v4",
        "callCenterInquiries",
        "partnerCounselingStatus=TRANSFER",
    )
    .await;
    assert_eq!(waiting["content"][0]["inquiryId"], id);
    assert_eq!(waiting["content"][0]["replies"][0]["needAnswer"], false);
    let path = format!("v4/{{v}}/callCenterInquiries/{id}/confirms");
    let confirm = async || {
        hub.coupang(Method::POST, &path, json!({"confirmBy": wing(&hub)}))
            .await
    };
    assert_eq!(confirm().await.0, StatusCode::OK);
    let (status, body) = confirm().await;
    assert_eq!(
        (status, &body["message"]),
        (
            StatusCode::BAD_REQUEST,
            &json!("상담이 종료된 문의입니다 - 522")
        )
    );
}

#[tokio::test]
async fn after_a_day_without_an_answer_the_call_centre_answers_itself() {
    let hub = Hub::start().await;
    let (_, id) = ask(
        &hub,
        json!({"kind": "call_center", "text": "환불해 주세요."}),
    )
    .await;
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 86_401}))
        .await;
    let row = eventually(async || {
        let (_, body) = hub
            .get(&format!("v5/vendors/callCenterInquiries/{id}"))
            .await;
        (body["data"]["inquiryStatus"] == "complete").then(|| body["data"].clone())
    })
    .await;
    assert_eq!(row["replies"][1]["answerType"], "csAgent");
    let body = json!({
        "vendorId": hub.vendor(), "inquiryId": id, "content": "늦었습니다.", "replyBy": wing(&hub),
        "parentAnswerId": row["replies"][0]["answerId"],
    });
    let path = format!("v4/{{v}}/callCenterInquiries/{id}/replies");
    let (_, late) = hub.coupang(Method::POST, &path, body).await;
    assert_eq!(late["message"], "상담이 종료된 문의입니다 - 522");
}

#[tokio::test]
async fn lists_of_inquiries_are_paged_and_refuse_long_spans() {
    let hub = Hub::start().await;
    for number in 0..3 {
        ask(
            &hub,
            json!({"kind": "product", "text": format!("질문 {number}")}),
        )
        .await;
    }
    let second = list(
        &hub,
        "v5",
        "onlineInquiries",
        "answeredType=ALL&pageNum=2&pageSize=2",
    )
    .await;
    assert_eq!(second["content"].as_array().unwrap().len(), 1);
    assert_eq!(second["pagination"]["totalPages"], 2);
    let vendor = hub.vendor();
    let cases = [
        (
            format!(
                "vendorId={vendor}&answeredType=ALL&inquiryStartAt=2026-03-01&inquiryEndAt=2026-03-08"
            ),
            "time interval needs to be less than or equal to 7 days，pattern should be yyyy-MM-dd",
        ),
        (
            format!("vendorId=A1&answeredType=ALL&{}", days()),
            "Invalid vendor ID",
        ),
        (
            format!("vendorId={vendor}&{}", days()),
            "Required String parameter 'answeredType' is not present",
        ),
    ];
    for (query, message) in cases {
        let (status, body) = hub.get(&format!("v5/{{v}}/onlineInquiries?{query}")).await;
        assert_eq!(
            (status, body["message"].as_str().unwrap()),
            (StatusCode::BAD_REQUEST, message)
        );
    }
    let (order, _) = hub.place_one().await;
    let path = format!("orders/coupang/{order}/ask");
    let (status, body) = hub
        .control(Method::POST, &path, json!({"kind": "letter", "text": "?"}))
        .await;
    assert_eq!(
        (status, &body["error"]["field"]),
        (StatusCode::BAD_REQUEST, &json!("kind"))
    );
}
