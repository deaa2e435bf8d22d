//! Where a request comes from: the address, and the site whose page made it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Extensions, HeaderMap, Method, StatusCode, header};
use url::Url;

use super::Gate;
use super::problem::Problem;

/// The network address of the other end. Behind a proxy it is the proxy's.
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address of a request.
    pub fn of(request: &Request) -> IpAddr {
        of_extensions(request.extensions())
    }
}

fn of_extensions(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(of_extensions(&parts.extensions)))
    }
}

/// Refuses what another site's page sends with an operator's cookie. Scripts send no `Origin` and pass.
pub async fn check(State(app): State<Gate>, request: Request, next: Next) -> Response {
    let method = request.method();
    let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && !is_own(request.headers(), app.config.public_url.as_ref()) {
        return Problem::new(StatusCode::FORBIDDEN, "ORIGIN_REFUSED").into_response();
    }
    if !safe && has_body(request.headers()) && !is_json(request.headers()) {
        // What a form of another site can send is not JSON.
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Problem::new(status, "CONTENT_TYPE_REQUIRED").into_response();
    }
    next.run(request).await
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0")
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn is_own(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site")
        && site == "cross-site"
    {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    // "null" (a sandboxed page) is no URL, and refused.
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    if public_url.is_some_and(|public| public.origin() == origin.origin()) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    let Some(host) = host else {
        return false;
    };
    // The host's scheme is the origin's: behind TLS the host header shows no port for 443.
    Url::parse(&format!("{}://{host}", origin.scheme()))
        .is_ok_and(|own| own.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_own_host_is_an_origin() {
        let public = Url::parse("https://moa.example.kr").unwrap();
        for (host, origin, public, own) in [
            ("localhost:8080", None, None, true),
            ("localhost:8080", Some("http://localhost:8080"), None, true),
            ("localhost:8080", Some("http://localhost:8081"), None, false),
            ("moa.example.kr", Some("https://moa.example.kr"), None, true),
            ("moa.example.kr", Some("https://evil.example"), None, false),
            (
                "127.0.0.1:8080",
                Some("https://moa.example.kr"),
                Some(&public),
                true,
            ),
            (
                "127.0.0.1:8080",
                Some("https://moa.example.kr"),
                None,
                false,
            ),
            ("localhost:8080", Some("null"), None, false),
            (
                "localhost:8080",
                Some("http://localhost:8080.evil.example"),
                None,
                false,
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_own(&headers, public), own, "{host} {origin:?}");
        }
    }
}
