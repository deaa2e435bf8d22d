use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, read};

#[tokio::test]
async fn the_places_goods_leave_from_and_come_back_to_are_listed() {
    let hub = Hub::start().await;
    for version in ["v1", "v2"] {
        let path = format!("{version}/vendor/shipping-place/outbound?pageNum=1&pageSize=50");
        let request = hub.provider_request("marketplace_openapi", Method::GET, &path);
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["content"][0]["usable"], true);
        assert_eq!(body["pagination"]["totalElements"], 1);
    }
    let (_, body) = hub
        .get("v5/{v}/returnShippingCenters?pageNum=1&pageSize=10")
        .await;
    let center = &body["data"]["content"][0];
    assert_eq!(center["vendorId"], json!(hub.vendor()));
    let code = center["returnCenterCode"].as_str().unwrap();
    let (_, body) = hub
        .get(&format!(
            "v3/return/shipping-places/center-code?returnCenterCodes={code},5"
        ))
        .await;
    assert_eq!(body["data"].as_array().unwrap().len(), 1);
    let path = format!("v1/vendors/{}/rg/orders", hub.vendor());
    let request = hub.provider_request("rg_open_api", Method::GET, &path);
    let status = request.send().await.unwrap().status();
    assert_eq!(status, StatusCode::NOT_FOUND, "nobody takes part in Growth");
}

#[tokio::test]
async fn a_buyer_can_move_until_the_seller_acknowledges() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    let before = hub.sheet(parcel).await["receiver"].clone();
    hub.buyer(order, "address", json!({})).await;
    let after = hub.sheet(parcel).await["receiver"].clone();
    assert_ne!(before["addr1"], after["addr1"]);
    hub.buyer(order, "address", json!({})).await;
    assert_ne!(hub.sheet(parcel).await["receiver"]["addr1"], after["addr1"]);
    hub.acknowledge(&[parcel]).await;
    let path = format!("orders/coupang/{order}/address");
    let (status, _) = hub.control(Method::POST, &path, Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT);
}
