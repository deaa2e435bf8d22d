//! Orders by whom they are of. A body and no query: what is asked is personal data, and addresses stand in logs and histories.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::Acting;
use super::extract::Body;
use super::locale::Locale;
use super::orders::{Order, Orders};
use super::problem::{Problem, ProblemDocument};
use crate::app::find_by_person::PersonQuery;
use crate::domain::access::Role;

/// Whose orders. A name, a phone number, or both: then one person must have both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindByPerson {
    /// The whole name of who ordered or receives, however it is spaced.
    #[serde(default)]
    #[schema(required = false, max_length = 100)]
    name: String,
    /// The whole number, however it is written, or its last four digits.
    #[serde(default)]
    #[schema(required = false, max_length = 100)]
    phone: String,
    /// 1 to 100; 50 when absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100, required = false)]
    page_size: i32,
    #[serde(default)]
    #[schema(required = false)]
    page_token: String,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(find_orders_by_person))
}

/// Orders that a person ordered or receives, newest first.
///
/// Names and numbers are compared without being opened; each order that is found is recorded like a look at its contact.
/// Not found is whose contact was erased, and a name or number that the channel masks or replaces by a safe number.
#[utoipa::path(post, path = "/orders/find-by-person", tag = "orders", request_body = FindByPerson,
    responses((status = 200, body = Orders), (status = "4XX", body = ProblemDocument)))]
async fn find_orders_by_person(
    State(app): State<Gate>,
    acting: Acting,
    locale: Locale,
    Body(body): Body<FindByPerson>,
) -> Result<Json<Orders>, Problem> {
    acting.needs(Role::Operator)?;
    let query = PersonQuery {
        name: body.name,
        phone: body.phone,
        page_size: body.page_size,
        page_token: body.page_token,
    };
    let (orders, next_page_token) = app.find_by_person(acting.operator(), query).await?;
    let orders = orders.into_iter();
    Ok(Json(Orders {
        orders: orders
            .map(|order| Order::from_board(order, locale))
            .collect(),
        next_page_token,
    }))
}
