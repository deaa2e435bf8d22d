//! Tracking numbers: the upload that dispatches (INSTRUCT to DEPARTURE) and the correction of a dispatched parcel.
//!
//! A body with a bad courier or number is refused whole; otherwise each parcel has a result of its own. How a parcel is
//! split in two stands in `split`.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::acknowledge::{ItemRefusal, ParcelResult, summary};
use super::params::{self, Refusal};
use super::split::{self, Way};
use super::{Caller, answer, couriers, loose};
use crate::shared::Shared;
use crate::world::{Fact, Line, Parcel, ParcelStatus, Tracking, Upload, World};

/// For how long a number may not be used for another recipient.
const REUSE_AFTER: TimeDelta = TimeDelta::days(183);
const MOST: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    vendor_id: String,
    order_sheet_invoice_apply_dtos: Vec<Dto>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dto {
    #[serde(deserialize_with = "loose::number")]
    pub shipment_box_id: i64,
    #[serde(deserialize_with = "loose::number")]
    pub order_id: i64,
    #[serde(deserialize_with = "loose::number")]
    pub vendor_item_id: i64,
    pub delivery_company_code: String,
    #[serde(deserialize_with = "loose::text")]
    pub invoice_number: String,
    #[serde(deserialize_with = "loose::truth")]
    pub split_shipping: bool,
    #[serde(deserialize_with = "loose::truth")]
    pub pre_split_shipped: bool,
    pub estimated_shipping_date: String,
}

/// Which of the two calls it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Upload,
    Update,
}

/// `POST …/orders/invoices`.
pub async fn upload(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    apply(&shared, account, &bytes, Action::Upload)
}

/// `POST …/orders/updateInvoices`.
pub async fn update(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    apply(&shared, account, &bytes, Action::Update)
}

fn apply(shared: &Shared, account: u32, bytes: &[u8], action: Action) -> Result<Response, Refusal> {
    let request: Request = params::body(bytes)?;
    let groups = by_parcel(request.order_sheet_invoice_apply_dtos)?;
    let (world_now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    super::check_vendor(&store.world, account, &request.vendor_id)?;
    let refused_whole = groups
        .iter()
        .flat_map(|(_, dtos)| dtos)
        .find_map(|dto| check_form(dto).err());
    let mut facts = Vec::new();
    let mut results = Vec::new();
    let mut numbers: HashMap<(String, String), (String, String)> = HashMap::new();
    let mut splits = 0;
    for (id, dtos) in &groups {
        let Some(first) = split::representative(dtos) else {
            continue;
        };
        let tracking = Tracking {
            carrier: first.delivery_company_code.clone(),
            number: first.invoice_number.clone(),
            uploaded_at: world_now,
            in_transit_at: None,
            delivered_at: None,
        };
        let judged = match &refused_whole {
            Some(message) => Err(refuse("BAD_REQUEST", false, message)),
            None => judge(&store.world, account, *id, dtos, action).and_then(|(parcel, way)| {
                check_reuse(&store.world, parcel, &tracking, &mut numbers)?;
                Ok((parcel, way))
            }),
        };
        let known = store.world.parcel_of(account, *id).is_some();
        let result = match (judged, action) {
            (Ok(_), Action::Update) => {
                facts.push(Fact::TrackingChanged {
                    parcel: *id,
                    tracking,
                });
                Ok(())
            }
            (Ok((_, Way::Whole)), Action::Upload) => {
                facts.push(Fact::Dispatched {
                    upload: store.upload(*id, tracking, real),
                });
                Ok(())
            }
            (Ok((parcel, Way::Split { leaving, planned })), Action::Upload) => {
                let leaving = store.world.draft_split(parcel, &leaving, splits);
                splits += 1;
                facts.push(Fact::Split {
                    upload: Upload {
                        parcel: leaving.id,
                        ..store.upload(*id, tracking, real)
                    },
                    from: *id,
                    parcel: Box::new(leaving),
                    planned,
                });
                Ok(())
            }
            (Err(refusal), Action::Upload) if known => {
                let upload = store.upload(*id, tracking, real);
                facts.push(Fact::DispatchRefused {
                    upload,
                    code: refusal.code.clone().into_owned(),
                });
                Err(refusal)
            }
            (Err(refusal), _) => Err(refusal),
        };
        results.push(ParcelResult { id: *id, result });
    }
    store.record(real, &facts)?;
    match refused_whole {
        Some(message) => Err(Refusal::bad_request(message)),
        None => Ok(answer::written(summary("invoice", &results))),
    }
}

/// The entries of each parcel, in the order in which parcels first appear.
fn by_parcel(dtos: Vec<Dto>) -> Result<Vec<(i64, Vec<Dto>)>, Refusal> {
    if dtos.is_empty() || dtos.len() > MOST {
        let message = format!("orderSheetInvoiceApplyDtos should hold 1 to {MOST} entries");
        return Err(Refusal::bad_request(message));
    }
    let mut groups: Vec<(i64, Vec<Dto>)> = Vec::new();
    for dto in dtos {
        match groups.iter_mut().find(|(id, _)| *id == dto.shipment_box_id) {
            Some((_, group)) => group.push(dto),
            None => groups.push((dto.shipment_box_id, vec![dto])),
        }
    }
    Ok(groups)
}

/// What makes the whole call fail: an unknown courier, a number that cannot be one of that courier.
fn check_form(dto: &Dto) -> Result<(), String> {
    let code = &dto.delivery_company_code;
    let courier =
        couriers::find(code).ok_or_else(|| format!("invalid delivery company code:{code}"))?;
    // An empty number is judged with its parcel: it may be a planned date's.
    if dto.invoice_number.is_empty() {
        Ok(())
    } else {
        courier.check(&dto.invoice_number)
    }
}

fn judge<'a>(
    world: &'a World,
    account: u32,
    id: i64,
    dtos: &[Dto],
    action: Action,
) -> Result<(&'a Parcel, Way), ItemRefusal> {
    let found = world
        .parcel_of(account, id)
        .filter(|parcel| dtos.iter().all(|dto| dto.order_id == parcel.order_id));
    let Some(parcel) = found else {
        let message = format!("shipmentBoxId ({id}) is not found.");
        return Err(refuse("NOT_FOUND_SHIPMENT_BOX", false, &message));
    };
    let order_id = parcel.order_id;
    let held: i64 = parcel.lines.iter().map(|line| line.held).sum();
    let open: i64 = parcel.lines.iter().map(Line::open).sum();
    if parcel.status == ParcelStatus::Cancelled {
        return Err(refuse(
            "ORDER_DELIVERY_CANCELED",
            false,
            "취소된 주문입니다.",
        ));
    }
    if held > 0 && open == 0 {
        let message = "취소 요청이 진행 중인 주문입니다.";
        return Err(refuse(
            "ORDER_DELIVERY_CANCELED_HOLDING_FOR_CANCEL",
            true,
            message,
        ));
    }
    if held > 0 {
        let message = "일부 상품에 출고중지 요청이 있습니다.";
        return Err(refuse(
            "ORDER_DELIVERY_PARTIAL_STOP_REQUESTED",
            true,
            message,
        ));
    }
    let right_moment = match action {
        Action::Upload => parcel.status == ParcelStatus::Instruct,
        Action::Update => parcel.status > ParcelStatus::Instruct,
    };
    if !right_moment {
        let message = format!(
            "배송진행상태가 유효하지 않습니다. [합포장번호 : {id}] [주문번호 : {order_id}]"
        );
        return Err(refuse("INVALID_STATUS", false, &message));
    }
    let wanted: Vec<i64> = parcel
        .lines
        .iter()
        .filter(|line| line.open() > 0)
        .map(|line| line.vendor_item_id)
        .collect();
    let given = |item: &i64| dtos.iter().any(|dto| dto.vendor_item_id == *item);
    let known = |dto: &Dto| {
        parcel
            .lines
            .iter()
            .any(|line| line.vendor_item_id == dto.vendor_item_id)
    };
    if !wanted.iter().all(given) || !dtos.iter().all(known) {
        let message = format!("합포장의 모든 상품이 포함되어야 합니다. [합포장번호 : {id}]");
        return Err(refuse("NOT_FOUND_VENDOR_ITEM", false, &message));
    }
    let way = split::plan(parcel, dtos)?;
    if matches!(way, Way::Whole) {
        check_numbers(parcel, dtos, action)?;
    }
    Ok((parcel, way))
}

fn check_numbers(parcel: &Parcel, dtos: &[Dto], action: Action) -> Result<(), ItemRefusal> {
    let id = parcel.id;
    let Some(first) = dtos.first() else {
        return Ok(());
    };
    let same = |dto: &Dto| {
        dto.invoice_number == first.invoice_number
            && dto.delivery_company_code == first.delivery_company_code
    };
    if first.invoice_number.is_empty() && !first.estimated_shipping_date.is_empty() {
        let message = format!("송장번호를 입력해주세요. [합포장번호 : {id}]");
        return Err(refuse("NOT_FOUND_INVOICE_NUMBER", false, &message));
    }
    if first.invoice_number.is_empty() || !dtos.iter().all(same) {
        let message = format!("송장번호가 유효하지 않습니다. [합포장번호 : {id}]");
        return Err(refuse("INVALID_INVOICE_NUMBER", true, &message));
    }
    let stored = parcel.tracking.as_ref();
    let repeats = stored.is_some_and(|known| {
        known.number == first.invoice_number && known.carrier == first.delivery_company_code
    });
    if action == Action::Update && repeats {
        let message = format!("이미 등록된 송장번호입니다. [{}]", first.invoice_number);
        return Err(refuse("DUPLICATE_INVOICE_NUMBER", true, &message));
    }
    Ok(())
}

/// One number goes to one recipient: inside a call, and for half a year. `DIRECT` carries no real numbers.
fn check_reuse(
    world: &World,
    parcel: &Parcel,
    tracking: &Tracking,
    numbers: &mut HashMap<(String, String), (String, String)>,
) -> Result<(), ItemRefusal> {
    if tracking.carrier == "DIRECT" {
        return Ok(());
    }
    let Some(recipient) = recipient(world, parcel) else {
        return Ok(());
    };
    let since = tracking.uploaded_at - REUSE_AFTER;
    let elsewhere = world
        .parcels_with_number(parcel.account, &tracking.carrier, &tracking.number)
        .filter(|other| other.id != parcel.id && uploaded(other).is_some_and(|at| at >= since))
        .any(|other| self::recipient(world, other).is_some_and(|other| other != recipient));
    if elsewhere {
        let message = format!(
            "다른 수취인에게 사용된 송장번호입니다. [{}]",
            tracking.number
        );
        return Err(refuse(
            "NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD",
            false,
            &message,
        ));
    }
    let key = (tracking.carrier.clone(), tracking.number.clone());
    let first = numbers.entry(key).or_insert_with(|| recipient.clone());
    if *first != recipient {
        let message = format!("이미 등록된 송장번호입니다. [{}]", tracking.number);
        return Err(refuse("DUPLICATE_INVOICE_NUMBER", true, &message));
    }
    Ok(())
}

/// Whether this number went to another recipient within half a year.
pub fn used_elsewhere(world: &World, parcel: &Parcel, tracking: &Tracking) -> bool {
    check_reuse(world, parcel, tracking, &mut HashMap::new()).is_err()
}

fn uploaded(parcel: &Parcel) -> Option<DateTime<Utc>> {
    parcel
        .tracking
        .as_ref()
        .map(|tracking| tracking.uploaded_at)
}

/// Name and address, which together are the same recipient.
fn recipient(world: &World, parcel: &Parcel) -> Option<(String, String)> {
    let order = world.order(parcel.order_id)?;
    let address = format!(
        "{} {} {}",
        order.address.postcode, order.address.street, order.address.detail
    );
    Some((order.receiver.name.clone(), address))
}

pub fn refuse(code: &'static str, retry: bool, message: &str) -> ItemRefusal {
    ItemRefusal {
        code: Cow::Borrowed(code),
        retry,
        message: message.to_owned(),
    }
}
