//! 발송처리: product orders leave the seller. Over a cancel that waits for an answer, this is the seller's no.

use std::collections::HashSet;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de};

use super::answer::Answer;
use super::confirm::{CHECK_ORDER, ItemRefusal, REPEATED, UNKNOWN, check_count, failure, results};
use super::query::find;
use super::rules::Rules;
use super::world::{
    Claim, ClaimKind, ClaimStatus, GiftStatus, Method, Order, PlaceStatus, ProductOrder, Shipment,
    SmartFact, SmartStore, Status, What, Word,
};
use super::{Caller, couriers, params};
use crate::shared::Shared;
use crate::world::{Fact, Tracking};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    dispatch_product_orders: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(default, deserialize_with = "params::text")]
    product_order_id: Option<String>,
    #[serde(default)]
    delivery_method: Option<Method>,
    #[serde(default, deserialize_with = "company")]
    delivery_company_code: Option<String>,
    #[serde(default, deserialize_with = "params::text")]
    tracking_number: Option<String>,
    #[serde(default, deserialize_with = "instant")]
    dispatch_date: Option<DateTime<Utc>>,
}

const BAD_REQUEST: ItemRefusal = ("104133", "잘못된 요청입니다.");
const CHANGE_METHOD: ItemRefusal = ("104116", "배송방법을 변경해주세요.");
const NO_COMPANY: ItemRefusal = ("104118", "택배사를 입력해주세요.");
const BAD_COMPANY: ItemRefusal = ("104119", "택배사 코드를 확인해주세요.");
const NO_NUMBER: ItemRefusal = ("104120", "송장번호를 입력해주세요.");
const USED_NUMBER: ItemRefusal = ("104121", "이미 사용된 송장번호입니다.");
const BAD_NUMBER: ItemRefusal = ("104122", "유효하지 않은 송장번호입니다.");
const NOT_CONFIRMED: ItemRefusal = ("104443", "발주상태를 확인해주세요.");
const SENT: ItemRefusal = ("104442", "이미 발송처리 된 주문입니다.");

/// What a sound item leads to.
enum Step {
    /// It leaves; a cancel that waits is rejected by it, an unconfirmed order confirmed.
    Ship,
    /// The same number again.
    Ignore,
}

/// `POST /v1/pay-order/seller/product-orders/dispatch`.
pub async fn dispatch(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let request: Request = params::body(&bytes)?;
    check_count(
        request.dispatch_product_orders.len(),
        "dispatchProductOrders",
    )?;
    let rules = shared.smartstore.rules();
    let (now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let (mut done, mut failed, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut used = Vec::new();
    for item in request.dispatch_product_orders {
        let text = item.product_order_id.clone().unwrap_or_default();
        let known = &store.world.smartstore;
        let found = params::id(&text).and_then(|id| find(known, account, id));
        let Some((order, product_order)) = found else {
            failed.push(failure(&text, UNKNOWN));
            continue;
        };
        let judged = if seen.insert(product_order.id) {
            judge(known, (order, product_order), &item, &used, &rules)
        } else {
            Err(REPEATED)
        };
        let sent = Shipment {
            method: item.delivery_method.unwrap_or(Method::Delivery),
            company: item.delivery_company_code.clone(),
            number: item.tracking_number.clone(),
            dispatched_on: item.dispatch_date.unwrap_or(now),
            sent_at: SmartFact::moment(now),
            delivered_at: None,
        };
        let upload = store.smartstore_upload(product_order, tracking(&sent), real);
        match judged {
            Ok(Step::Ship) => {
                if let Some(key) = number_of(&item) {
                    used.push((key, product_order.package));
                }
                facts.extend(leading_up(product_order, now));
                let what = What::Dispatched {
                    upload,
                    shipment: sent,
                };
                facts.push(SmartFact::of(now, what).late(&rules));
                done.push(text);
            }
            Ok(Step::Ignore) => {
                facts.push(SmartFact::of(now, What::DispatchRepeated { upload }));
                done.push(text);
            }
            Err(refusal) => {
                let code = refusal.0.to_owned();
                facts.push(SmartFact::of(now, What::DispatchRefused { upload, code }));
                failed.push(failure(&text, refusal));
            }
        }
    }
    store.record(real, &facts)?;
    Ok(results(&done, &failed))
}

/// What has to become true before a product order can leave.
fn leading_up(product_order: &ProductOrder, now: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if product_order.place_status != PlaceStatus::Ok {
        let product_order = product_order.id;
        facts.push(SmartFact::of(now, What::Confirmed { product_order }));
    }
    if let Some(claim) = product_order.running_claim() {
        let claim = Claim {
            status: ClaimStatus::CancelReject,
            completed_at: Some(SmartFact::moment(now)),
            ..claim.clone()
        };
        let what = What::Claimed {
            product_order: product_order.id,
            status: claim.status_before,
            claim: Box::new(claim),
            change: None,
        };
        facts.push(SmartFact::of(now, what));
    }
    facts
}

/// A shipment in the words of the verdict.
fn tracking(sent: &Shipment) -> Tracking {
    Tracking {
        carrier: sent
            .company
            .clone()
            .unwrap_or_else(|| sent.method.as_str().to_owned()),
        number: sent.number.clone().unwrap_or_default(),
        uploaded_at: sent.sent_at,
        in_transit_at: None,
        delivered_at: None,
    }
}

fn judge(
    known: &SmartStore,
    (order, product_order): (&Order, &ProductOrder),
    item: &Item,
    used: &[((String, String), i64)],
    rules: &Rules,
) -> Result<Step, ItemRefusal> {
    check_form(item)?;
    if let Some(sent) = &product_order.shipment {
        let same =
            sent.company == item.delivery_company_code && sent.number == item.tracking_number;
        let on_its_way = matches!(
            product_order.status,
            Status::Delivering | Status::Delivered | Status::PurchaseDecided
        );
        return if same && on_its_way {
            Ok(Step::Ignore)
        } else {
            Err(SENT)
        };
    }
    let stops = product_order.running_claim().is_some_and(|claim| {
        claim.kind != ClaimKind::Cancel || claim.status != ClaimStatus::CancelRequest
    });
    if product_order.status != Status::Payed
        || stops
        || order.gift == Some(GiftStatus::WaitForReceiving)
    {
        return Err(CHECK_ORDER);
    }
    if product_order.place_status != PlaceStatus::Ok && !rules.dispatch_confirms {
        return Err(NOT_CONFIRMED);
    }
    if let Some(key) = number_of(item).filter(|_| !rules.reuse_numbers) {
        let elsewhere = known
            .with_number(product_order.account, &key.0, &key.1)
            .any(|other| other.package != product_order.package);
        let in_call = used
            .iter()
            .any(|(other, package)| *other == key && *package != product_order.package);
        if elsewhere || in_call {
            return Err(USED_NUMBER);
        }
    }
    Ok(Step::Ship)
}

/// What is wrong with an item by itself.
fn check_form(item: &Item) -> Result<(), ItemRefusal> {
    let method = item.delivery_method.ok_or(BAD_REQUEST)?;
    if !method.sends() {
        return Err(CHANGE_METHOD);
    }
    if !method.is_carried() {
        return Ok(());
    }
    let company = item.delivery_company_code.as_deref().ok_or(NO_COMPANY)?;
    if !couriers::is_known(company) {
        return Err(BAD_COMPANY);
    }
    let number = item.tracking_number.as_deref().unwrap_or_default();
    if number.trim().is_empty() {
        return Err(NO_NUMBER);
    }
    if !couriers::fits(company, number) {
        return Err(BAD_NUMBER);
    }
    item.dispatch_date.map(drop).ok_or(BAD_REQUEST)
}

fn number_of(item: &Item) -> Option<(String, String)> {
    item.delivery_method.filter(|method| method.is_carried())?;
    Some((
        item.delivery_company_code.clone()?,
        item.tracking_number.clone()?,
    ))
}

/// A carrier is an enumeration there: an empty text is none of its values, and spoils the whole body.
fn company<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    match text {
        Some(text) if text.is_empty() => Err(de::Error::custom("an empty deliveryCompanyCode")),
        other => Ok(other),
    }
}

/// A moment in the form the reference asks for.
pub fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    params::instant(&text)
        .map(Some)
        .ok_or_else(|| de::Error::custom("a malformed date-time"))
}
