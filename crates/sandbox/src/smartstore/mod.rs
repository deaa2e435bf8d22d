//! Naver SmartStore's Commerce API: tokens, orders and claims, questions, goods, settlement.
//!
//! Every path stands behind `/external`, and behind `/partner` for agencies. Routes that this does not play answer as
//! the gateway answers for routes it does not know. The wire facts stand in the comments beside what they decide;
//! where reports contradict each other, [`Rules`](rules::Rules) has a switch.

mod accounts;
pub mod answer;
pub mod buyer;
pub mod buying;
mod claim_wire;
mod claims;
mod confirm;
mod couriers;
mod delay;
mod dispatch;
mod feed;
mod gate;
mod inquiries;
mod limits;
mod params;
mod people;
mod products;
mod query;
pub mod rules;
mod seller;
mod settlement;
mod sign;
mod tell;
mod token;
pub mod trace;
mod wire;
pub mod world;

pub use accounts::{Credentials, derive};
pub use rules::Counter;
pub use tell::{judge, tell};

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use chrono::{FixedOffset, Utc};

use crate::shared::Shared;
use crate::world::Channel;
use crate::{calls, faults};

/// What every path begins with: sellers' own applications enter by one, agencies by the other.
const DOORS: [&str; 2] = ["/external", "/partner"];
const TOKEN_PATH: &str = "/v1/oauth2/token";
/// How many product orders one confirm or dispatch takes.
const MOST_WRITES: usize = 30;

/// The account a call's token belongs to, as its index.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub u32);

pub fn router(shared: Shared) -> Router {
    let mut router = Router::new();
    for door in DOORS {
        let orders = format!("{door}/v1/pay-order/seller");
        let rows = format!("{orders}/product-orders");
        router = router
            .route(&format!("{door}{TOKEN_PATH}"), post(unknown))
            .route(&rows, get(query::by_condition))
            .route(&format!("{rows}/query"), post(query::by_ids))
            .route(&format!("{rows}/last-changed-statuses"), get(feed::changed))
            .route(
                &format!("{orders}/orders/{{order}}/product-order-ids"),
                get(query::ids_of_order),
            )
            .route(&format!("{rows}/confirm"), post(confirm::confirm))
            .route(&format!("{rows}/dispatch"), post(dispatch::dispatch))
            .route(&format!("{rows}/{{id}}/delay"), post(delay::delay))
            .route(
                &format!("{rows}/{{id}}/hope-delivery/change"),
                post(delay::change_hope),
            )
            .nest(&format!("{rows}/{{id}}/claim"), claims::router())
            .nest(door, inquiries::router())
            .nest(door, products::router())
            .nest(door, about_seller());
    }
    router
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn_with_state(shared.clone(), gate::admit))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::SmartStore),
            faults::inject,
        ))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::SmartStore),
            calls::witness,
        ))
        .with_state(shared)
}

/// The seller and the money, beneath a door.
fn about_seller() -> Router<Shared> {
    Router::new()
        .route("/v1/seller/account", get(seller::account))
        .route("/v1/seller/channels", get(seller::channels))
        .route("/v1/seller/addressbooks-for-page", get(seller::addresses))
        .route(
            "/v2/product-delivery-info/return-delivery-companies",
            get(seller::return_companies),
        )
        .route("/v1/pay-settle/settle/daily", get(settlement::daily))
        .route("/v1/pay-settle/settle/case", get(settlement::by_case))
}

/// What the gateway turns into its own answer.
async fn unknown() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// Korean time, in which every answer is written.
pub fn kst() -> FixedOffset {
    FixedOffset::east_opt(9 * 3600).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}
