//! Who can carry a parcel.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::problem::ProblemDocument;
use crate::domain::timeline::CARRIERS;

/// A carrier.
#[derive(Debug, Serialize, ToSchema)]
pub struct Carrier {
    code: &'static str,
    name_ko: &'static str,
    name_en: &'static str,
}

/// All carriers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Carriers {
    carriers: Vec<Carrier>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(list_carriers))
}

/// The carriers Moa knows.
#[utoipa::path(get, path = "/carriers", tag = "shipments",
    responses((status = 200, body = Carriers), (status = "4XX", body = ProblemDocument)))]
async fn list_carriers(_: SignedIn) -> Json<Carriers> {
    let carriers = CARRIERS.iter().map(|(code, name_ko, name_en)| Carrier {
        code,
        name_ko,
        name_en,
    });
    Json(Carriers {
        carriers: carriers.collect(),
    })
}
