//! What buyers ask, from the channel to the screen's API and back, with the channel as judge.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{Hub, HubOptions, Look, Within};
use serde_json::{Value, json};

use crate::steps::order_in_state;

/// An unknown outcome is left alone for two minutes past its deadline before it is looked into.
const QUARANTINED: Duration = Duration::from_secs(240);

fn options() -> HubOptions {
    HubOptions::default().with("MOA_ORDER_SYNC_INQUIRIES", 1)
}

/// The only question here, once it looks as expected.
async fn inquiry_when(
    hub: &Hub,
    within: Within<'_>,
    expected: impl Fn(&Value) -> bool,
) -> Result<Value> {
    hub.until(within, async |hub| {
        let listed: Value = hub.admin.get("/api/v1/inquiries").await?;
        let found = listed["inquiries"].get(0).cloned();
        let seen = listed.to_string();
        Ok(Look::at(found.filter(|inquiry| expected(inquiry)), || seen))
    })
    .await
}

/// Every gap that a template may have, as the refusal of an unknown one lists them.
async fn gaps_of_templates(hub: &Hub) -> Result<Vec<String>> {
    let unknown = json!({"name": "배송", "text": "{unheard_of}"});
    let path = "/api/v1/answer-templates";
    let problem = hub.admin.post(path, &unknown).await?.problem()?;
    let said = problem.fields.first().context("no field is named")?;
    let (_, known) = said
        .description
        .split_once("the known ones are ")
        .with_context(|| format!("no gap is listed: {}", said.description))?;
    let gaps: Vec<String> = known.split(", ").map(str::to_owned).collect();
    assert!(gaps.contains(&"{buyer}".to_owned()), "{gaps:?}");
    Ok(gaps)
}

fn soon(what: &str) -> Within<'_> {
    Within(e2e::PATIENCE, what)
}

fn answer_state(inquiry: &Value) -> &str {
    inquiry["answers"][0]["state"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_question_at_coupang_is_answered_once_and_shows_its_answer() -> Result<()> {
    let hub = Hub::start(options()).await?;
    let placed = hub.sandbox.place_order("physical").await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    let wish = json!({"kind": "product", "text": "빨리 받을 수 있나요? 010-1234-5678"});
    let id = &placed.channel_order_id;
    hub.sandbox.buyer("coupang", id, "ask", wish).await?;

    let asked = inquiry_when(&hub, soon("the question is here"), |_| true).await?;
    assert_eq!(
        (&asked["kind"], &asked["state"]),
        (&json!("PRODUCT"), &json!("WAITING"))
    );
    assert_eq!(asked["order_ids"], json!([order.id]));
    assert_eq!(
        (&asked["urgent"], &asked["urgent_because"]),
        (&json!(true), &json!("WORDS"))
    );
    assert_eq!(
        asked["masked_excerpt"],
        "빨리 받을 수 있나요? ***-****-****"
    );
    let path = format!(
        "/api/v1/inquiries/{}",
        asked["id"].as_str().context("no id")?
    );
    let thread: Value = hub
        .admin
        .post(&format!("{path}/reveal"), &json!({}))
        .await?
        .ok()?;
    assert_eq!(thread["text"], "빨리 받을 수 있나요? 010-1234-5678");

    // Coupang wants to know who answers: the first try names nobody, the second nobody it knows.
    let answer = format!("{path}/answer");
    let unnamed = json!({"text": "내일 출발합니다."});
    let problem = hub.admin.post(&answer, &unnamed).await?.problem()?;
    assert_eq!(problem.reason, "ANSWERER_UNKNOWN");
    assert_eq!(problem.fields[0].field, "answered_by");
    let nobody = json!({"text": "내일 출발합니다.", "answered_by": "nobody"});
    let _taken: Value = hub.admin.post(&answer, &nobody).await?.ok()?;
    let refused = inquiry_when(&hub, soon("the answer is refused"), |inquiry| {
        answer_state(inquiry) == "REJECTED"
    })
    .await?;
    assert_eq!(refused["answers"][0]["reason"], "ANSWERER_UNKNOWN");

    let vendors = hub.sandbox.vendors().await?;
    let wing = &vendors
        .first()
        .context("the sandbox has no vendor")?
        .wing_user_id;
    // No gap that a template may have leaves for the buyer.
    for gap in gaps_of_templates(&hub).await? {
        let body = json!({"text": format!("네, {gap}입니다."), "answered_by": wing});
        let problem = hub.admin.post(&answer, &body).await?.problem()?;
        assert_eq!(problem.reason, "PLACEHOLDER_UNFILLED", "{gap}");
    }
    let body = json!({"text": "내일 출발합니다.", "answered_by": wing});
    let _taken: Value = hub.admin.post(&answer, &body).await?.ok()?;
    inquiry_when(&hub, soon("the channel shows the answer"), |inquiry| {
        answer_state(inquiry) == "CONFIRMED" && inquiry["state"] == "ANSWERED"
    })
    .await?;
    let problem = hub
        .admin
        .post(&answer, &json!({"text": "또"}))
        .await?
        .problem()?;
    assert_eq!(problem.reason, "INQUIRY_ALREADY_ANSWERED");
    let thread: Value = hub
        .admin
        .post(&format!("{path}/reveal"), &json!({}))
        .await?
        .ok()?;
    assert_eq!(thread["messages"][0]["text"], "내일 출발합니다.");
    assert_eq!(hub.sandbox.seen("question_answered").await?.len(), 1);
    assert!(hub.sandbox.verdict().await?.is_clean());
    Ok(())
}

#[tokio::test]
async fn the_call_centre_is_answered_by_its_message() -> Result<()> {
    let hub = Hub::start(options()).await?;
    let placed = hub.sandbox.place_order("physical").await?;
    let wish = json!({"kind": "call_center", "text": "고객이 배송을 묻습니다."});
    let id = &placed.channel_order_id;
    hub.sandbox.buyer("coupang", id, "ask", wish).await?;
    let asked = inquiry_when(&hub, soon("the question is here"), |_| true).await?;
    assert_eq!(asked["kind"], "CALL_CENTER");
    assert!(asked["answer_by"].is_string(), "{asked}");
    let vendors = hub.sandbox.vendors().await?;
    let wing = &vendors
        .first()
        .context("the sandbox has no vendor")?
        .wing_user_id;
    let path = format!(
        "/api/v1/inquiries/{}/answer",
        asked["id"].as_str().context("no id")?
    );
    let body = json!({"text": "오늘 출발합니다.", "answered_by": wing});
    let _taken: Value = hub.admin.post(&path, &body).await?.ok()?;
    inquiry_when(&hub, soon("the channel shows the answer"), |inquiry| {
        answer_state(inquiry) == "CONFIRMED" && inquiry["state"] == "ANSWERED"
    })
    .await?;
    assert_eq!(hub.sandbox.seen("counsel_answered").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_answer_whose_answer_is_lost_stands_once_at_the_channel() -> Result<()> {
    let hub = Hub::start(options().with("MOA_FULFILLMENT_PROBE_SECONDS", 1)).await?;
    let wish = json!({"channel": "smartstore", "kind": "physical", "count": 1, "lines": 1});
    let placed = hub.sandbox.place(wish).await?;
    let order = &placed
        .first()
        .context("no order was placed")?
        .channel_order_id;
    let wish = json!({"kind": "order", "text": "교환할 수 있나요?"});
    hub.sandbox.buyer("smartstore", order, "ask", wish).await?;
    let asked = inquiry_when(&hub, soon("the question is here"), |_| true).await?;
    assert_eq!(
        (&asked["kind"], &asked["channel"]),
        (&json!("ORDER"), &json!("smartstore"))
    );

    hub.sandbox
        .spoil(
            json!([{"channel": "smartstore", "kind": "reset_after", "path": "answer", "times": 1}]),
        )
        .await?;
    let path = format!(
        "/api/v1/inquiries/{}/answer",
        asked["id"].as_str().context("no id")?
    );
    let _taken: Value = hub
        .admin
        .post(&path, &json!({"text": "네, 됩니다."}))
        .await?
        .ok()?;
    inquiry_when(&hub, soon("nobody knows what became of it"), |inquiry| {
        answer_state(inquiry) == "UNKNOWN"
    })
    .await?;
    assert_eq!(hub.sandbox.still_to_spoil().await?, 0);
    let problem = hub
        .admin
        .post(&path, &json!({"text": "다시"}))
        .await?
        .problem()?;
    assert_eq!(problem.status, 409, "{problem:?}");
    inquiry_when(&hub, Within(QUARANTINED, "it is looked into"), |inquiry| {
        answer_state(inquiry) == "CONFIRMED"
    })
    .await?;
    assert_eq!(hub.sandbox.seen("inquiry_answered").await?.len(), 1);
    Ok(())
}
