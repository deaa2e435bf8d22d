//! The API's description (OpenAPI 3.1) and its reference page.

use axum::Json;
use axum::Router;
use axum::routing::get;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::Gate;

/// Where the reference page is.
pub const DOCS: &str = "/api/docs";
const DOCUMENT: &str = "/api/openapi.json";
const COOKIE_SCHEME: &str = "session";

const DESCRIPTION: &str = "The operators' API of Moa. Log in with `POST /api/v1/session`; the cookie it sets is all \
a script needs. Refusals are problem documents (RFC 9457) whose `reason` is stable. Lists take `page_size` and \
`page_token`. A POST with an `Idempotency-Key` may be repeated for 24 hours: the same key and body answer the first \
result.";

/// The document without paths.
pub fn base() -> OpenApi {
    let license = LicenseBuilder::new()
        .name("Apache-2.0")
        .identifier(Some("Apache-2.0"));
    let info = InfoBuilder::new()
        .title("Moa admin API")
        .version("1")
        .description(Some(DESCRIPTION))
        .license(Some(license.build()));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("moa_session")));
    let components = ComponentsBuilder::new().security_scheme(COOKIE_SCHEME, cookie);
    OpenApiBuilder::new()
        .info(info.build())
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new(
            COOKIE_SCHEME,
            Vec::<String>::new(),
        )]))
        .build()
}

/// The document and the reference page. Both need no session: they hold nothing of the merchant's.
pub fn pages(document: OpenApi) -> Router<Gate> {
    let page = SwaggerUi::new(DOCS).config(Config::from(DOCUMENT));
    Router::new()
        .route(DOCUMENT, get(move || async move { Json(document) }))
        .merge(Router::from(page))
}
