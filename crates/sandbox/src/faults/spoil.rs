//! Answers that break off, repeat themselves, or hold more than was promised.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::stream;
use serde_json::{Value, json};

/// The largest answer that is read in order to be spoiled.
const LIMIT: usize = 64 * 1024 * 1024;

pub fn garbage() -> Response {
    let body = Body::from(
        r#"{"code":200,"message":"OK","data":{"unexpected":["not","what","you","asked"]}}"#,
    );
    built(StatusCode::OK, "application/json;charset=UTF-8", body)
}

/// An answer whose body fails before its head is written, which makes the server close the connection silently.
pub fn reset() -> Response {
    let body = Body::from_stream(stream::once(async { Err::<Bytes, _>(broken()) }));
    built(StatusCode::OK, "application/json", body)
}

/// Sends the head and the first half of the body, then closes.
pub async fn tear(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LIMIT).await else {
        return reset();
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let torn = stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // Lets the first half reach the caller before the connection ends.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Err(broken()), None))
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(torn))
}

fn broken() -> std::io::Error {
    std::io::Error::other("the sandbox was asked to break this answer")
}

fn built(status: StatusCode, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The rows of a page stand in it twice.
pub async fn duplicate_rows(response: Response) -> Response {
    change(response, |body| {
        if let Some(rows) = rows(body) {
            rows.extend_from_within(..);
        }
    })
    .await
}

/// The rows of a page stand in it the other way round.
pub async fn reverse_rows(response: Response) -> Response {
    change(response, |body| {
        if let Some(rows) = rows(body) {
            rows.reverse();
        }
    })
    .await
}

/// Where the channels keep the rows of their lists.
fn rows(body: &mut Value) -> Option<&mut Vec<Value>> {
    const PLACES: [&str; 6] = [
        "",
        "/data",
        "/data/content",
        "/data/contents",
        "/data/lastChangeStatuses",
        "/contents",
    ];
    let place = PLACES
        .into_iter()
        .find(|place| body.pointer(place).is_some_and(Value::is_array))?;
    body.pointer_mut(place)?.as_array_mut()
}

/// Every object holds a member that nobody documented.
pub async fn add_unknown_fields(response: Response) -> Response {
    change(response, grow).await
}

fn grow(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(grow),
        Value::Object(members) => {
            members.values_mut().for_each(grow);
            // Objects whose names are numbers are tables, which do not grow members.
            let table = !members.is_empty()
                && members
                    .keys()
                    .all(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
            if !table {
                let unknown = json!({"since": "2026-12-01", "values": [1, null, "새 필드"]});
                members.insert("unannouncedField".to_owned(), unknown);
            }
        }
        _ => {}
    }
}

/// Changes the body of a JSON answer that went well.
pub async fn change(response: Response, spoil: impl FnOnce(&mut Value)) -> Response {
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LIMIT).await else {
        return reset();
    };
    let Ok(mut value) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    spoil(&mut value);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_where_each_channel_keeps_them() {
        for mut body in [
            json!({"data": [1]}),
            json!({"data": {"content": [1]}}),
            json!({"data": {"lastChangeStatuses": [1], "more": {}}}),
            json!({"contents": [1], "page": 1}),
            json!([1]),
        ] {
            assert_eq!(rows(&mut body).map(|rows| rows.len()), Some(1), "{body}");
        }
        assert!(rows(&mut json!({"data": {"resultCode": "SUCCESS"}})).is_none());
    }

    #[test]
    fn objects_grow_and_tables_do_not() {
        let mut body = json!({"data": {"receiptMap": {"365": {"count": 1}}}});
        grow(&mut body);
        assert!(body["data"]["unannouncedField"].is_object());
        assert!(body["data"]["receiptMap"]["365"]["unannouncedField"].is_object());
        assert_eq!(body["data"]["receiptMap"].as_object().unwrap().len(), 1);
    }
}
