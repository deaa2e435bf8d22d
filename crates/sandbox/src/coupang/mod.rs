//! Coupang's seller API: order sheets, acknowledgement, invoices, return requests.
//!
//! Path and version pairs that this does not play answer as the gateway answers for calls it does not know.

mod acknowledge;
pub mod answer;
mod auth;
mod couriers;
mod gate;
mod invoices;
mod orders;
mod params;
mod quota;
mod return_wire;
mod returns;
mod stop;
mod wire;

pub use quota::Quota;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post, put};

use crate::shared::Shared;
use crate::world::Channel;
use crate::{calls, faults};

/// The vendor a call was signed by, as its index.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub u32);

pub fn router(shared: Shared) -> Router {
    let mut router = Router::new();
    for version in ["v4", "v5"] {
        let vendor = vendor_path(version);
        router = router
            .route(&format!("{vendor}/ordersheets"), get(orders::list))
            .route(
                &format!("{vendor}/ordersheets/{{parcel}}"),
                get(orders::single),
            )
            .route(
                &format!("{vendor}/ordersheets/{{parcel}}/history"),
                get(orders::history),
            )
            .route(
                &format!("{vendor}/{{order}}/ordersheets"),
                get(orders::by_order),
            );
    }
    for version in ["v4", "v6"] {
        let vendor = vendor_path(version);
        router = router
            .route(&format!("{vendor}/returnRequests"), get(returns::list))
            .route(
                &format!("{vendor}/returnRequests/{{receipt}}"),
                get(returns::single),
            );
    }
    let vendor = vendor_path("v4");
    let acknowledge = put(acknowledge::acknowledge).patch(acknowledge::acknowledge);
    let stopped = put(stop::stopped).patch(stop::stopped);
    let shipped = put(stop::already_shipped).patch(stop::already_shipped);
    router
        .route(
            &format!("{vendor}/ordersheets/acknowledgement"),
            acknowledge,
        )
        .route(&format!("{vendor}/orders/invoices"), post(invoices::upload))
        .route(
            &format!("{vendor}/orders/updateInvoices"),
            post(invoices::update),
        )
        .route(
            &format!("{vendor}/returnRequests/{{receipt}}/stoppedShipment"),
            stopped,
        )
        .route(
            &format!("{vendor}/returnRequests/{{receipt}}/completedShipment"),
            shipped,
        )
        .fallback(no_such_api)
        .method_not_allowed_fallback(no_such_api)
        .layer(middleware::from_fn_with_state(shared.clone(), gate::admit))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Coupang),
            faults::inject,
        ))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Coupang),
            calls::witness,
        ))
        .with_state(shared)
}

fn vendor_path(version: &str) -> String {
    format!("/v2/providers/openapi/apis/api/{version}/vendors/{{vendor}}")
}

async fn no_such_api(request: Request) -> Response {
    answer::no_such_api(request.method().as_str(), request.uri().path())
}
