//! SmartStore's goods: finding, reading, replacing, stock and status.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::smartstore_hub::Store;

impl Store {
    /// A call about goods that works.
    async fn goods(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = self.call(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// The same, refused: the status and the first field at fault.
    async fn goods_refused(&self, method: Method, path: &str, body: Value) -> (StatusCode, String) {
        let (status, answer) = self.call(method, path, body).await;
        assert!(!status.is_success(), "{answer}");
        let field = answer["invalidInputs"][0]["name"].as_str();
        (status, field.unwrap_or_default().to_owned())
    }

    /// A listing with options, or one without.
    fn listing(&self, has_options: bool) -> Value {
        let listings = self.account()["listings"].as_array().unwrap();
        let found = listings.iter().find(|row| {
            row["option_id"].is_string() == has_options && row["kind"] == json!("physical")
        });
        found.unwrap().clone()
    }

    async fn product(&self, number: &str) -> Value {
        self.goods(
            Method::GET,
            &format!("/v2/products/origin-products/{number}"),
            Value::Null,
        )
        .await
    }
}

fn number(listing: &Value) -> String {
    listing["origin_product_no"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn goods_are_found_by_number_status_and_code() {
    let store = Store::start().await;
    let search = "/v1/products/search";
    let response = store.send(Method::POST, search, json!({})).await;
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(kind, "application/json;charset=UTF-8");
    let all = store.goods(Method::POST, search, json!({})).await;
    assert_eq!(all["totalElements"], json!(16));
    assert!(all["contents"][0]["channelProducts"][0]["channelProductNo"].is_i64());
    let page = store
        .goods(Method::POST, search, json!({"page": 2, "size": 10}))
        .await;
    assert_eq!(
        (&page["contents"].as_array().unwrap().len(), &page["last"]),
        (&6, &json!(true))
    );
    let listing = store.listing(true);
    let channel: i64 = listing["channel_product_no"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let wanted = json!({"searchKeywordType": "CHANNEL_PRODUCT_NO", "channelProductNos": [channel]});
    let found = store.goods(Method::POST, search, wanted).await;
    assert_eq!(found["totalElements"], json!(1));
    assert_eq!(
        found["contents"][0]["channelProducts"][0]["name"],
        listing["product_name"]
    );
    let code = store.listing(false)["sku"].clone();
    let wanted = json!({"searchKeywordType": "SELLER_CODE", "sellerManagementCode": code});
    assert_eq!(
        store.goods(Method::POST, search, wanted).await["totalElements"],
        json!(1)
    );
    let bare = json!({"productStatusTypes": "SUSPENSION"});
    assert_eq!(
        store.goods(Method::POST, search, bare).await["totalElements"],
        json!(0)
    );
    for (body, field) in [
        (json!({"size": 501}), "size"),
        (json!({"page": 0}), "page"),
        (
            json!({"productStatusTypes": ["GONE"]}),
            "productStatusTypes",
        ),
    ] {
        let refused = store.goods_refused(Method::POST, search, body).await;
        assert_eq!(refused, (StatusCode::BAD_REQUEST, field.to_owned()));
    }
}

#[tokio::test]
async fn a_product_reads_alike_by_both_numbers_and_its_options_are_those_of_orders() {
    let store = Store::start().await;
    let listing = store.listing(true);
    let product = store.product(&number(&listing)).await;
    let channel = listing["channel_product_no"].as_str().unwrap();
    let path = format!("/v2/products/channel-products/{channel}");
    assert_eq!(store.goods(Method::GET, &path, Value::Null).await, product);
    let options = &product["originProduct"]["detailAttribute"]["optionInfo"]["optionCombinations"];
    let ids: Vec<String> = options
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["id"].to_string())
        .collect();
    assert!(ids.contains(&listing["option_id"].as_str().unwrap().to_owned()));
    let codes: Vec<&Value> = options
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["sellerManagerCode"])
        .collect();
    assert!(codes.contains(&&listing["sku"]));
    let missing = store
        .goods_refused(Method::GET, "/v2/products/origin-products/1", Value::Null)
        .await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn option_stock_zeroes_what_a_row_leaves_out_and_spares_other_rows() {
    let store = Store::start().await;
    let listing = store.listing(true);
    let path = format!(
        "/v1/products/origin-products/{}/option-stock",
        number(&listing)
    );
    let id: i64 = listing["option_id"].as_str().unwrap().parse().unwrap();
    let row = |more: Value| {
        let mut row = json!({"id": id});
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"optionInfo": {"optionCombinations": [row], "useStockManagement": true}})
    };
    let before = store.product(&number(&listing)).await;
    let count = before["originProduct"]["detailAttribute"]["optionInfo"]["optionCombinations"]
        .as_array()
        .unwrap()
        .len();
    let after = store
        .goods(
            Method::PUT,
            &path,
            row(json!({"stockQuantity": 7, "price": 500})),
        )
        .await;
    let find = |product: &Value| {
        let rows =
            product["originProduct"]["detailAttribute"]["optionInfo"]["optionCombinations"].clone();
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == json!(id))
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&find(&after)["stockQuantity"], &find(&after)["price"]),
        (&json!(7), &json!(500))
    );
    let others = 99_999 * (i64::try_from(count).unwrap() - 1);
    assert_eq!(after["originProduct"]["stockQuantity"], json!(7 + others));
    let after = store
        .goods(Method::PUT, &path, row(json!({"stockQuantity": 3})))
        .await;
    assert_eq!(
        find(&after)["price"],
        json!(0),
        "a price that is left out is stored as 0"
    );
    let after = store
        .goods(Method::PUT, &path, row(json!({"price": 100})))
        .await;
    assert_eq!(find(&after)["stockQuantity"], json!(0));
    store
        .rules(json!({"option_stock_clears_missing": true}))
        .await;
    let after = store
        .goods(Method::PUT, &path, row(json!({"stockQuantity": 4})))
        .await;
    assert_eq!(after["originProduct"]["stockQuantity"], json!(4));
    let uncounted = json!({"optionInfo": {"optionCombinations": [{"id": id, "stockQuantity": 5}]}});
    let after = store.goods(Method::PUT, &path, uncounted).await;
    assert_eq!(
        find(&after)["stockQuantity"],
        json!(9_999),
        "without stock management nothing is counted"
    );
    for (body, field) in [
        (json!({}), "optionInfo"),
        (
            json!({"optionInfo": {"optionCombinations": [{"stockQuantity": 1}]}}),
            "optionInfo.optionCombinations[0].id",
        ),
        (
            json!({"optionInfo": {"optionCombinations": [{"id": 1}]}}),
            "optionInfo.optionCombinations[0].id",
        ),
        (
            row(json!({"stockQuantity": -1})),
            "optionInfo.optionCombinations[0].stockQuantity",
        ),
        (
            json!({"productSalePrice": {}, "optionInfo": {}}),
            "productSalePrice.salePrice",
        ),
    ] {
        let refused = store.goods_refused(Method::PUT, &path, body).await;
        assert_eq!(refused, (StatusCode::BAD_REQUEST, field.to_owned()));
    }
}

#[tokio::test]
async fn the_last_one_sells_a_product_out_and_nobody_can_buy_it_any_more() {
    let store = Store::start().await;
    let listing = store.listing(false);
    let product: i64 = number(&listing).parse().unwrap();
    let search = store
        .goods(Method::POST, "/v1/products/search", json!({"size": 500}))
        .await;
    for row in search["contents"].as_array().unwrap() {
        let other = row["originProductNo"].as_i64().unwrap();
        if other != product {
            let path = format!("/v1/products/origin-products/{other}/change-status");
            let body = json!({"statusType": "SUSPENSION"});
            let answer = store.goods(Method::PUT, &path, body).await;
            assert_eq!(answer["code"], json!("SUCCESS"));
        }
    }
    let update = "/v1/products/origin-products/multi-update";
    let stock = json!({"multiProductUpdateRequestVos": [
        {"originProductNo": product, "multiUpdateTypes": ["STOCK", "SALE_PRICE"], "stockQuantity": 1,
         "productSalePrice": {"salePrice": 12_340}},
    ]});
    store.goods(Method::PATCH, update, stock).await;
    let (order, ids) = store.place(json!({"lines": 1})).await;
    let detail = store.detail(&ids[0]).await["productOrder"].clone();
    assert_eq!(
        (&detail["unitPrice"], &detail["quantity"]),
        (&json!(12_340), &json!(1))
    );
    let sold = store.product(&product.to_string()).await;
    assert_eq!(sold["originProduct"]["stockQuantity"], json!(0));
    assert_eq!(sold["originProduct"]["statusType"], json!("OUTOFSTOCK"));
    let wish = json!({"channel": "smartstore"});
    let (status, body) = store.hub.control(Method::POST, "orders", wish).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    store.buyer(&order, "cancel").await;
    assert_eq!(
        store.product(&product.to_string()).await["originProduct"]["statusType"],
        json!("SALE")
    );
}

#[tokio::test]
async fn a_status_moves_only_along_the_table() {
    let store = Store::start().await;
    let listing = store.listing(false);
    let path = format!(
        "/v1/products/origin-products/{}/change-status",
        number(&listing)
    );
    let to = |status: &str| json!({"statusType": status});
    store.goods(Method::PUT, &path, to("OUTOFSTOCK")).await;
    assert_eq!(
        store.product(&number(&listing)).await["originProduct"]["stockQuantity"],
        json!(0)
    );
    let refused = store.goods_refused(Method::PUT, &path, to("SALE")).await;
    assert_eq!(refused.1, "stockQuantity");
    let body = json!({"statusType": "SALE", "stockQuantity": 30});
    store.goods(Method::PUT, &path, body).await;
    assert_eq!(
        store.product(&number(&listing)).await["originProduct"]["stockQuantity"],
        json!(30)
    );
    store.goods(Method::PUT, &path, to("SUSPENSION")).await;
    store.goods(Method::PUT, &path, to("SALE")).await;
    for bad in ["SALE", "CLOSE", "DELETE"] {
        assert_eq!(
            store.goods_refused(Method::PUT, &path, to(bad)).await.0,
            StatusCode::BAD_REQUEST,
            "{bad}"
        );
    }
    let options = number(&store.listing(true)).parse::<i64>().unwrap();
    let stock = json!({"multiProductUpdateRequestVos": [
        {"originProductNo": options, "multiUpdateTypes": ["STOCK"], "stockQuantity": 1},
    ]});
    let update = "/v1/products/origin-products/multi-update";
    assert_eq!(
        store.goods_refused(Method::PATCH, update, stock).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn writing_replaces_everything_but_the_description() {
    let store = Store::start().await;
    let listing = store.listing(true);
    let path = format!("/v2/products/origin-products/{}", number(&listing));
    let mut product = store.product(&number(&listing)).await;
    let description = product["originProduct"]["detailContent"].clone();
    let origin = product["originProduct"].as_object_mut().unwrap();
    origin.remove("detailContent");
    origin["name"] = json!("온기 머그컵 새 이름");
    origin["salePrice"] = json!(11_000);
    origin.remove("deliveryInfo");
    let info = &mut product["originProduct"]["detailAttribute"]["optionInfo"];
    info["optionCombinations"] = json!([
        {"id": listing["option_id"].as_str().unwrap().parse::<i64>().unwrap(), "optionName1": "흰색",
         "stockQuantity": 10, "price": 0, "usable": true, "sellerManagerCode": "MUG-350-W"},
        {"optionName1": "초록", "stockQuantity": 5, "price": 700},
    ]);
    let refused = store
        .goods_refused(Method::PUT, &path, product.clone())
        .await;
    assert_eq!(
        refused.1, "originProduct.stockQuantity",
        "it has to be the sum of the options"
    );
    product["originProduct"]["stockQuantity"] = json!(15);
    let answer = store.goods(Method::PUT, &path, product.clone()).await;
    assert_eq!(answer["originProductNo"].to_string(), number(&listing));
    let after = store.product(&number(&listing)).await;
    assert_eq!(after["originProduct"]["detailContent"], description);
    assert!(
        after["originProduct"].get("deliveryInfo").is_none(),
        "what is left out is removed"
    );
    assert_eq!(after["originProduct"]["name"], json!("온기 머그컵 새 이름"));
    let options =
        after["originProduct"]["detailAttribute"]["optionInfo"]["optionCombinations"].clone();
    assert_eq!(options.as_array().unwrap().len(), 2);
    assert!(options[1]["id"].is_i64() && options[1]["id"] != options[0]["id"]);
    let kept = store.goods(Method::PUT, &path, after.clone()).await;
    assert_eq!(
        kept["originProduct"]["detailAttribute"]["optionInfo"]["optionCombinations"], options,
        "writing back what was read changes nothing"
    );
    for (pointer, field) in [
        ("/originProduct/name", "originProduct.name"),
        ("/originProduct/salePrice", "originProduct.salePrice"),
        (
            "/originProduct/images",
            "originProduct.images.representativeImage.url",
        ),
        (
            "/smartstoreChannelProduct/naverShoppingRegistration",
            "smartstoreChannelProduct.naverShoppingRegistration",
        ),
    ] {
        let mut bad = after.clone();
        *bad.pointer_mut(pointer).unwrap() = Value::Null;
        let refused = store.goods_refused(Method::PUT, &path, bad).await;
        assert_eq!(refused, (StatusCode::BAD_REQUEST, field.to_owned()));
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone_for_good() {
    let store = Store::start().await;
    let path = format!(
        "/v2/products/origin-products/{}",
        number(&store.listing(false))
    );
    store.goods(Method::DELETE, &path, Value::Null).await;
    for method in [Method::DELETE, Method::GET] {
        assert_eq!(
            store.goods_refused(method, &path, Value::Null).await.0,
            StatusCode::NOT_FOUND
        );
    }
    let all = store
        .goods(Method::POST, "/v1/products/search", json!({}))
        .await;
    assert_eq!(all["totalElements"], json!(15));
}
