//! Reading what came in a request. Every refusal names the field.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query};
use http::StatusCode;
use moa_id::TypedId;
use moa_service::parse_id;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer};

use super::problem::Problem;

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Problem))]
pub struct Body<T>(pub T);

/// The query of the address.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
pub struct Params<T>(pub T);

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
        Ok(Self(text))
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
