//! 상품: finding, reading, replacing and deleting goods, and the narrow updates of stock, price and status. Registering
//! new goods is not played: what the played buyers want is there from the beginning.

mod options;
mod read;
mod search;
mod status;
mod stock;
mod wire;
mod write;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, patch, post, put};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::{Answer, Family};
use super::world::{Product, SmartFact, What, origin_of};
use crate::shared::Shared;
use crate::store::Store;

/// Won.
const HIGHEST_PRICE: i64 = 999_999_990;
const HIGHEST_STOCK: i64 = 99_999_999;

/// The calls, beneath a door.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/products/search", post(search::search))
        .route(
            "/v2/products/origin-products/{number}",
            get(read::origin)
                .put(write::origin)
                .delete(write::remove_origin),
        )
        .route(
            "/v2/products/channel-products/{number}",
            get(read::channel)
                .put(write::channel)
                .delete(write::remove_channel),
        )
        .route(
            "/v1/products/origin-products/{number}/option-stock",
            put(stock::option_stock),
        )
        .route(
            "/v1/products/origin-products/{number}/change-status",
            put(status::change),
        )
        .route(
            "/v1/products/origin-products/multi-update",
            patch(stock::multi_update),
        )
}

/// How a product is named in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Origin,
    Channel,
}

/// A product of this account that was not deleted.
fn find(store: &Store, account: u32, by: By, number: &str) -> Result<Product, Answer> {
    let number: Option<i64> = number.parse().ok();
    let origin_no = match by {
        By::Origin => number,
        By::Channel => number.map(origin_of),
    };
    origin_no
        .and_then(|number| {
            store
                .world
                .smartstore
                .product(store.world.accounts(), number)
        })
        .filter(|product| product.account == account && product.status != "DELETE")
        .ok_or_else(|| {
            let message = "존재하지 않는 상품입니다.";
            Answer::error(
                Family::Products,
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                message,
            )
        })
}

/// Writes a product down as it became.
fn save(shared: &Shared, store: &mut Store, mut product: Product) -> Result<Product, Answer> {
    let now = shared.clock.world();
    product.modified_at = Some(SmartFact::moment(now));
    let what = What::ProductWritten {
        product: Box::new(product.clone()),
    };
    store.record(shared.clock.real(), &[SmartFact::of(now, what)])?;
    Ok(product)
}

fn read_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Answer> {
    serde_json::from_slice(bytes).map_err(|_| {
        Answer::error(
            Family::Products,
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "요청한 데이터를 읽을 수 없습니다.",
        )
    })
}

/// Fields that cannot be stored, as (name, type, message).
fn invalid(name: &str, kind: &str, message: &str) -> Answer {
    Answer::error(
        Family::Products,
        StatusCode::BAD_REQUEST,
        "BAD_REQUEST",
        "입력한 데이터가 유효하지 않습니다.",
    )
    .with_inputs(&[(name, kind, message)])
}

/// A refusal of the moment rather than of a field.
fn refused(message: &str) -> Answer {
    Answer::error(
        Family::Products,
        StatusCode::BAD_REQUEST,
        "BAD_REQUEST",
        message,
    )
}

/// The answer of narrow updates.
fn done(data: Value) -> Answer {
    Answer::ok(
        Family::Products,
        json!({"code": "SUCCESS", "message": "성공", "data": data}),
    )
}

/// A price inside what is allowed.
fn check_price(name: &str, price: Option<i64>) -> Result<i64, Answer> {
    let price = price.ok_or_else(|| invalid(name, "NotNull", "판매가는 필수입니다."))?;
    if (0..=HIGHEST_PRICE).contains(&price) {
        Ok(price)
    } else {
        Err(invalid(name, "Range", "판매가가 허용 범위를 벗어났습니다."))
    }
}

/// A stock inside what is allowed.
fn check_stock(name: &str, stock: i64) -> Result<i64, Answer> {
    if (0..=HIGHEST_STOCK).contains(&stock) {
        Ok(stock)
    } else {
        Err(invalid(
            name,
            "Range",
            "재고수량이 허용 범위를 벗어났습니다.",
        ))
    }
}
