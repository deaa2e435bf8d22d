//! Changing one option: its stock, its prices, whether it is on sale. None of it needs approval.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use serde_json::Value;

use super::Caller;
use super::params::Params;
use super::product_wire::{ProductRefusal, success};
use crate::shared::Shared;
use crate::store::Store;
use crate::world::{Fact, Listing, MOST_STOCK, ShelfChange};

const INVALID_ID: &str = "유효하지 않은 ID입니다.";

/// The caller's option of a path.
fn own<'a>(store: &'a Store, account: u32, id: &str) -> Option<&'a Listing> {
    id.parse()
        .ok()
        .and_then(|id| store.world.listing(id))
        .filter(|(owner, _)| *owner == account)
        .map(|(_, listing)| listing)
}

fn change(
    shared: &Shared,
    store: &mut Store,
    vendor_item_id: i64,
    change: ShelfChange,
    message: &str,
) -> Result<Response, ProductRefusal> {
    let fact = Fact::Shelf {
        vendor_item_id,
        change,
    };
    store.record(shared.clock.real(), &[fact])?;
    Ok(success(message, Value::Null))
}

/// `PUT …/vendor-items/{vendorItemId}/quantities/{quantity}`.
pub async fn set_stock(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((id, quantity)): Path<(String, String)>,
) -> Result<Response, ProductRefusal> {
    let mut store = shared.store();
    let to = quantity
        .parse()
        .ok()
        .filter(|quantity| (0..=MOST_STOCK).contains(quantity))
        .ok_or_else(|| ProductRefusal::bad_request("유효하지 않은 재고수량입니다."))?;
    let item = own(&store, account, &id)
        .map(|listing| listing.vendor_item_id)
        .ok_or_else(|| {
            ProductRefusal::bad_request(format!(
                "재고변경에 실패했습니다. [vendoritemid {id} not found]"
            ))
        })?;
    let message = "재고 변경을 완료했습니다.";
    change(
        &shared,
        &mut store,
        item,
        ShelfChange::Stock { to },
        message,
    )
}

/// `PUT …/vendor-items/{vendorItemId}/prices/{price}`.
pub async fn set_price(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((id, price)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, ProductRefusal> {
    let params = Params::parse(uri.query());
    let mut store = shared.store();
    let listing =
        own(&store, account, &id).ok_or_else(|| ProductRefusal::bad_request(INVALID_ID))?;
    let to = won(&price)
        .filter(|price| *price > 0)
        .ok_or_else(|| ProductRefusal::bad_request("판매가격은 10원 단위로 입력해야 합니다."))?;
    match (params.id("apMinSalePrice")?, params.get("apActive")) {
        (None, None) => {}
        (Some(least), Some("true" | "false")) if least < to => {}
        (Some(least), Some(_)) if least >= to => {
            return Err(ProductRefusal::bad_request(
                "apMinSalePrice must be less than price",
            ));
        }
        _ => {
            return Err(ProductRefusal::bad_request(
                "apMinSalePrice and apActive must be provided together",
            ));
        }
    }
    let now = store.world.shelf(listing).price;
    let forced = params.get("forceSalePriceUpdate") == Some("true");
    if !forced && (to * 2 < now || to > now * 2) {
        return Err(ProductRefusal::bad_request(format!(
            "변경할 수 없는 가격입니다. 기존 판매가({now}원)의 최대 50% 인하, 최대 100% 인상까지만 변경할 수 있습니다."
        )));
    }
    let item = listing.vendor_item_id;
    let message = "가격 변경을 완료했습니다.";
    change(
        &shared,
        &mut store,
        item,
        ShelfChange::Price { to },
        message,
    )
}

/// `PUT …/vendor-items/{vendorItemId}/original-prices/{price}`: 0 is allowed.
pub async fn set_list_price(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((id, price)): Path<(String, String)>,
) -> Result<Response, ProductRefusal> {
    let mut store = shared.store();
    let item = own(&store, account, &id)
        .map(|listing| listing.vendor_item_id)
        .ok_or_else(|| ProductRefusal::bad_request(INVALID_ID))?;
    let to = won(&price).ok_or_else(|| {
        ProductRefusal::bad_request("할인율 기준가격은 10원 단위로 입력해야 합니다.")
    })?;
    let message = "할인율 기준가격이 변경되었습니다.";
    change(
        &shared,
        &mut store,
        item,
        ShelfChange::ListPrice { to },
        message,
    )
}

/// `PUT …/vendor-items/{vendorItemId}/sales/{stop,resume}`.
pub async fn set_sale(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, ProductRefusal> {
    let (what, message) = match action.as_str() {
        "stop" => (ShelfChange::Stopped, "판매 중지 처리되었습니다."),
        "resume" => (ShelfChange::Resumed, "판매가 재개되었습니다."),
        _ => return Ok(super::answer::no_such_api("PUT", uri.path())),
    };
    let mut store = shared.store();
    let item = own(&store, account, &id)
        .map(|listing| listing.vendor_item_id)
        .ok_or_else(|| ProductRefusal::bad_request(INVALID_ID))?;
    change(&shared, &mut store, item, what, message)
}

/// Won, in tens.
fn won(text: &str) -> Option<i64> {
    text.parse()
        .ok()
        .filter(|won: &i64| *won >= 0 && won % 10 == 0 && *won <= 1_000_000_000)
}
