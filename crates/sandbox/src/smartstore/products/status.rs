//! 판매 상태 변경: on sale, sold out, suspended.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

use super::super::Caller;
use super::super::answer::Answer;
use super::super::world::Product;
use super::{By, check_stock, done, find, invalid, read_body, refused, save};
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    status_type: Option<String>,
    #[serde(default)]
    stock_quantity: Option<i64>,
}

/// `PUT /v1/products/origin-products/{originProductNo}/change-status`.
pub async fn change(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Request = read_body(&bytes)?;
    let mut store = shared.store();
    let mut product = find(&store, account, By::Origin, &number)?;
    let wanted = body
        .status_type
        .ok_or_else(|| invalid("statusType", "NotNull", "판매 상태는 필수입니다."))?;
    let stock = match body.stock_quantity {
        None => None,
        Some(stock) => Some(check_stock("stockQuantity", stock)?),
    };
    move_to(&mut product, &wanted, stock)?;
    let product = save(&shared, &mut store, product)?;
    Ok(done(
        json!({"originProductNo": product.origin_no, "statusType": product.status}),
    ))
}

/// Changes the status as the table of transitions allows.
pub fn move_to(product: &mut Product, wanted: &str, stock: Option<i64>) -> Result<(), Answer> {
    match (product.status.as_str(), wanted) {
        ("SALE", "OUTOFSTOCK") => {
            for option in &mut product.options {
                option.stock = 0;
            }
            product.stock = 0;
        }
        ("OUTOFSTOCK" | "SUSPENSION", "SALE") => {
            let is_sold_out = product.status == "OUTOFSTOCK";
            if product.options.is_empty() {
                match stock {
                    Some(stock) => product.stock = stock,
                    None if is_sold_out => {
                        let message = "재고수량은 필수입니다.";
                        return Err(invalid("stockQuantity", "NotNull", message));
                    }
                    None => {}
                }
            }
            if product.stock == 0 {
                return Err(refused(
                    "재고수량이 0인 상품은 판매중으로 변경할 수 없습니다.",
                ));
            }
        }
        ("SALE" | "OUTOFSTOCK" | "WAIT", "SUSPENSION") => {}
        (before, _) => {
            let message = format!("{before} 상태에서는 {wanted} 상태로 변경할 수 없습니다.");
            return Err(refused(&message));
        }
    }
    wanted.clone_into(&mut product.status);
    Ok(())
}
