//! What is misspelt must not look like what was left out: a read with a parameter that nothing reads is refused, and so is
//! a body with members where none are read. Bodies that are read refuse strange members by themselves.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::Value;
use url::form_urlencoded;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{OpenApi, RefOr};

use super::BODY_LIMIT;
use super::problem::Problem;

/// The longest name that an answer repeats.
const SHOWN: usize = 60;

/// What requests may say, by route, as the API's description has it.
#[derive(Clone)]
pub struct Known(Arc<Names>);

struct Names {
    /// The query parameters of each read.
    parameters: HashMap<String, Vec<String>>,
    /// The writes that take no body.
    bodiless: HashSet<(Method, String)>,
}

impl Known {
    /// What a description says of paths that stand under `prefix`.
    pub fn of(document: &OpenApi, prefix: &str) -> Self {
        let paths = || document.paths.paths.iter();
        let parameters = paths().filter_map(|(path, item)| {
            let operation = item.get.as_ref()?;
            let parameters = operation.parameters.iter().flatten();
            let names = parameters.filter_map(|parameter| match parameter {
                RefOr::T(one) if one.parameter_in == ParameterIn::Query => Some(one.name.clone()),
                RefOr::T(_) | RefOr::Ref(_) => None,
            });
            Some((format!("{prefix}{path}"), names.collect()))
        });
        let bodiless = paths().flat_map(|(path, item)| {
            let writes = [
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::DELETE, &item.delete),
            ];
            writes.into_iter().filter_map(move |(method, operation)| {
                let takes_none = operation.as_ref()?.request_body.is_none();
                takes_none.then(|| (method, format!("{prefix}{path}")))
            })
        });
        Self(Arc::new(Names {
            parameters: parameters.collect(),
            bodiless: bodiless.collect(),
        }))
    }

    /// Why a query is refused.
    fn strange_parameter(&self, route: &str, query: &str) -> Option<Problem> {
        let known = self.0.parameters.get(route)?;
        let unknown = form_urlencoded::parse(query.as_bytes())
            .map(|(name, _)| name)
            .find(|name| !name.is_empty() && !known.iter().any(|one| one == name))?;
        let description = match known.as_slice() {
            [] => "is not known here; this resource takes no parameters".to_owned(),
            all => format!("is not known here; the parameters are {}", all.join(", ")),
        };
        Some(Problem::field(&shown(&unknown), description))
    }

    fn takes_no_body(&self, method: &Method, route: &str) -> bool {
        let write = (method.clone(), route.to_owned());
        self.0.bodiless.contains(&write)
    }
}

/// Refuses a read whose query names something that is not there, and a body where none is read.
pub async fn check(State(known): State<Known>, request: Request, next: Next) -> Response {
    let Some(route) = request.extensions().get::<MatchedPath>() else {
        return next.run(request).await;
    };
    let route = route.as_str();
    let method = request.method();
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    if let (true, Some(query)) = (is_read, request.uri().query())
        && let Some(problem) = known.strange_parameter(route, query)
    {
        return problem.into_response();
    }
    if !known.takes_no_body(method, route) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        let too_large = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE");
        return too_large.into_response();
    };
    match strange_body(&bytes) {
        Some(problem) => problem.into_response(),
        None => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
    }
}

/// Why a body is refused where none is read; an empty object or null says nothing.
fn strange_body(body: &[u8]) -> Option<Problem> {
    if body.trim_ascii().is_empty() {
        return None;
    }
    let members = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        Ok(Value::Null) => return None,
        _ => {
            let description = "is not known here: this request takes none, or {}";
            return Some(Problem::field("body", description));
        }
    };
    let name = members.keys().next()?;
    let description = "is not known here; this request takes no body";
    Some(Problem::field(&shown(name), description))
}

fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> bool {
        let known = Known(Arc::new(Names {
            parameters: HashMap::from([("/orders".to_owned(), vec!["state".to_owned()])]),
            bodiless: HashSet::new(),
        }));
        known.strange_parameter("/orders", query).is_some()
    }

    #[test]
    fn only_names_that_nothing_reads_are_refused() {
        for fine in ["", "state=PLACED", "state=", "st%61te=PLACED", "&&"] {
            assert!(!refused(fine), "{fine}");
        }
        for wrong in ["States=PLACED", "state=PLACED&page=2", "st ate=1", "%00=1"] {
            assert!(refused(wrong), "{wrong}");
        }
    }

    #[test]
    fn where_no_body_is_read_none_with_members_is_taken() {
        for fine in ["", "\n", "{}", " { } ", "null"] {
            assert!(strange_body(fine.as_bytes()).is_none(), "{fine}");
        }
        for strange in [r#"{"wait": 5}"#, "[]", "[1]", "{\"a\":", "no json"] {
            assert!(strange_body(strange.as_bytes()).is_some(), "{strange}");
        }
    }
}
