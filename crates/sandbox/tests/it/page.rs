use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

async fn page(hub: &Hub) -> String {
    let answer = hub.client.get(&hub.running.control_url).send().await;
    answer.unwrap().text().await.unwrap()
}

/// The buttons of a page: label, method, path, body.
fn buttons(page: &str) -> Vec<(String, Method, String, Value)> {
    let attribute = |tag: &str, name: &str| {
        let start = tag.find(&format!("{name}="))? + name.len() + 1;
        let quote = tag[start..].chars().next()?;
        let rest = &tag[start + 1..];
        Some(rest[..rest.find(quote)?].replace("&quot;", "\""))
    };
    page.split("<button ")
        .skip(1)
        .filter_map(|rest| {
            let (tag, rest) = rest.split_once('>')?;
            let label = rest.split_once('<')?.0.to_owned();
            let method = attribute(tag, "data-method")?.parse().ok()?;
            let body = serde_json::from_str(&attribute(tag, "data-body")?).unwrap();
            Some((label, method, attribute(tag, "data-path")?, body))
        })
        .collect()
}

async fn press(hub: &Hub, label: &str, add: Value) -> StatusCode {
    let found = buttons(&page(hub).await)
        .into_iter()
        .find(|button| button.0 == label);
    let (_, method, path, mut body) = found.unwrap_or_else(|| panic!("no button {label}"));
    body.as_object_mut()
        .unwrap()
        .extend(add.as_object().unwrap().clone());
    hub.control(method, &path, body).await.0
}

#[tokio::test]
async fn an_empty_world_says_so_and_offers_to_buy() {
    let hub = Hub::start().await;
    let page = page(&hub).await;
    for words in [
        "쿠팡",
        "스마트스토어",
        "아직 주문이 없습니다.",
        "구매하기",
        "data-channel=\"smartstore\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn orders_of_both_channels_stand_with_their_states_and_links_of_messages() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    let body = json!({"channel": "smartstore", "kind": "physical"});
    let (_, placed) = hub.control(Method::POST, "orders", body).await;
    let smart = placed["orders"][0]["channel_order_id"].as_str().unwrap();
    let message =
        json!({"to": "01012345678", "from": hub.sender(), "text": "링크 https://store.example/#t"});
    hub.solapi(
        Method::POST,
        "messages/v4/send",
        json!({"message": message}),
    )
    .await;
    let page = page(&hub).await;
    for words in [
        &order.to_string(),
        &parcel.to_string(),
        "상품준비중",
        smart,
        "신규주문",
        "<a href=\"https://store.example/#t\"",
        "/ordersheets/acknowledgement",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn questions_of_smartstore_can_be_asked_from_the_page() {
    let hub = Hub::start().await;
    let body = json!({"channel": "smartstore", "kind": "physical"});
    hub.control(Method::POST, "orders", body).await;
    let text = json!({"text": "선물 포장 되나요?"});
    assert_eq!(press(&hub, "고객문의", text).await, StatusCode::OK);
    assert!(page(&hub).await.contains("선물 포장 되나요?"));
    assert_eq!(press(&hub, "취소", json!({})).await, StatusCode::OK);
}

#[tokio::test]
async fn the_buttons_do_what_buyers_do() {
    let hub = Hub::start().await;
    hub.delivered("680405450931").await;
    assert_eq!(
        press(&hub, "상품문의", json!({"text": "<b>언제</b>?"})).await,
        StatusCode::OK
    );
    assert!(
        page(&hub).await.contains("&lt;b&gt;언제&lt;/b&gt;?"),
        "what buyers write is text"
    );
    assert_eq!(press(&hub, "반품", json!({})).await, StatusCode::OK);
    assert!(page(&hub).await.contains("반품 접수"));
    assert_eq!(press(&hub, "철회", json!({})).await, StatusCode::OK);
    assert_eq!(press(&hub, "교환", json!({})).await, StatusCode::OK);
    assert!(page(&hub).await.contains("교환 접수"));
    assert_eq!(press(&hub, "+1일", json!({})).await, StatusCode::OK);
    hub.place_one().await;
    assert_eq!(press(&hub, "취소", json!({})).await, StatusCode::OK);
    assert!(page(&hub).await.contains("취소·반품"));
}
