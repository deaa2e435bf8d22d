//! Products as the read calls answer them: what the seller last wrote, with what has changed since.

use serde_json::{Map, Value, json};

use super::super::answer::without_nulls;
use super::super::world::{Product, ProductOption};

/// The whole product: the good and its listing in the store.
pub fn whole(product: &Product) -> Value {
    json!({
        "originProduct": origin(product),
        "smartstoreChannelProduct": listing(product),
    })
}

/// What writes answer: the numbers, and the product.
pub fn written(product: &Product) -> Value {
    json!({
        "originProductNo": product.origin_no,
        "smartstoreChannelProductNo": product.channel_no,
        "originProduct": origin(product),
        "smartstoreChannelProduct": listing(product),
    })
}

fn origin(product: &Product) -> Value {
    let wrote = product
        .body
        .as_ref()
        .and_then(|body| body.get("originProduct"))
        .cloned();
    let mut value = wrote.unwrap_or_else(|| generated(product));
    let Value::Object(members) = &mut value else {
        return value;
    };
    for (name, now) in [
        ("statusType", json!(product.status)),
        ("name", json!(product.name)),
        ("salePrice", json!(product.sale_price)),
        ("stockQuantity", json!(product.stock)),
    ] {
        members.insert(name.to_owned(), now);
    }
    let details = members
        .entry("detailAttribute")
        .or_insert_with(|| json!({}));
    if let Value::Object(details) = details {
        put_options(details, product);
    }
    value
}

fn put_options(details: &mut Map<String, Value>, product: &Product) {
    if product.options.is_empty() {
        return;
    }
    let info = details.entry("optionInfo").or_insert_with(|| {
        json!({
            "optionCombinationSortType": "CREATE",
            "optionCombinationGroupNames": {"optionGroupName1": "옵션"},
            "useStockManagement": true,
        })
    });
    if let Value::Object(info) = info {
        let rows: Vec<Value> = product.options.iter().map(option).collect();
        info.insert("optionCombinations".to_owned(), Value::Array(rows));
    }
}

fn option(option: &ProductOption) -> Value {
    let mut value = json!({
        "id": option.id,
        "stockQuantity": option.stock,
        "price": option.price,
        "usable": option.usable,
        "sellerManagerCode": option.seller_code,
    });
    if let Value::Object(members) = &mut value {
        for (place, name) in (1..).zip(&option.names) {
            members.insert(format!("optionName{place}"), json!(name));
        }
    }
    without_nulls(value)
}

fn listing(product: &Product) -> Value {
    let wrote = product
        .body
        .as_ref()
        .and_then(|body| body.get("smartstoreChannelProduct"))
        .cloned();
    wrote.unwrap_or_else(|| {
        json!({
            "channelProductName": product.name,
            "storeKeepExclusiveProduct": false,
            "naverShoppingRegistration": true,
            "channelProductDisplayStatusType": "ON",
        })
    })
}

/// A product that nobody has written yet.
fn generated(product: &Product) -> Value {
    without_nulls(json!({
        "saleType": "NEW",
        "leafCategoryId": if product.digital { "50005804" } else { "50000803" },
        "detailContent": format!("<p>{}</p>", product.name),
        "images": {"representativeImage": {"url": image(product)}, "optionalImages": []},
        "deliveryInfo": {
            "deliveryType": if product.digital { "DIRECT" } else { "DELIVERY" },
            "deliveryAttributeType": "NORMAL",
            "deliveryCompany": (!product.digital).then_some("CJGLS"),
            "deliveryFee": {
                "deliveryFeeType": if product.digital { "FREE" } else { "CONDITIONAL_FREE" },
                "baseFee": if product.digital { 0 } else { 3_000 },
                "freeConditionalAmount": (!product.digital).then_some(30_000),
                "deliveryFeePayType": "PREPAID",
            },
            "claimDeliveryInfo": {
                "returnDeliveryCompanyPriorityType": "PRIMARY", "returnDeliveryFee": 3_000,
                "exchangeDeliveryFee": 6_000,
            },
        },
        "detailAttribute": {
            "afterServiceInfo": {
                "afterServiceTelephoneNumber": "02-3000-1000", "afterServiceGuideContent": "평일 10시부터 17시까지",
            },
            "originAreaInfo": {"originAreaCode": "00", "content": "국내산", "plural": false},
            "sellerCodeInfo": product
                .seller_code
                .as_ref()
                .map(|code| json!({"sellerManagementCode": code})),
        },
    }))
}

/// Where the picture of a product stands.
pub fn image(product: &Product) -> String {
    let number = product.origin_no;
    format!("https://shop-phinf.pstatic.net/20260101_1/{number}.jpg")
}
