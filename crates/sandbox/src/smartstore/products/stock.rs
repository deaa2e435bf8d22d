//! Narrow updates: stock and price of options, and of many products without options.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Caller;
use super::super::answer::{Answer, Family};
use super::super::world::Product;
use super::options::UNCOUNTED;
use super::{
    By, check_price, check_stock, done, find, invalid, read_body, refused, save, status, wire,
};
use crate::shared::Shared;

/// How many products one call updates.
const MOST: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptionStock {
    #[serde(default)]
    product_sale_price: Option<SalePrice>,
    #[serde(default)]
    option_info: Option<Info>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SalePrice {
    #[serde(default)]
    sale_price: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default)]
    option_combinations: Vec<Row>,
    #[serde(default)]
    use_stock_management: bool,
}

/// What is left out of a row is stored as 0: that is what the real one does.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    stock_quantity: i64,
    #[serde(default)]
    price: i64,
    #[serde(default)]
    usable: Option<bool>,
}

/// `PUT /v1/products/origin-products/{originProductNo}/option-stock`.
pub async fn option_stock(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: OptionStock = read_body(&bytes)?;
    let rules = shared.smartstore.rules();
    let mut store = shared.store();
    let mut product = find(&store, account, By::Origin, &number)?;
    if let Some(price) = body.product_sale_price {
        product.sale_price = check_price("productSalePrice.salePrice", price.sale_price)?;
    }
    let info = body
        .option_info
        .ok_or_else(|| invalid("optionInfo", "NotNull", "옵션 정보는 필수입니다."))?;
    update_options(&mut product, &info, rules.option_stock_clears_missing)?;
    product.add_up();
    product.follow_stock();
    let product = save(&shared, &mut store, product)?;
    Ok(Answer::ok(Family::Products, wire::written(&product)))
}

fn update_options(product: &mut Product, info: &Info, clear_missing: bool) -> Result<(), Answer> {
    if clear_missing {
        for option in &mut product.options {
            option.stock = 0;
        }
    }
    for (place, row) in info.option_combinations.iter().enumerate() {
        let field = format!("optionInfo.optionCombinations[{place}]");
        let id = row
            .id
            .ok_or_else(|| invalid(&format!("{field}.id"), "NotNull", "옵션 ID는 필수입니다."))?;
        let stock = check_stock(&format!("{field}.stockQuantity"), row.stock_quantity)?;
        let option = product.options.iter_mut().find(|option| option.id == id);
        let option = option.ok_or_else(|| {
            invalid(
                &format!("{field}.id"),
                "Invalid",
                "존재하지 않는 옵션입니다.",
            )
        })?;
        option.stock = if info.use_stock_management {
            stock
        } else {
            UNCOUNTED
        };
        option.price = row.price;
        option.usable = row.usable.unwrap_or(option.usable);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Many {
    #[serde(default)]
    multi_product_update_request_vos: Vec<One>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    #[serde(default)]
    origin_product_no: Option<i64>,
    #[serde(default)]
    multi_update_types: Vec<String>,
    #[serde(default)]
    product_sale_price: Option<SalePrice>,
    #[serde(default)]
    stock_quantity: Option<i64>,
}

/// `PATCH /v1/products/origin-products/multi-update`: all of it, or nothing.
pub async fn multi_update(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Many = read_body(&bytes)?;
    let rows = body.multi_product_update_request_vos;
    if rows.is_empty() || rows.len() > MOST {
        let message = "상품은 1개 이상 100개 이하여야 합니다.";
        return Err(invalid("multiProductUpdateRequestVos", "Size", message));
    }
    let mut store = shared.store();
    let mut changed = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let field = format!("multiProductUpdateRequestVos[{place}]");
        let number = row.origin_product_no.ok_or_else(|| {
            invalid(
                &format!("{field}.originProductNo"),
                "NotNull",
                "상품번호는 필수입니다.",
            )
        })?;
        let mut product = find(&store, account, By::Origin, &number.to_string())?;
        update(&mut product, row, &field)?;
        changed.push(product);
    }
    let mut numbers: Vec<Value> = Vec::new();
    for product in changed {
        numbers.push(json!(product.origin_no));
        save(&shared, &mut store, product)?;
    }
    Ok(done(json!({"originProductNos": numbers})))
}

fn update(product: &mut Product, row: &One, field: &str) -> Result<(), Answer> {
    for kind in &row.multi_update_types {
        match kind.as_str() {
            "SALE_PRICE" => {
                let price = row
                    .product_sale_price
                    .as_ref()
                    .and_then(|price| price.sale_price);
                product.sale_price =
                    check_price(&format!("{field}.productSalePrice.salePrice"), price)?;
            }
            "STOCK" if !product.options.is_empty() => {
                return Err(refused("옵션이 있는 상품의 재고수량은 변경할 수 없습니다."));
            }
            "STOCK" => {
                let name = format!("{field}.stockQuantity");
                let stock = row
                    .stock_quantity
                    .ok_or_else(|| invalid(&name, "NotNull", "재고수량은 필수입니다."))?;
                product.stock = check_stock(&name, stock)?;
                product.follow_stock();
            }
            // Discounts are not played: what buyers pay is the sale price.
            "IMMEDIATE_DISCOUNT" => {
                return Err(refused("즉시할인을 적용할 수 없는 상품입니다."));
            }
            "PRODUCT_STATUS_SALE" if product.status == "SALE" => {}
            "PRODUCT_STATUS_SALE" => status::move_to(product, "SALE", row.stock_quantity)?,
            "PRODUCT_STATUS_SUSPENSION" => status::move_to(product, "SUSPENSION", None)?,
            _ => {
                let name = format!("{field}.multiUpdateTypes");
                return Err(invalid(&name, "Invalid", "변경 유형이 올바르지 않습니다."));
            }
        }
    }
    Ok(())
}
