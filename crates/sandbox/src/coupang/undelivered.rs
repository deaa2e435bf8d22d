//! Parcels that tracking lost: after a month the seller may say that they arrived.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::params::{self, Refusal};
use super::{Caller, answer, loose};
use crate::shared::Shared;
use crate::world::{Fact, ParcelStatus};

const LONG: TimeDelta = TimeDelta::days(30);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(deserialize_with = "loose::number")]
    shipment_box_id: i64,
    #[serde(deserialize_with = "loose::text")]
    invoice_number: String,
}

/// `POST …/completeLongTermUndelivery`.
pub async fn complete(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Request = params::body(&bytes)?;
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let parcel = store
        .world
        .parcel_of(account, request.shipment_box_id)
        .ok_or_else(|| {
            Refusal::bad_request(format!(
                "shipmentBoxId ({}) is not found.",
                request.shipment_box_id
            ))
        })?;
    let tracking = parcel
        .tracking
        .as_ref()
        .filter(|tracking| tracking.number == request.invoice_number);
    let travels = matches!(
        parcel.status,
        ParcelStatus::Departure | ParcelStatus::Delivering
    );
    let long = tracking.is_some_and(|tracking| at - tracking.uploaded_at >= LONG);
    if !travels || !long {
        return Err(Refusal::bad_request(format!(
            "배송완료 처리 실패. 배송상태: {}",
            parcel.status.as_str()
        )));
    }
    let parcel = parcel.id;
    store.record(real, &[Fact::Delivered { parcel, at }])?;
    Ok(answer::ok(
        &json!({"code": "200", "message": "SUCCESS", "data": true}),
    ))
}
