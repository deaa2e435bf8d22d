//! Changing how the outside world behaves.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::ControlError;
use super::fields::{Fields, required};
use crate::shared::Shared;
use crate::world::Fact;

const YEAR: u64 = 31_536_000;

/// Every rule as it stands.
pub async fn show(State(shared): State<Shared>) -> Json<Value> {
    Json(describe(&shared))
}

fn describe(shared: &Shared) -> Value {
    let settings = shared.settings();
    let offset = (shared.clock.world() - shared.clock.real()).num_milliseconds();
    json!({
        "orders_per_second": settings.orders_per_second,
        "visibility_delay_seconds": settings.visibility_delay.as_secs(),
        "smartstore_orders_per_second": settings.smartstore_orders_per_second,
        "coupang": {"calls_per_second": settings.coupang_calls_per_second},
        "smartstore": {"calls_per_second": settings.smartstore_calls_per_second},
        "scan_after_seconds": settings.scan_after.as_secs(),
        "deliver_after_seconds": settings.deliver_after.as_secs(),
        "message_sent_after_ms": settings.pace.sent_after.as_millis(),
        "message_delivered_after_ms": settings.pace.delivered_after.as_millis(),
        "world_time": shared.clock.world(),
        "world_ahead_seconds": (offset + 500).div_euclid(1000),
        "verbose": settings.verbose,
    })
}

/// `PUT /control/rate` `{"orders_per_second"?, "smartstore_orders_per_second"?}`: 0 stops the buying.
pub async fn set_rate(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let rate = fields.fraction("orders_per_second", 0.0..=10_000.0)?;
    let smartstore = fields.fraction("smartstore_orders_per_second", 0.0..=10_000.0)?;
    fields.finish()?;
    required("orders_per_second", rate.or(smartstore))?;
    shared.change_settings(|settings| {
        settings.orders_per_second = rate.unwrap_or(settings.orders_per_second);
        settings.smartstore_orders_per_second =
            smartstore.unwrap_or(settings.smartstore_orders_per_second);
    });
    Ok(Json(describe(&shared)))
}

/// `PUT /control/quotas` `{"coupang"?: {"calls_per_second"}, "smartstore"?: {…}}`.
pub async fn set_quotas(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let coupang = quota(&mut fields, "coupang")?;
    let smartstore = quota(&mut fields, "smartstore")?;
    fields.finish()?;
    required("coupang", coupang.or(smartstore))?;
    shared.change_settings(|settings| {
        settings.coupang_calls_per_second = coupang.unwrap_or(settings.coupang_calls_per_second);
        settings.smartstore_calls_per_second =
            smartstore.unwrap_or(settings.smartstore_calls_per_second);
    });
    Ok(Json(describe(&shared)))
}

/// The quota of one channel, if the body names it.
fn quota(fields: &mut Fields, channel: &str) -> Result<Option<u32>, ControlError> {
    let Some(value) = fields.take(channel) else {
        return Ok(None);
    };
    let number = value
        .get("calls_per_second")
        .and_then(Value::as_u64)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (1..=1_000_000).contains(number));
    number.map(Some).ok_or_else(|| {
        ControlError::field(
            format!("{channel}.calls_per_second"),
            "must be a whole number from 1 to 1000000",
        )
    })
}

/// `PUT /control/visibility` `{"delay_seconds"}`, for orders placed from now on.
pub async fn set_visibility(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let seconds = required("delay_seconds", fields.whole("delay_seconds", 0..=YEAR)?)?;
    fields.finish()?;
    shared.change_settings(|settings| settings.visibility_delay = Duration::from_secs(seconds));
    Ok(Json(describe(&shared)))
}

/// `PUT /control/pace`: how fast parcels and messages arrive; what is left out stays.
pub async fn set_pace(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let scan = fields.whole("scan_after_seconds", 0..=YEAR)?;
    let deliver = fields.whole("deliver_after_seconds", 0..=YEAR)?;
    let sent = fields.whole("message_sent_after_ms", 0..=86_400_000)?;
    let delivered = fields.whole("message_delivered_after_ms", 0..=86_400_000)?;
    fields.finish()?;
    shared.change_settings(|settings| {
        settings.scan_after = scan.map_or(settings.scan_after, Duration::from_secs);
        settings.deliver_after = deliver.map_or(settings.deliver_after, Duration::from_secs);
        settings.pace.sent_after = sent.map_or(settings.pace.sent_after, Duration::from_millis);
        settings.pace.delivered_after =
            delivered.map_or(settings.pace.delivered_after, Duration::from_millis);
    });
    Ok(Json(describe(&shared)))
}

/// `PUT /control/clock` `{"advance_seconds"}`: the world moves on; signatures and quotas do not notice.
pub async fn move_clock(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let seconds = required(
        "advance_seconds",
        fields.whole("advance_seconds", 0..=10 * YEAR)?,
    )?;
    fields.finish()?;
    let seconds = i64::try_from(seconds).unwrap_or(0);
    {
        let mut store = shared.store();
        let offset_seconds = store.world.clock_offset_seconds.saturating_add(seconds);
        if offset_seconds > 100 * 31_536_000 {
            return Err(ControlError::field(
                "advance_seconds",
                "the world is a hundred years ahead already",
            ));
        }
        store.record(shared.clock.real(), &[Fact::ClockMoved { offset_seconds }])?;
        shared.clock.set_offset(offset_seconds);
    }
    shared.wake.notify_one();
    Ok(Json(describe(&shared)))
}

/// `PUT /control/verbose` `{"enabled"}`: whether every call becomes a ledger entry.
pub async fn set_verbose(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let enabled = required("enabled", fields.truth("enabled")?)?;
    fields.finish()?;
    shared.change_settings(|settings| settings.verbose = enabled);
    Ok(Json(describe(&shared)))
}
