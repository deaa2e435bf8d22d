//! The API's description (OpenAPI 3.1) and its reference page.

use axum::Json;
use axum::Router;
use axum::routing::get;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, RefOr,
    Required,
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::Gate;
use super::idempotency;

/// Where the reference page is.
pub const DOCS: &str = "/api/docs";
const DOCUMENT: &str = "/api/openapi.json";
const COOKIE_SCHEME: &str = "session";

const DESCRIPTION: &str = "The operators' API of Moa. Log in with `POST /api/v1/session`; the cookie it sets is all \
a script needs. Refusals are problem documents (RFC 9457) whose `reason` is stable. Lists take `page_size` and \
`page_token`. A POST with an `Idempotency-Key` may be repeated for 24 hours: the same key and body answer the first \
result.";

const KEY_DESCRIPTION: &str = "A text of your own, 1 to 200 ASCII characters, e.g. a UUID. The same key with the same \
body answers the first result for 24 hours (with the header `Idempotency-Replayed: true`) and does nothing again. With \
another body: 422 IDEMPOTENCY_KEY_REUSED; while the first request is under way: 409 IDEMPOTENCY_KEY_IN_PROGRESS.";

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

/// Says of every POST whose answers are kept that it takes a key.
pub fn describe_keys(document: &mut OpenApi) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(KEY_DESCRIPTION))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(200)),
        ))
        .build();
    let kept = document
        .paths
        .paths
        .iter_mut()
        .filter(|(path, _)| idempotency::keeps_answers_of(path));
    for (_, item) in kept {
        if let Some(operation) = &mut item.post {
            let parameters = operation.parameters.get_or_insert_default();
            parameters.push(RefOr::T(key.clone()));
        }
    }
}

/// The document and the reference page. Both need no session: they hold nothing of the merchant's.
pub fn pages(document: OpenApi) -> Router<Gate> {
    let page = SwaggerUi::new(DOCS).config(Config::from(DOCUMENT));
    Router::new()
        .route(DOCUMENT, get(move || async move { Json(document) }))
        .merge(Router::from(page))
}
