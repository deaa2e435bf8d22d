//! The number under which goods come back, of a return or an exchange, told by the seller.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::params::{self, Refusal};
use super::{Caller, answer, couriers, loose};
use crate::shared::Shared;
use crate::world::{Collection, ExchangeEvent, Fact, ReceiptStatus, Release, ReturnEvent, World};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    return_exchange_delivery_type: Option<String>,
    receipt_id: Option<loose::Number>,
    delivery_company_code: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    invoice_number: Option<String>,
    reg_number: Option<String>,
}

fn optional_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    loose::text(from).map(Some)
}

/// `POST …/return-exchange-invoices/manual`.
pub async fn register(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Request = params::body(&bytes)?;
    let null = || Refusal::bad_request("Object is null");
    let kind = request.return_exchange_delivery_type.ok_or_else(null)?;
    let loose::Number(id) = request.receipt_id.ok_or_else(null)?;
    let carrier = request.delivery_company_code.ok_or_else(null)?;
    let number = request.invoice_number.ok_or_else(null)?;
    let courier = couriers::find(&carrier).ok_or_else(|| {
        Refusal::internal(format!(
            "Invalid value for DeliveryCompanyCodeEnum: {carrier}"
        ))
    })?;
    if number.is_empty() {
        return Err(null());
    }
    courier.check(&number).map_err(Refusal::bad_request)?;
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let collection = Collection {
        carrier: carrier.clone(),
        number: number.clone(),
        registration: request.reg_number.clone(),
    };
    // A wrong state is a null somewhere inside Coupang, and so is its answer.
    let wrong_state = || Refusal::internal("null");
    let (event, parcels, serial) = match kind.as_str() {
        "RETURN" => {
            let receipt = store
                .world
                .receipt(id)
                .filter(|receipt| receipt.account == account)
                .filter(|receipt| receipt.status == ReceiptStatus::ReturnsUnchecked)
                .filter(|receipt| receipt.release != Release::NotShipped)
                .ok_or_else(wrong_state)?;
            let parcels: Vec<i64> = receipt.items.iter().map(|item| item.parcel_id).collect();
            let event = ReturnEvent::CollectionRegistered {
                receipt: id,
                collection,
                at,
            };
            (Fact::Return { event }, parcels, receipt.collections.len())
        }
        "EXCHANGE" => {
            let exchange = store
                .world
                .exchange(id)
                .filter(|exchange| exchange.account == account && exchange.is_open())
                .filter(|exchange| exchange.collected_at.is_none())
                .filter(|exchange| exchange.collections.is_empty())
                .ok_or_else(wrong_state)?;
            let parcels: Vec<i64> = exchange.items.iter().map(|item| item.parcel_id).collect();
            let event = ExchangeEvent::CollectionRegistered {
                exchange: id,
                collection,
                at,
            };
            (
                Fact::Exchange { event },
                parcels,
                exchange.collections.len(),
            )
        }
        other => {
            return Err(Refusal::bad_request(format!(
                "returnExchangeDeliveryType ({other}) should be RETURN or EXCHANGE"
            )));
        }
    };
    if parcels
        .iter()
        .any(|parcel| left_under(&store.world, *parcel, &carrier, &number))
    {
        return Err(Refusal::bad_request(format!(
            "출고 송장번호와 동일한 송장번호는 등록할 수 없습니다. [{number}]"
        )));
    }
    store.record(real, &[event])?;
    let serial = i64::try_from(serial).unwrap_or_default();
    Ok(answer::written(json!({
        "deliveryCompanyCode": carrier,
        "invoiceNumber": number,
        "invoiceNumberId": id * 10 + serial,
        "receiptId": id,
        "regNumber": request.reg_number,
        "returnDeliveryId": id + 1_000_000,
        "returnExchangeDeliveryType": kind,
    })))
}

/// Whether a parcel left under this very number, which therefore cannot bring it back.
fn left_under(world: &World, parcel: i64, carrier: &str, number: &str) -> bool {
    world
        .parcel(parcel)
        .and_then(|parcel| parcel.tracking.as_ref())
        .is_some_and(|tracking| tracking.carrier == carrier && tracking.number == number)
}
