//! The admin screen: a single-page application, built by `make web` and embedded.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Screen;

const INDEX: &str = "index.html";

/// A browser that has no screen to show gets told how to get one, in both languages.
const NOT_BUILT: &str = "<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\"><title>Moa</title></head>\
<body style=\"font-family: system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; line-height: 1.6\">\
<h1>Moa</h1>\
<p lang=\"ko\">서버는 실행 중이지만 관리 화면이 아직 빌드되지 않았습니다. Node.js를 설치하고 <code>make web</code>을 실행한 뒤 \
다시 빌드하세요. API는 그대로 쓸 수 있습니다: <a href=\"/api/docs\">/api/docs</a></p>\
<p lang=\"en\">The server is running, but the admin screen has not been built. Install Node.js, run \
<code>make web</code>, and build again. The API works as it is: <a href=\"/api/docs\">/api/docs</a></p>\
</body></html>";

/// A file of the screen; every other address is one of the application's own and answers its page.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND").into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Screen::get(path)
        && path != INDEX
    {
        return answer(path, file, &headers);
    }
    if path.starts_with("assets/") {
        // A page of an older build asks for its files: saying "page" here would be taken for a script.
        return Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND").into_response();
    }
    match Screen::get(INDEX) {
        Some(index) => answer(INDEX, index, &headers),
        None => ([(header::CACHE_CONTROL, "no-store")], Html(NOT_BUILT)).into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let tag = format!("\"{hash}\"");
    // The build names assets by their content; everything else is asked for again.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_owned().into_response()
    };
    let out = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}
