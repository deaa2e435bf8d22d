//! Coupang's seller API: order sheets, acknowledgement, invoices, cancels, returns, exchanges,
//! questions of buyers, products, earnings.
//!
//! Path and version pairs that this does not play answer as the gateway answers for calls it does not know.

mod acknowledge;
pub mod answer;
mod auth;
mod call_center;
mod collection;
mod couriers;
mod door;
mod exchange_wire;
mod exchanges;
mod gate;
mod invoices;
mod loose;
mod money;
mod orders;
mod params;
mod places;
mod product_wire;
mod products;
mod questions;
mod quota;
mod return_calls;
mod return_wire;
mod returns;
pub mod rules;
mod seller_cancel;
mod split;
mod stop;
mod undelivered;
mod vendor_items;
mod wire;
mod withdrawals;

pub use params::kst;
pub use rules::Counter;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post, put};

use crate::shared::Shared;
use crate::world::{Channel, World};
use crate::{calls, faults};

/// The vendor a call was signed by, as its index.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub u32);

/// What is said when a header, and for some calls a body, names another vendor than the one who signed.
const OTHER_VENDOR: &str =
    "The vendorId in path or requestBody doesn't match the one got from api-gateway.";

pub fn router(shared: Shared) -> Router {
    order_routes()
        .merge(claim_routes())
        .merge(inquiry_routes())
        .merge(place_routes())
        .merge(product_routes().layer(middleware::from_fn_with_state(
            shared.clone(),
            product_wire::soften,
        )))
        .fallback(no_such_api)
        .method_not_allowed_fallback(no_such_api)
        .layer(middleware::from_fn_with_state(
            shared.clone(),
            rules::move_words,
        ))
        .layer(middleware::from_fn_with_state(shared.clone(), gate::admit))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Coupang),
            faults::inject,
        ))
        .layer(middleware::from_fn_with_state(
            shared.clone(),
            gate::limit_time,
        ))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Coupang),
            calls::witness,
        ))
        .with_state(shared)
}

fn order_routes() -> Router<Shared> {
    let mut router = Router::new();
    for version in ["v4", "v5"] {
        let at = |path| vendor_path(version, path);
        let acknowledge = put(acknowledge::acknowledge).patch(acknowledge::acknowledge);
        router = router
            .route(&at("ordersheets"), get(orders::list))
            .route(&at("ordersheets/{parcel}"), get(orders::single))
            .route(&at("ordersheets/{parcel}/history"), get(orders::history))
            .route(&at("{order}/ordersheets"), get(orders::by_order))
            .route(&at("ordersheets/acknowledgement"), acknowledge);
    }
    for version in ["v5", "v6"] {
        let path = vendor_path(version, "orders/{order}/cancel");
        router = router.route(&path, post(seller_cancel::cancel));
    }
    let at = |path| vendor_path("v4", path);
    router
        .route(&at("orders/invoices"), post(invoices::upload))
        .route(&at("orders/updateInvoices"), post(invoices::update))
        .route(
            &at("completeLongTermUndelivery"),
            post(undelivered::complete),
        )
}

fn claim_routes() -> Router<Shared> {
    let mut router = Router::new();
    for version in ["v4", "v6"] {
        let at = |path| vendor_path(version, path);
        router = router
            .route(&at("returnRequests"), get(returns::list))
            .route(&at("returnRequests/{receipt}"), get(returns::single));
    }
    for version in ["v4", "v5"] {
        let at = |path| vendor_path(version, path);
        let receive = put(return_calls::receive).patch(return_calls::receive);
        let approve = put(return_calls::approve).patch(return_calls::approve);
        router = router
            .route(&at("returnRequests/{receipt}/receiveConfirmation"), receive)
            .route(&at("returnRequests/{receipt}/approval"), approve);
    }
    let at = |path| vendor_path("v4", path);
    let stopped = put(stop::stopped).patch(stop::stopped);
    let shipped = put(stop::already_shipped).patch(stop::already_shipped);
    let receive = put(exchanges::receive).patch(exchanges::receive);
    let reject = put(exchanges::reject).patch(exchanges::reject);
    router
        .route(&at("returnRequests/{receipt}/stoppedShipment"), stopped)
        .route(&at("returnRequests/{receipt}/completedShipment"), shipped)
        .route(
            &at("return-exchange-invoices/manual"),
            post(collection::register),
        )
        .route(&at("returnWithdrawRequests"), get(withdrawals::list))
        .route(&at("returnWithdrawList"), post(withdrawals::by_ids))
        .route(&at("exchangeRequests"), get(exchanges::list))
        .route(
            &at("exchangeRequests/{exchange}/receiveConfirmation"),
            receive,
        )
        .route(&at("exchangeRequests/{exchange}/rejection"), reject)
        .route(
            &at("exchangeRequests/{exchange}/invoices"),
            post(exchanges::upload),
        )
}

fn inquiry_routes() -> Router<Shared> {
    let mut router = Router::new();
    for version in ["v4", "v5"] {
        let at = |path| vendor_path(version, path);
        router = router
            .route(&at("onlineInquiries"), get(questions::list))
            .route(&at("callCenterInquiries"), get(call_center::list));
    }
    let at = |path| vendor_path("v4", path);
    router
        .route(
            "/v2/providers/openapi/apis/api/v5/vendors/callCenterInquiries/{inquiry}",
            get(call_center::single),
        )
        .route(
            &at("onlineInquiries/{inquiry}/replies"),
            post(questions::reply),
        )
        .route(
            &at("callCenterInquiries/{inquiry}/replies"),
            post(call_center::reply),
        )
        .route(
            &at("callCenterInquiries/{inquiry}/confirms"),
            post(call_center::confirm),
        )
}

fn product_routes() -> Router<Shared> {
    let at = |path| format!("/v2/providers/seller_api/apis/api/v1/marketplace/{path}");
    Router::new()
        .route(&at("seller-products"), get(products::list))
        .route(&at("seller-products/time-frame"), get(products::time_frame))
        .route(
            &at("seller-products/inflow-status"),
            get(products::inflow_status),
        )
        .route(
            &at("seller-products/external-vendor-sku-codes/{code}"),
            get(products::by_sku),
        )
        .route(&at("seller-products/{product}"), get(products::single))
        .route(
            &at("seller-products/{product}/partial"),
            get(products::partial),
        )
        .route(
            &at("seller-products/{product}/histories"),
            get(products::histories),
        )
        .route(
            &at("vendor-items/{item}/inventories"),
            get(products::inventories),
        )
        .route(
            &at("vendor-items/{item}/quantities/{quantity}"),
            put(vendor_items::set_stock),
        )
        .route(
            &at("vendor-items/{item}/prices/{price}"),
            put(vendor_items::set_price),
        )
        .route(
            &at("vendor-items/{item}/original-prices/{price}"),
            put(vendor_items::set_list_price),
        )
        .route(
            &at("vendor-items/{item}/sales/{action}"),
            put(vendor_items::set_sale),
        )
        .route(
            "/v2/providers/openapi/apis/api/v1/revenue-history",
            get(money::revenue),
        )
        .route(
            "/v2/providers/marketplace_openapi/apis/api/v1/settlement-histories",
            get(money::settlements),
        )
}

fn place_routes() -> Router<Shared> {
    let mut router = Router::new();
    for version in ["v1", "v2"] {
        let path = format!(
            "/v2/providers/marketplace_openapi/apis/api/{version}/vendor/shipping-place/outbound"
        );
        router = router.route(&path, get(places::outbound));
    }
    for version in ["v4", "v5"] {
        let path = vendor_path(version, "returnShippingCenters");
        router = router.route(&path, get(places::return_centers));
    }
    for version in ["v2", "v3"] {
        let path =
            format!("/v2/providers/openapi/apis/api/{version}/return/shipping-places/center-code");
        router = router.route(&path, get(places::by_code));
    }
    router
}

fn vendor_path(version: &str, path: &str) -> String {
    format!("/v2/providers/openapi/apis/api/{version}/vendors/{{vendor}}/{path}")
}

/// Refuses a body that names another vendor than the one who signed.
fn check_vendor(world: &World, account: u32, vendor_id: &str) -> Result<(), params::Refusal> {
    match world.account(account) {
        Some(known) if known.vendor_id == vendor_id => Ok(()),
        _ => Err(params::Refusal::bad_request("Invalid vendor ID")),
    }
}

async fn no_such_api(request: Request) -> Response {
    // No vendor here takes part in Rocket Growth, whose calls then do not exist.
    if request
        .uri()
        .path()
        .starts_with("/v2/providers/rg_open_api/")
    {
        return answer::gateway_error(StatusCode::NOT_FOUND, "Endpoint not found");
    }
    answer::no_such_api(request.method().as_str(), request.uri().path())
}
