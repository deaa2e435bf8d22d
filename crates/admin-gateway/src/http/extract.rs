//! Reading what came in a request. Every refusal names the field.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::StatusCode;
use moa_id::TypedId;
use moa_service::parse_id;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Deserializer};

use super::problem::Problem;

/// No text that PostgreSQL keeps has one, so it is refused at the door.
const NUL_REFUSED: &str = "must not contain a NUL character";

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(whole, state).await?;
        if has_nul_escape(&bytes) {
            return Err(Problem::field("body", NUL_REFUSED));
        }
        // An array would fill the members by their places.
        let is_array = bytes.trim_ascii_start().starts_with(b"[");
        let again = Request::from_parts(parts, bytes.into());
        let read = Json::from_request(again, state).await;
        if is_array {
            return Err(Problem::field("body", "must be a JSON object"));
        }
        let Json(read) = read?;
        Ok(Self(read))
    }
}

/// Whether a text in this JSON holds `\u0000`.
fn has_nul_escape(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escaped = rest.get(at + 1..).unwrap_or_default();
        if escaped.starts_with(b"u0000") {
            return true;
        }
        // An escaped backslash begins no other escape.
        rest = escaped.get(1..).unwrap_or_default();
    }
    false
}

/// The query of the address.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        state: &S,
    ) -> Result<Self, Problem> {
        let pairs = parts.uri.query().unwrap_or_default().split('&');
        if let Some(pair) = pairs.into_iter().find(|pair| pair.contains("%00")) {
            let name = pair.split('=').next().unwrap_or_default();
            let field = if name.contains("%00") { "query" } else { name };
            return Err(Problem::field(field, NUL_REFUSED));
        }
        let Query(read) = Query::from_request_parts(parts, state).await?;
        Ok(Self(read))
    }
}

/// The one identifier in the path.
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: TypedId> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        state: &S,
    ) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await?;
        Ok(Self(parse_id("id", &text)?))
    }
}

/// The one text in the path, whatever it is.
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        state: &S,
    ) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await?;
        if text.contains('\0') {
            return Err(Problem::field("path", NUL_REFUSED));
        }
        Ok(Self(text))
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE")
            }
            _ => Self::field("body", "did not arrive whole"),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "CONTENT_TYPE_REQUIRED")
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE")
            }
            _ => misread(&rejection.body_text(), "body"),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        misread(&rejection.body_text(), "query")
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        misread(&rejection.body_text(), "path")
    }
}

/// axum says "Failed to …: lines[0].quantity: invalid type …"; the path in the middle names the field.
fn misread(text: &str, whole: &str) -> Problem {
    let said = text.split_once(": ").map_or(text, |(_, rest)| rest);
    let is_path = |s: &str| {
        !s.is_empty()
            && s.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'))
    };
    match said.split_once(": ") {
        Some((field, description)) if is_path(field) => Problem::field(field, description),
        _ => Problem::field(whole, said),
    }
}

/// For members of a body that must be there and may be null.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

/// For query words: `state=` counts as absent.
pub fn blank_as_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    T::deserialize(text.trim().to_owned().into_deserializer()).map(Some)
}

/// For query numbers and flags: `page_size=` counts as absent.
pub fn blank_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr + Default,
    T::Err: fmt::Display,
{
    struct Visitor<T>(PhantomData<T>);
    impl<T> serde::de::Visitor<'_> for Visitor<T>
    where
        T: FromStr + Default,
        T::Err: fmt::Display,
    {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            match text.trim() {
                "" => Ok(T::default()),
                text => text.parse().map_err(E::custom),
            }
        }
    }
    deserializer.deserialize_str(Visitor(PhantomData))
}

/// Where a list begins and how long it is.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    pub page_size: i32,
    /// `next_page_token` of the page before.
    #[serde(default)]
    #[param(required = false)]
    pub page_token: String,
}

impl Page {
    /// The number of rows asked for.
    pub fn size(&self) -> Result<i32, Problem> {
        match self.page_size {
            0 => Ok(50),
            n if (1..=200).contains(&n) => Ok(n),
            _ => Err(Problem::field("page_size", "must be between 1 and 200")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_nul_escape;

    #[test]
    fn a_nul_is_found_and_a_backslash_before_zeros_is_none() {
        assert!(has_nul_escape(br#"{"name":"a\u0000b"}"#));
        assert!(has_nul_escape(br#"{"name":"\\\u0000"}"#));
        assert!(!has_nul_escape(br#"{"name":"\\u0000"}"#));
        assert!(!has_nul_escape(br#"{"name":"\u0001\"}"#));
        assert!(!has_nul_escape(b"\\"));
    }
}
