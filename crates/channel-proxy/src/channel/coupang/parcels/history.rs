//! A parcel's way.
//!
//! The nesting is told three ways: `data{shipmentBoxId, details[]}` (v4), `data[{shipmentBoxId, details[]}]` (the v5
//! table) and `data{shipmentBoxId, data[]}` (the v5 sample).

use chrono::{DateTime, Utc};

use crate::channel::coupang::calls::{encoded, malformed, read, vendor_path};
use crate::channel::coupang::map::state;
use crate::channel::coupang::wire::{BadField, Envelope, bad, instant, text};
use crate::channel::json::{self, Json};
use crate::channel::{FetchError, History, ParcelEvent, ReadQuery, Session};

pub async fn fetch_history(
    session: &Session,
    query: &ReadQuery<String>,
) -> Result<History, FetchError> {
    let rest = format!("ordersheets/{}/history", encoded(&query.what));
    let path = vendor_path(session, "v5", &rest);
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = read(session, slot, &path, "")
        .await
        .map_err(|refusal| refusal.failure)?;
    let events = events(&envelope).map_err(|error| malformed(&error))?;
    Ok(History {
        raw: reply.body,
        events,
        read_at: reply.sent_at,
    })
}

/// The steps, newest first.
pub fn events(envelope: &Envelope) -> Result<Vec<ParcelEvent>, BadField> {
    let mut events = Vec::new();
    for row in envelope.rows()? {
        for step in details(row) {
            let word = text(step, "deliveryStatus");
            if word.is_empty() {
                return Err(bad("deliveryStatus", "is missing"));
            }
            events.push(ParcelEvent {
                state: state(&word),
                at: instant(step, "updatedAt"),
            });
        }
    }
    events.sort_by_key(|event: &ParcelEvent| {
        std::cmp::Reverse(event.at.unwrap_or(DateTime::<Utc>::MIN_UTC))
    });
    Ok(events)
}

/// The steps of a row, or the row itself where it is one.
fn details<'a>(row: &'a Json<'a>) -> &'a [Json<'a>] {
    let nested = ["details", "data"]
        .into_iter()
        .find_map(|field| json::field(row, field));
    match nested {
        Some(Json::Array(steps)) => steps,
        _ => std::slice::from_ref(row),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::order::LineState;

    fn read(data: &Value) -> Result<Vec<ParcelEvent>, BadField> {
        let body = json!({"code": 200, "message": "OK", "data": data}).to_string();
        events(&Envelope::read(body.as_bytes()).unwrap())
    }

    #[test]
    fn all_three_nestings_are_one_way_newest_first() {
        let steps = json!([
            {"deliveryStatus": "ACCEPT", "deliveryStatusDesc": "결제완료", "updatedAt": "2026-03-01T10:15:42+09:00"},
            {"deliveryStatus": "INSTRUCT", "deliveryStatusDesc": "상품준비중", "updatedAt": "2026-03-01 12:00:00"},
        ]);
        let nestings = [
            json!({"shipmentBoxId": 1, "details": steps}),
            json!([{"shipmentBoxId": 1, "details": steps}]),
            json!({"shipmentBoxId": 1, "data": steps}),
            steps.clone(),
        ];
        for nesting in nestings {
            let events = read(&nesting).unwrap();
            let states: Vec<_> = events.iter().map(|event| event.state.clone()).collect();
            assert_eq!(
                states,
                [LineState::Acknowledged, LineState::Placed],
                "{nesting}"
            );
            assert!(events.iter().all(|event| event.at.is_some()));
        }
        assert!(read(&json!({"shipmentBoxId": 1})).is_err());
        assert_eq!(
            read(&json!({"shipmentBoxId": 1, "details": []})),
            Ok(Vec::new())
        );
    }
}
