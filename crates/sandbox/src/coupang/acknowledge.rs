//! 상품준비중 처리: the seller takes parcels on.

use std::borrow::Cow;
use std::collections::HashSet;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::loose::Number;
use super::params::{self, Refusal};
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Fact, ParcelStatus, World};

/// What one call takes; larger ones time out.
const MOST: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    vendor_id: String,
    shipment_box_ids: Vec<Number>,
}

/// `PUT|PATCH …/ordersheets/acknowledgement`.
pub async fn acknowledge(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Request = params::body(&bytes)?;
    if request.shipment_box_ids.is_empty() {
        return Err(Refusal::bad_request("shipmentBoxIds should not be empty"));
    }
    if request.shipment_box_ids.len() > MOST {
        return Ok(answer::timed_out());
    }
    let (world_now, real) = (shared.clock.world(), shared.clock.real());
    let refused_code = shared.coupang.rules().refused_acknowledge_code;
    let mut store = shared.store();
    super::check_vendor(&store.world, account, &request.vendor_id)?;
    let mut facts = Vec::new();
    let mut taken = HashSet::new();
    let mut results = Vec::new();
    for Number(id) in request.shipment_box_ids {
        let result = judge(&store.world, account, id, &mut taken, &refused_code);
        if result.is_ok() {
            facts.push(Fact::Acknowledged {
                parcel: id,
                at: world_now,
            });
        }
        results.push(ParcelResult { id, result });
    }
    store.record(real, &facts)?;
    drop(store);
    let key = i64::from_be_bytes(uuid::Uuid::new_v4().as_u64_pair().0.to_be_bytes());
    let mut data = summary("instructStatus", &results);
    if let Value::Object(members) = &mut data {
        members.insert("responseKey".to_owned(), json!(key));
    }
    Ok(answer::written(data))
}

fn judge(
    world: &World,
    account: u32,
    id: i64,
    taken: &mut HashSet<i64>,
    refused_code: &str,
) -> Result<(), ItemRefusal> {
    let Some(parcel) = world.parcel_of(account, id) else {
        return Err(ItemRefusal {
            code: Cow::Borrowed("NOT_FOUND_SHIPMENT_BOX"),
            retry: true,
            message: format!("shipmentBoxId ({id}) is not found."),
        });
    };
    let held = parcel.lines.iter().any(|line| line.held > 0);
    if parcel.status != ParcelStatus::Accept || held || !taken.insert(id) {
        return Err(ItemRefusal {
            code: Cow::Owned(refused_code.to_owned()),
            retry: false,
            message: format!(
                "배송상태를 변경할 수 없습니다. 주문내역을 확인해주세요. Failed shipmentBoxIds: [{id}]"
            ),
        });
    }
    Ok(())
}

/// Why one parcel of a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRefusal {
    pub code: Cow<'static, str>,
    pub retry: bool,
    pub message: String,
}

/// What became of one parcel of a call.
pub struct ParcelResult {
    pub id: i64,
    pub result: Result<(), ItemRefusal>,
}

/// The `data` of calls with a result per parcel.
pub fn summary(action: &str, results: &[ParcelResult]) -> Value {
    let failed = results.iter().filter(|item| item.result.is_err()).count();
    let (code, words) = match failed {
        0 => (0, "Success."),
        some if some < results.len() => (1, "Partial errors."),
        _ => (99, "Failed."),
    };
    let list: Vec<Value> = results
        .iter()
        .map(|item| match &item.result {
            Ok(()) => json!({
                "shipmentBoxId": item.id, "succeed": true, "resultCode": "OK", "retryRequired": false,
                "resultMessage": if action == "instructStatus" { Some("request succeeded.") } else { None },
            }),
            Err(refusal) => json!({
                "shipmentBoxId": item.id, "succeed": false, "resultCode": refusal.code,
                "retryRequired": refusal.retry, "resultMessage": refusal.message,
            }),
        })
        .collect();
    json!({
        "responseCode": code,
        "responseMessage": format!("apply {action} result - {words}"),
        "responseList": list,
    })
}
