//! Who works here.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::problem::{Problem, ProblemDocument};
use super::session::Role;

/// Somebody who works here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedOperator {
    id: String,
    name: String,
    email: String,
    role: Role,
}

/// Everybody who works for the merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Operators {
    operators: Vec<ListedOperator>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(list_operators))
}

/// Everybody who works for the merchant.
#[utoipa::path(get, path = "/operators", tag = "session",
    responses((status = 200, body = Operators), (status = "4XX", body = ProblemDocument)))]
async fn list_operators(
    State(app): State<Gate>,
    who: SignedIn,
) -> Result<Json<Operators>, Problem> {
    let operators = app.list_operators(who.merchant()).await?;
    let operators = operators.into_iter().map(|operator| ListedOperator {
        id: operator.operator_id.to_string(),
        name: operator.name,
        email: operator.email,
        role: operator.role.into(),
    });
    Ok(Json(Operators {
        operators: operators.collect(),
    }))
}
