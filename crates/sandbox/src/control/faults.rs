//! Making trouble: by rules for single calls, by rates for all calls of a channel.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::ControlError;
use super::fields::{Fields, required};
use crate::faults::{Fault, FaultKind, PoisonedOrder, Rates};
use crate::shared::Shared;
use crate::world::Channel;

const MOST: usize = 100;

/// `PUT /control/faults`: `{"faults": […]}` replaces all trouble, so that an empty list ends it; `{"channel", "rates"}`
/// replaces the rates of that channel and nothing else. With both, the rates are set after everything else ended.
pub async fn set(State(shared): State<Shared>, bytes: Bytes) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let faults = fields
        .take("faults")
        .map(|value| read_faults(&value))
        .transpose()?;
    let channel = fields.text("channel")?;
    let rates = fields.take("rates");
    fields.finish()?;
    let rates = match (channel, rates) {
        (None, None) => None,
        (channel, rates) => {
            let channel = read_channel(&required("channel", channel)?)?;
            Some((channel, read_rates(&required("rates", rates)?)?))
        }
    };
    if faults.is_none() && rates.is_none() {
        return Err(ControlError::field(
            "faults",
            "is missing; so are channel and rates",
        ));
    }
    if let Some(faults) = faults {
        shared.faults.set(faults);
    }
    if let Some((channel, rates)) = rates {
        shared.faults.set_rates(channel, rates);
    }
    Ok(list(State(shared)).await)
}

fn read_faults(value: &Value) -> Result<Vec<Fault>, ControlError> {
    let list = value.as_array().filter(|list| list.len() <= MOST);
    let list = list
        .ok_or_else(|| ControlError::field("faults", format!("must be a list of up to {MOST}")))?;
    let mut faults = Vec::new();
    for (index, rule) in list.iter().enumerate() {
        let fault: Fault = serde_json::from_value(rule.clone())
            .map_err(|error| ControlError::field(format!("faults[{index}]"), error.to_string()))?;
        check_share(&format!("faults[{index}].probability"), fault.probability)?;
        faults.push(fault);
    }
    Ok(faults)
}

fn read_channel(name: &str) -> Result<Channel, ControlError> {
    serde_json::from_value(json!(name))
        .map_err(|error| ControlError::field("channel", error.to_string()))
}

fn read_rates(value: &Value) -> Result<Rates, ControlError> {
    let members = value
        .as_object()
        .ok_or_else(|| ControlError::field("rates", "must be an object of kind and share"))?;
    let mut rates = Rates::new();
    for (name, share) in members {
        let field = format!("rates.{name}");
        let kind: FaultKind = serde_json::from_value(json!(name))
            .map_err(|error| ControlError::field(&field, error.to_string()))?;
        let share = share
            .as_f64()
            .ok_or_else(|| ControlError::field(&field, format!("{share} is not a number")))?;
        check_share(&field, share)?;
        rates.insert(kind, share);
    }
    Ok(rates)
}

fn check_share(field: &str, share: f64) -> Result<(), ControlError> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    Err(ControlError::field(
        field,
        format!("{share} is outside 0 to 1"),
    ))
}

/// `GET /control/faults`.
pub async fn list(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({"faults": shared.faults.list(), "rates": shared.faults.list_rates()}))
}

/// `PUT /control/poison` `{"orders": [{"channel", "channel_order_id", "poison"}]}`: the rows of these orders are spoilt in
/// every answer, and those of no others. An empty list ends it.
pub async fn set_poisoned(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let orders = required("orders", fields.take("orders"))?;
    fields.finish()?;
    let orders: Vec<PoisonedOrder> = serde_json::from_value(orders)
        .map_err(|error| ControlError::field("orders", error.to_string()))?;
    if orders.len() > MOST {
        return Err(ControlError::field(
            "orders",
            format!("must be a list of up to {MOST}"),
        ));
    }
    shared.faults.set_poisoned(orders);
    Ok(list_poisoned(State(shared)).await)
}

/// `GET /control/poison`.
pub async fn list_poisoned(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({"orders": shared.faults.poisoned()}))
}
