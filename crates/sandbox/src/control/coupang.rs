//! What this Coupang believes of its callers, and its switches.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::ControlError;
use super::fields::Fields;
use crate::coupang::rules::Rules;
use crate::shared::Shared;
use crate::world::{Fact, KeyEvent};

/// `PUT /control/coupang`: the switches named change, the others stay; null puts one back to its default.
pub async fn set_rules(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let unreadable = |error: serde_json::Error| ControlError::field("body", error.to_string());
    let Value::Object(wanted) = serde_json::from_slice(&bytes).map_err(unreadable)? else {
        return Err(ControlError::field("body", "must be a JSON object"));
    };
    let defaults = serde_json::to_value(Rules::default()).map_err(unreadable)?;
    let mut rules = serde_json::to_value(shared.coupang.rules()).map_err(unreadable)?;
    for (name, value) in wanted {
        let value = match (value, defaults.get(&name)) {
            (_, None) => {
                return Err(ControlError::field(name, "is not a field of this call"));
            }
            (Value::Null, Some(default)) => default.clone(),
            (value, Some(_)) => value,
        };
        if let Some(members) = rules.as_object_mut() {
            members.insert(name.clone(), value);
        }
        if let Err(error) = serde_json::from_value::<Rules>(rules.clone()) {
            return Err(ControlError::field(name, error.to_string()));
        }
    }
    let rules: Rules = serde_json::from_value(rules).map_err(unreadable)?;
    rules
        .check()
        .map_err(|(field, reason)| ControlError::field(field, reason))?;
    shared.coupang.set_rules(rules.clone());
    Ok(Json(json!(rules)))
}

/// `GET /control/coupang`.
pub async fn show_rules(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.coupang.rules()))
}

/// `POST /control/coupang/open-door`: bans and blocks end.
pub async fn open_door(State(shared): State<Shared>) -> Json<Value> {
    shared.coupang.door.open();
    Json(json!({"result": "opened"}))
}

/// `POST /control/keys/coupang/{vendor}/{action}`: `expire`, `renew` or `reissue`.
pub async fn key(
    State(shared): State<Shared>,
    Path((vendor, action)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    let mut store = shared.store();
    let account = (0_u32..)
        .zip(store.world.accounts())
        .find(|(_, account)| account.vendor_id == vendor)
        .map(|(index, _)| index)
        .ok_or_else(|| {
            ControlError::plain(
                StatusCode::NOT_FOUND,
                format!("\"{vendor}\" is no vendor id of GET /control/accounts"),
            )
        })?;
    let event = match action.as_str() {
        "expire" => KeyEvent::Expired,
        "renew" => KeyEvent::Renewed,
        "reissue" => KeyEvent::Reissued {
            serial: store.world.next_key(account),
        },
        other => {
            let reason = format!("\"{other}\" is not one of expire, renew, reissue");
            return Err(ControlError::field("action", reason));
        }
    };
    store.record(shared.clock.real(), &[Fact::Key { account, event }])?;
    let known = store.world.account(account);
    Ok(Json(json!({
        "vendor_id": vendor,
        "access_key": known.map(|known| &known.access_key),
        "secret_key": known.map(|known| &known.secret_key),
        "expired": store.world.key_has_expired(account),
    })))
}

/// `PUT /control/lag` `{"seconds"}`: how long lists of Coupang show what was, while single reads show what is.
pub async fn set_lag(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let seconds = super::fields::required("seconds", fields.whole("seconds", 0..=86_400)?)?;
    fields.finish()?;
    let seconds = i64::try_from(seconds).unwrap_or_default();
    shared
        .store()
        .world
        .set_lag(chrono::TimeDelta::seconds(seconds));
    Ok(Json(json!({"seconds": seconds})))
}

/// `GET /control/lag`.
pub async fn show_lag(State(shared): State<Shared>) -> Json<Value> {
    let lag = shared.store().world.lag();
    Json(json!({"seconds": lag.num_seconds()}))
}
