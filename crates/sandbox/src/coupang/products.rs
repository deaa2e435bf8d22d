//! Reading products: lists, one, its log, what it holds of one option.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::params::{self, Params};
use super::product_wire::{Product, ProductRefusal, success};
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::World;

const STATUSES: [&str; 7] = [
    "IN_REVIEW",
    "SAVED",
    "APPROVING",
    "APPROVED",
    "PARTIAL_APPROVED",
    "DENIED",
    "DELETED",
];

fn products(world: &World, account: u32) -> Vec<Product<'_>> {
    world
        .account(account)
        .map(Product::of_account)
        .unwrap_or_default()
}

/// `vendorId` of a query has to be the caller's.
fn check_vendor(params: &Params, world: &World, account: u32) -> Result<(), ProductRefusal> {
    let wanted = params.required("vendorId")?;
    match world.account(account) {
        Some(known) if known.vendor_id == wanted => Ok(()),
        known => Err(ProductRefusal::bad_request(format!(
            "업체[{}]는 다른 업체[{wanted}]의 상품을 조회할 수 없습니다.",
            known.map_or("", |known| known.vendor_id.as_str())
        ))),
    }
}

/// `GET …/seller-products`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, ProductRefusal> {
    let params = Params::parse(uri.query());
    let store = shared.store();
    check_vendor(&params, &store.world, account)?;
    let size = params.positive("maxPerPage", 10)?;
    if size > 100 {
        return Err(ProductRefusal::bad_request(
            "maxPerPage는 100 이하여야 합니다.",
        ));
    }
    // Absent and 1 are both the first page.
    let number = params.positive("nextToken", 1)?;
    let id = params.id("sellerProductId")?;
    let name = params.get("sellerProductName");
    if name.is_some_and(|name| name.chars().count() > 20) {
        return Err(ProductRefusal::bad_request(
            "sellerProductName은 20자 이하여야 합니다.",
        ));
    }
    let day = match params.get("createdAt") {
        None => None,
        Some(text) => Some(params::plain_day(text).ok_or_else(|| {
            ProductRefusal::bad_request(format!("createdAt ({text}) format should be yyyy-MM-dd"))
        })?),
    };
    let status = params.get("status");
    if let Some(status) = status
        && !STATUSES.contains(&status)
    {
        return Err(ProductRefusal::bad_request(format!(
            "status ({status})가 올바르지 않습니다."
        )));
    }
    let hidden = shared.coupang.rules().products_need_token && !params.has("nextToken");
    let rows: Vec<Product<'_>> = products(&store.world, account)
        .into_iter()
        .filter(|_| !hidden)
        .filter(|product| id.is_none_or(|id| product.id() == Some(id)))
        .filter(|product| name.is_none_or(|name| product.name().contains(name)))
        .filter(|_| status.is_none_or(|status| status == "APPROVED"))
        .filter(|product| {
            let at = product.id().map(World::registered_at);
            day.is_none_or(|day| {
                at.is_some_and(|at| at.with_timezone(&params::kst()).date_naive() == day)
            })
        })
        .collect();
    let start = (number - 1).saturating_mul(size);
    let data: Vec<Value> = rows
        .iter()
        .skip(start)
        .take(size)
        .map(Product::row)
        .collect();
    let next = if rows.len() > start.saturating_add(size) {
        (number + 1).to_string()
    } else {
        String::new()
    };
    Ok(answer::ok(
        &json!({"code": "SUCCESS", "message": "", "nextToken": next, "data": data}),
    ))
}

/// `GET …/seller-products/time-frame`: registered within ten minutes at most.
pub async fn time_frame(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, ProductRefusal> {
    let params = Params::parse(uri.query());
    let store = shared.store();
    check_vendor(&params, &store.world, account)?;
    let at = |name: &str| -> Result<DateTime<Utc>, ProductRefusal> {
        let text = params.required(name)?;
        params::second(text).ok_or_else(|| {
            ProductRefusal::bad_request(format!(
                "{name} ({text}) format should be yyyy-MM-ddTHH:mm:ss"
            ))
        })
    };
    let (from, to) = (at("createdAtFrom")?, at("createdAtTo")?);
    if to < from || to - from > TimeDelta::minutes(10) {
        return Err(ProductRefusal::bad_request("조회 기간은 최대 10분입니다."));
    }
    let data: Vec<Value> = products(&store.world, account)
        .iter()
        .filter(|product| {
            product
                .id()
                .map(World::registered_at)
                .is_some_and(|at| (from..=to).contains(&at))
        })
        .map(Product::row)
        .collect();
    Ok(success("", json!(data)))
}

/// Finds a product of the caller.
fn one<'a>(world: &'a World, account: u32, id: &str) -> Result<Product<'a>, ProductRefusal> {
    let unknown = || ProductRefusal::bad_request(format!("상품({id})의 데이터가 없습니다."));
    let number: i64 = id.parse().map_err(|_| unknown())?;
    if let Some(product) = products(world, account)
        .into_iter()
        .find(|product| product.id() == Some(number))
    {
        return Ok(product);
    }
    let owner = world.accounts().iter().find(|other| {
        other
            .listings
            .iter()
            .any(|listing| listing.seller_product_id == number)
    });
    match (owner, world.account(account)) {
        (Some(owner), Some(caller)) => Err(ProductRefusal::bad_request(format!(
            "업체[{}]는 다른 업체[{}]의 상품을 조회할 수 없습니다.",
            caller.vendor_id, owner.vendor_id
        ))),
        _ => Err(unknown()),
    }
}

/// `GET …/seller-products/{sellerProductId}`.
pub async fn single(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, ProductRefusal> {
    let store = shared.store();
    let product = one(&store.world, account, &id)?;
    Ok(success("", product.whole(&store.world)))
}

/// `GET …/seller-products/{sellerProductId}/partial`.
pub async fn partial(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, ProductRefusal> {
    let store = shared.store();
    Ok(success("", one(&store.world, account, &id)?.delivery()))
}

/// `GET …/seller-products/{sellerProductId}/histories`.
pub async fn histories(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, ProductRefusal> {
    let store = shared.store();
    let product = one(&store.world, account, &id)?;
    let at = World::registered_at(product.id().unwrap_or_default());
    let rows: Vec<Value> = [("승인완료", 2), ("승인대기중", 1), ("임시저장", 0)]
        .into_iter()
        .map(|(status, minutes)| {
            json!({
                "status": status, "comment": "", "createdBy": product.account.wing_id,
                "createdAt": params::naive(at + TimeDelta::minutes(minutes)),
            })
        })
        .collect();
    Ok(answer::ok(
        &json!({"code": "SUCCESS", "message": "", "nextToken": "", "data": rows}),
    ))
}

/// `GET …/seller-products/external-vendor-sku-codes/{code}`: products that hold the seller's own code.
pub async fn by_sku(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(code): Path<String>,
) -> Result<Response, ProductRefusal> {
    let store = shared.store();
    let data: Vec<Value> = products(&store.world, account)
        .iter()
        .filter(|product| product.options.iter().any(|listing| listing.sku == code))
        .map(Product::row)
        .collect();
    Ok(success("", json!(data)))
}

/// `GET …/seller-products/inflow-status`: how many products there are and may be.
pub async fn inflow_status(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
) -> Result<Response, ProductRefusal> {
    let store = shared.store();
    let vendor = store.world.account(account).map(|known| &known.vendor_id);
    let count = products(&store.world, account).len();
    Ok(success(
        "",
        json!({"vendorId": vendor, "restricted": false, "registeredCount": count, "permittedCount": null}),
    ))
}

/// `GET …/vendor-items/{vendorItemId}/inventories`.
pub async fn inventories(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, ProductRefusal> {
    let store = shared.store();
    let (_, listing) = id
        .parse()
        .ok()
        .and_then(|id| store.world.listing(id))
        .filter(|(owner, _)| *owner == account)
        .ok_or_else(|| {
            ProductRefusal::bad_request(format!("유효한 옵션이 없습니다:[vendorItemId={id}]"))
        })?;
    let shelf = store.world.shelf(listing);
    Ok(success(
        "",
        json!({
            "sellerItemId": listing.vendor_item_id + 1, "amountInStock": shelf.stock, "salePrice": shelf.price,
            "onSale": shelf.on_sale,
        }),
    ))
}
