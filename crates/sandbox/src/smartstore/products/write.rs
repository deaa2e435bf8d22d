//! Replacing a product as a whole: anything left out is removed, except `detailContent`. And deleting it.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::super::Caller;
use super::super::answer::{Answer, Family};
use super::super::world::Product;
use super::options::{self, OptionInfo};
use super::{By, check_price, check_stock, done, find, invalid, read_body, save, wire};
use crate::shared::Shared;

/// `PUT /v2/products/origin-products/{originProductNo}`.
pub async fn origin(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    replace(&shared, account, By::Origin, &number, &bytes)
}

/// `PUT /v2/products/channel-products/{channelProductNo}`.
pub async fn channel(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    replace(&shared, account, By::Channel, &number, &bytes)
}

fn replace(
    shared: &Shared,
    account: u32,
    by: By,
    number: &str,
    bytes: &[u8],
) -> Result<Answer, Answer> {
    let mut body: Value = read_body(bytes)?;
    let mut store = shared.store();
    let before = find(&store, account, by, number)?;
    check_listing(&body)?;
    keep_content(&mut body, &before);
    let product = replaced(before, body)?;
    let product = save(shared, &mut store, product)?;
    Ok(Answer::ok(Family::Products, wire::written(&product)))
}

fn check_listing(body: &Value) -> Result<(), Answer> {
    let listing = body.get("smartstoreChannelProduct");
    let field = |name: &str| listing.and_then(|listing| listing.get(name));
    if field("naverShoppingRegistration")
        .and_then(Value::as_bool)
        .is_none()
    {
        let name = "smartstoreChannelProduct.naverShoppingRegistration";
        return Err(invalid(
            name,
            "NotNull",
            "네이버쇼핑 등록 여부는 필수입니다.",
        ));
    }
    match field("channelProductDisplayStatusType").and_then(Value::as_str) {
        Some("ON" | "SUSPENSION") => Ok(()),
        _ => {
            let name = "smartstoreChannelProduct.channelProductDisplayStatusType";
            Err(invalid(name, "NotNull", "전시 상태를 확인해주세요."))
        }
    }
}

/// The description stays when it is left out.
fn keep_content(body: &mut Value, before: &Product) {
    let Some(Value::Object(origin)) = body.get_mut("originProduct") else {
        return;
    };
    let given = origin
        .get("detailContent")
        .is_some_and(|text| !text.is_null());
    if !given {
        let whole = wire::whole(before);
        let kept = whole.pointer("/originProduct/detailContent").cloned();
        origin.insert("detailContent".to_owned(), kept.unwrap_or_default());
    }
}

fn replaced(mut product: Product, body: Value) -> Result<Product, Answer> {
    let origin = body
        .get("originProduct")
        .ok_or_else(|| invalid("originProduct", "NotNull", "원상품 정보는 필수입니다."))?;
    let text = |name: &str| {
        let text = origin.get(name).and_then(Value::as_str);
        text.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
            invalid(
                &format!("originProduct.{name}"),
                "NotBlank",
                "필수 항목입니다.",
            )
        })
    };
    text("name")?.clone_into(&mut product.name);
    let status = text("statusType")?;
    if !["SALE", "SUSPENSION", "OUTOFSTOCK"].contains(&status) {
        let message = "판매 상태를 확인해주세요.";
        return Err(invalid("originProduct.statusType", "Invalid", message));
    }
    status.clone_into(&mut product.status);
    if origin
        .pointer("/images/representativeImage/url")
        .and_then(Value::as_str)
        .is_none()
    {
        let name = "originProduct.images.representativeImage.url";
        return Err(invalid(name, "NotNull", "대표 이미지는 필수입니다."));
    }
    let price = origin.get("salePrice").and_then(Value::as_i64);
    product.sale_price = check_price("originProduct.salePrice", price)?;
    let stock = origin.get("stockQuantity").and_then(Value::as_i64);
    let stock = check_stock("originProduct.stockQuantity", stock.unwrap_or(0))?;
    let code = origin.pointer("/detailAttribute/sellerCodeInfo/sellerManagementCode");
    product.seller_code = code.and_then(Value::as_str).map(str::to_owned);
    let info: OptionInfo = match origin.pointer("/detailAttribute/optionInfo") {
        None | Some(Value::Null) => OptionInfo::default(),
        Some(info) => serde_json::from_value(info.clone()).map_err(|_| {
            let name = "originProduct.detailAttribute.optionInfo";
            invalid(name, "Invalid", "옵션 정보가 올바르지 않습니다.")
        })?,
    };
    let counted: i64 = info
        .option_combinations
        .iter()
        .map(|row| row.stock_quantity)
        .sum();
    if !info.option_combinations.is_empty() && counted != stock {
        let message = "옵션 재고수량의 합과 상품 재고수량이 일치해야 합니다.";
        return Err(invalid("originProduct.stockQuantity", "Invalid", message));
    }
    options::replace(&mut product, &info)?;
    product.stock = stock;
    product.add_up();
    product.follow_stock();
    product.body = Some(body);
    Ok(product)
}

/// `DELETE /v2/products/origin-products/{originProductNo}`.
pub async fn remove_origin(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
) -> Result<Answer, Answer> {
    remove(&shared, account, By::Origin, &number)
}

/// `DELETE /v2/products/channel-products/{channelProductNo}`.
pub async fn remove_channel(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
) -> Result<Answer, Answer> {
    remove(&shared, account, By::Channel, &number)
}

fn remove(shared: &Shared, account: u32, by: By, number: &str) -> Result<Answer, Answer> {
    let mut store = shared.store();
    let mut product = find(&store, account, by, number)?;
    "DELETE".clone_into(&mut product.status);
    save(shared, &mut store, product)?;
    Ok(done(json!(null)))
}
