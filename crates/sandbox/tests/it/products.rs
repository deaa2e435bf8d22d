use std::collections::HashSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

async fn read(hub: &Hub, path: &str) -> Value {
    let (status, body) = hub.goods(Method::GET, path).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::OK, &json!("SUCCESS")),
        "{body}"
    );
    body
}

async fn refusal(hub: &Hub, method: Method, path: &str) -> String {
    let (status, body) = hub.goods(method, path).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!("ERROR")),
        "{path}: {body}"
    );
    body["message"].as_str().unwrap().to_owned()
}

/// The number of an option, by the seller's code.
fn item(hub: &Hub, sku: &str) -> String {
    let listings = hub.accounts["coupang"][0]["listings"].as_array().unwrap();
    let found = listings.iter().find(|row| row["sku"] == sku).unwrap();
    found["vendor_item_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_product_stands_in_the_pages_of_the_list_once() {
    let hub = Hub::start().await;
    let mut seen = HashSet::new();
    let mut token = "1".to_owned();
    while !token.is_empty() {
        let path = format!(
            "seller-products?vendorId={}&maxPerPage=7&nextToken={token}",
            hub.vendor()
        );
        let body = read(&hub, &path).await;
        for row in body["data"].as_array().unwrap() {
            assert_eq!(row["statusName"], "승인완료");
            assert!(seen.insert(row["sellerProductId"].as_i64().unwrap()));
        }
        token = body["nextToken"].as_str().unwrap().to_owned();
    }
    let listed: HashSet<i64> = hub.accounts["coupang"][0]["listings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["seller_product_id"].as_i64().unwrap())
        .collect();
    assert_eq!(seen, listed);
    let vendor = hub.vendor();
    let by_name = read(
        &hub,
        &format!("seller-products?vendorId={vendor}&sellerProductName=%EC%96%91%EB%A7%90"),
    )
    .await;
    assert_eq!(by_name["data"].as_array().unwrap().len(), 1);
    let denied = read(
        &hub,
        &format!("seller-products?vendorId={vendor}&status=DENIED"),
    )
    .await;
    assert_eq!(denied["data"], json!([]));
    assert_eq!(
        refusal(&hub, Method::GET, "seller-products?vendorId=A1").await,
        format!("업체[{vendor}]는 다른 업체[A1]의 상품을 조회할 수 없습니다.")
    );
}

#[tokio::test]
async fn one_product_has_its_options_with_the_numbers_orders_name() {
    let hub = Hub::with(|config| config.accounts = 2).await;
    let sku = read(&hub, "seller-products/external-vendor-sku-codes/MUG-350-W").await;
    let id = sku["data"][0]["sellerProductId"].clone();
    let whole = read(&hub, &format!("seller-products/{id}")).await["data"].clone();
    let items = whole["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(
        items[0]["vendorItemId"].to_string(),
        item(&hub, "MUG-350-W")
    );
    assert_eq!(
        (&items[0]["externalVendorSku"], &items[0]["salePrice"]),
        (&json!("MUG-350-W"), &json!(9000))
    );
    assert_eq!(whole["deliveryMethod"], "SEQUENCIAL");
    let partial = read(&hub, &format!("seller-products/{id}/partial")).await;
    assert_eq!(partial["data"]["items"], Value::Null);
    let log = read(&hub, &format!("seller-products/{id}/histories")).await;
    assert_eq!(log["data"][0]["status"], "승인완료");
    let unknown = read(&hub, "seller-products/external-vendor-sku-codes/NONE").await;
    assert_eq!(unknown["data"], json!([]));
    assert_eq!(
        refusal(&hub, Method::GET, "seller-products/5").await,
        "상품(5)의 데이터가 없습니다."
    );
    let (mine, theirs) = (
        hub.vendor(),
        hub.accounts["coupang"][1]["vendor_id"].as_str().unwrap(),
    );
    let foreign = &hub.accounts["coupang"][1]["listings"][0]["seller_product_id"];
    assert_eq!(
        refusal(&hub, Method::GET, &format!("seller-products/{foreign}")).await,
        format!("업체[{mine}]는 다른 업체[{theirs}]의 상품을 조회할 수 없습니다.")
    );
    let created = whole["createdAt"].as_str().unwrap().to_owned();
    let frame = format!(
        "seller-products/time-frame?vendorId={mine}&createdAtFrom={created}&createdAtTo={created}"
    );
    assert_eq!(read(&hub, &frame).await["data"][0]["sellerProductId"], id);
    let status = read(&hub, "seller-products/inflow-status").await;
    assert_eq!(status["data"]["registeredCount"], 16);
}

#[tokio::test]
async fn purchases_take_from_the_stock_until_it_is_sold_out() {
    let hub = Hub::start().await;
    for row in hub.accounts["coupang"][0]["listings"].as_array().unwrap() {
        let stock = if row["sku"] == "NOTE-A5-3" { 4 } else { 0 };
        let id = row["vendor_item_id"].as_str().unwrap();
        let (_, body) = hub
            .goods(
                Method::PUT,
                &format!("vendor-items/{id}/quantities/{stock}"),
            )
            .await;
        assert_eq!(body["message"], "재고 변경을 완료했습니다.");
    }
    let note = item(&hub, "NOTE-A5-3");
    let placed = hub.place(json!({"count": 10})).await;
    assert!((2..=4).contains(&placed.len()), "{placed:?}");
    let mut sold = 0;
    for (_, parcels) in &placed {
        let sheet = hub.sheet(parcels[0].parse().unwrap()).await;
        assert_eq!(sheet["orderItems"][0]["externalVendorSkuCode"], "NOTE-A5-3");
        sold += sheet["orderItems"][0]["shippingCount"].as_i64().unwrap();
    }
    assert_eq!(sold, 4);
    let left = read(&hub, &format!("vendor-items/{note}/inventories")).await;
    assert_eq!(left["data"]["amountInStock"], 0);
    let (status, _) = hub
        .control(Method::POST, "orders", json!({"channel": "coupang"}))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "sold out");
    hub.goods(Method::PUT, &format!("vendor-items/{note}/quantities/1"))
        .await;
    let (_, body) = hub
        .goods(Method::PUT, &format!("vendor-items/{note}/sales/stop"))
        .await;
    assert_eq!(body["message"], "판매 중지 처리되었습니다.");
    let (status, _) = hub
        .control(Method::POST, "orders", json!({"channel": "coupang"}))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "not on sale");
    let (_, body) = hub
        .goods(Method::PUT, &format!("vendor-items/{note}/sales/resume"))
        .await;
    assert_eq!(body["message"], "판매가 재개되었습니다.");
    hub.place(json!({"count": 1})).await;
}

#[tokio::test]
async fn prices_change_in_tens_and_not_too_far_at_once() {
    let hub = Hub::start().await;
    let mug = item(&hub, "MUG-350-W");
    let set = |price: &str| format!("vendor-items/{mug}/prices/{price}");
    let cases = [
        (set("9005"), "판매가격은 10원 단위로 입력해야 합니다."),
        (
            set("4490"),
            "변경할 수 없는 가격입니다. 기존 판매가(9000원)의 최대 50% 인하, 최대 100% 인상까지만 변경할 수 있습니다.",
        ),
        (
            format!("{}?apMinSalePrice=9500&apActive=true", set("9500")),
            "apMinSalePrice must be less than price",
        ),
        (
            format!("{}?apActive=true", set("9500")),
            "apMinSalePrice and apActive must be provided together",
        ),
        (
            "vendor-items/5/prices/100".to_owned(),
            "유효하지 않은 ID입니다.",
        ),
        (
            "vendor-items/5/quantities/1".to_owned(),
            "재고변경에 실패했습니다. [vendoritemid 5 not found]",
        ),
        (
            format!("vendor-items/{mug}/quantities/100000"),
            "유효하지 않은 재고수량입니다.",
        ),
    ];
    for (path, message) in cases {
        assert_eq!(refusal(&hub, Method::PUT, &path).await, message);
    }
    assert_eq!(
        refusal(&hub, Method::GET, "vendor-items/5/inventories").await,
        "유효한 옵션이 없습니다:[vendorItemId=5]"
    );
    let forced = format!("{}?forceSalePriceUpdate=true", set("1000"));
    let (_, body) = hub.goods(Method::PUT, &forced).await;
    assert_eq!(
        body,
        json!({"code": "SUCCESS", "message": "가격 변경을 완료했습니다.", "data": null})
    );
    let (_, body) = hub
        .goods(
            Method::PUT,
            &format!("vendor-items/{mug}/original-prices/0"),
        )
        .await;
    assert_eq!(body["message"], "할인율 기준가격이 변경되었습니다.");
    let now = read(&hub, &format!("vendor-items/{mug}/inventories")).await;
    assert_eq!(now["data"]["salePrice"], 1000);
    let (status, _) = hub
        .goods(Method::PUT, &format!("seller-products/{mug}/suspend"))
        .await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
}
