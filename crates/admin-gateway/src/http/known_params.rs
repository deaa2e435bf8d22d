//! A misspelt filter must not look like an empty one: a read with a parameter that nothing reads is refused.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Method;
use url::form_urlencoded;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{OpenApi, RefOr};

use super::problem::Problem;

/// The longest name that an answer repeats.
const SHOWN: usize = 60;

/// The query parameters of each read, by its route, as the API's description names them.
#[derive(Clone)]
pub struct Known(Arc<HashMap<String, Vec<String>>>);

impl Known {
    /// What a description says of paths that stand under `prefix`.
    pub fn of(document: &OpenApi, prefix: &str) -> Self {
        let reads = document.paths.paths.iter().filter_map(|(path, item)| {
            let operation = item.get.as_ref()?;
            let parameters = operation.parameters.iter().flatten();
            let names = parameters.filter_map(|parameter| match parameter {
                RefOr::T(one) if one.parameter_in == ParameterIn::Query => Some(one.name.clone()),
                RefOr::T(_) | RefOr::Ref(_) => None,
            });
            Some((format!("{prefix}{path}"), names.collect()))
        });
        Self(Arc::new(reads.collect()))
    }

    /// Why a query is refused.
    fn refusal(&self, route: &str, query: &str) -> Option<Problem> {
        let known = self.0.get(route)?;
        let unknown = form_urlencoded::parse(query.as_bytes())
            .map(|(name, _)| name)
            .find(|name| !name.is_empty() && !known.iter().any(|one| one == name))?;
        let name: String = unknown.chars().take(SHOWN).collect();
        let description = match known.as_slice() {
            [] => "is not known here; this resource takes no parameters".to_owned(),
            all => format!("is not known here; the parameters are {}", all.join(", ")),
        };
        Some(Problem::field(&name, description))
    }
}

/// Refuses a read whose query names something that is not there.
pub async fn check(State(known): State<Known>, request: Request, next: Next) -> Response {
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    let route = request.extensions().get::<MatchedPath>();
    let refusal = match (read, route, request.uri().query()) {
        (true, Some(route), Some(query)) => known.refusal(route.as_str(), query),
        _ => None,
    };
    match refusal {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> bool {
        let known = HashMap::from([("/orders".to_owned(), vec!["state".to_owned()])]);
        Known(Arc::new(known)).refusal("/orders", query).is_some()
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
}
