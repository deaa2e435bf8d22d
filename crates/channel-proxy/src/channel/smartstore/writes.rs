//! Confirm and dispatch, with each documented answer in our words.
//!
//! Both answer 200 even when every item failed, with a list of what worked and a list of what did not.

use std::collections::{HashMap, HashSet};

use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::calls::{Call, always, exchange};
use super::carriers::{self, Delivery};
use super::errors::{Refusal, excerpt, malformed};
use super::look::{Look, look_after};
use super::token::Tokens;
use super::windows::wire_time;
use super::wire::{FailedItem, WriteResults};
use super::{buckets, permit_expired};
use crate::channel::{AcknowledgeParcel, DispatchParcel, Reply, Session};
use crate::domain::buckets::Bucket;
use crate::domain::failure::CallFailure;
use crate::domain::permit::Ending;
use crate::domain::probe::{self, Finding, Trace};
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// Items of one confirm or dispatch.
pub const BATCH: usize = 30;
/// A cancel is refused because the product order can be cancelled no more.
pub const NOT_CANCELLABLE: &str = "NOT_CANCELLABLE";
/// After a refusal because of a state that may still change.
const RETRY_AFTER: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

/// The slots of a write of several calls: the first is there, each further one is waited for.
struct Slots<'a> {
    session: &'a Session,
    first: Option<Slot>,
    bucket: Bucket,
}

impl Slots<'_> {
    async fn next(&mut self, deadline: Instant) -> Result<Slot, Refusal> {
        match self.first.take() {
            Some(slot) => Ok(slot),
            None => Ok(self.session.write_slot(None, self.bucket, deadline).await?),
        }
    }
}

pub async fn acknowledge(
    tokens: &Tokens,
    session: &Session,
    slot: Slot,
    parcels: &[AcknowledgeParcel],
    deadline: Instant,
) -> Vec<WriteAnswer> {
    let mut slots = Slots {
        session,
        first: Some(slot),
        bucket: buckets::CONFIRM,
    };
    let mut answers = Vec::with_capacity(parcels.len());
    for batch in parcels.chunks(BATCH) {
        let ids: Vec<&str> = batch
            .iter()
            .map(|parcel| parcel.channel_parcel_id.as_str())
            .collect();
        let body = json!({"productOrderIds": ids});
        let path = "/v1/pay-order/seller/product-orders/confirm";
        let answered = async {
            let slot = slots.next(deadline).await?;
            let call = post(path, &body);
            let (reply, body) = exchange(tokens, session, slot, call, deadline, &always).await?;
            results(reply, &body)
        };
        let results = match answered.await {
            Ok(results) => results,
            Err(refusal) => {
                answers.extend(batch.iter().map(|_| whole_refusal(&refusal)));
                continue;
            }
        };
        let unsettled: Vec<&str> = batch
            .iter()
            .map(|parcel| parcel.channel_parcel_id.as_str())
            .filter(|id| results.failed(id).is_some_and(is_state_refusal))
            .collect();
        let looks = second_looks(tokens, session, &unsettled, deadline).await;
        answers.extend(batch.iter().map(|parcel| {
            let id = parcel.channel_parcel_id.as_str();
            let answer = match (results.of(id), looks.get(id)) {
                (Item::Succeeded, _) => WriteAnswer::confirmed(),
                (Item::Unmentioned, _) => unmentioned(),
                (Item::Failed(_), Some(look)) => after_second_look(session, parcel, look),
                (Item::Failed(failed), None) => refusal(failed),
            };
            answer.with_evidence(results.evidence(id))
        }));
    }
    answers
}

/// Another package carries the tracking number.
const NUMBER_REUSED: &str = "104121";

/// Confirmed before, dispatched, or a cancel is under way: the codes do not tell which.
fn is_state_refusal(failed: &FailedItem) -> bool {
    match failed.code.as_str() {
        "104442" | "104443" | "104135" => true,
        // "A number that is used already" is another parcel's.
        NUMBER_REUSED => false,
        _ => says_already(failed),
    }
}

/// "Already confirmed, dispatched, handled".
fn says_already(failed: &FailedItem) -> bool {
    failed.message.contains("이미")
}

async fn second_looks<'a>(
    tokens: &Tokens,
    session: &Session,
    ids: &[&'a str],
    deadline: Instant,
) -> HashMap<&'a str, Look> {
    if ids.is_empty() {
        return HashMap::new();
    }
    let looks = look_after(tokens, session, ids, deadline).await;
    ids.iter().copied().zip(looks).collect()
}

fn after_second_look(session: &Session, parcel: &AcknowledgeParcel, look: &Look) -> WriteAnswer {
    let facts = match look {
        Ok(facts) => facts,
        Err(failure) => {
            return WriteAnswer::new(
                WriteOutcome::Unclear,
                "PARCEL_STATE_CHANGED",
                format!(
                    "the channel refused, perhaps because it was done before; the look failed: {failure}"
                ),
            );
        }
    };
    match probe::acknowledged(facts, &parcel.channel_order_id) {
        Finding::Happened => WriteAnswer::confirmed(),
        Finding::Clean => WriteAnswer {
            retry_at: Some(session.now() + RETRY_AFTER),
            ..WriteAnswer::new(
                WriteOutcome::RefusedLater,
                "PARCEL_NOT_READY",
                "the channel does not take the confirmation yet",
            )
        },
        Finding::Blocked { reason, detail } => {
            WriteAnswer::new(WriteOutcome::Blocked, reason, detail)
        }
        Finding::Conflict { reason, detail } => {
            WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail)
        }
    }
}

pub async fn dispatch(
    tokens: &Tokens,
    session: &Session,
    slot: Slot,
    parcels: &[DispatchParcel],
    permitted_until: Ending,
) -> Vec<WriteAnswer> {
    let may_send = |now| {
        if permitted_until.is_over(now, Instant::now().into_std()) {
            Err(permit_expired())
        } else {
            Ok(())
        }
    };
    let deadline = Instant::from_std(permitted_until.instant);
    let mut slots = Slots {
        session,
        first: Some(slot),
        bucket: buckets::DISPATCH,
    };
    let mut answers = Vec::with_capacity(parcels.len());
    for batch in parcels.chunks(BATCH) {
        let sent_on = wire_time(session.now());
        let items: Vec<Value> = batch
            .iter()
            .filter_map(|parcel| dispatch_item(parcel, &sent_on))
            .collect();
        let body = json!({"dispatchProductOrders": items});
        let path = "/v1/pay-order/seller/product-orders/dispatch";
        let answered = async {
            let slot = slots.next(deadline).await?;
            let call = post(path, &body);
            let (reply, body) = exchange(tokens, session, slot, call, deadline, &may_send).await?;
            results(reply, &body)
        };
        match answered.await {
            Err(refusal) => answers.extend(batch.iter().map(|_| whole_refusal(&refusal))),
            Ok(results) => answers.extend(batch.iter().map(|parcel| {
                let id = parcel.cargo.channel_parcel_id.as_str();
                let answer = match results.of(id) {
                    Item::Succeeded => WriteAnswer::confirmed(),
                    Item::Unmentioned => unmentioned(),
                    Item::Failed(failed) => refusal(failed),
                };
                answer.with_evidence(results.evidence(id))
            })),
        }
    }
    answers
}

/// One product order as it left. An empty text in place of a carrier is refused, so it is left out.
fn dispatch_item(parcel: &DispatchParcel, sent_on: &str) -> Option<Value> {
    let mut item = Map::new();
    item.insert(
        "productOrderId".to_owned(),
        json!(parcel.cargo.channel_parcel_id),
    );
    match carriers::delivery(&parcel.carrier)? {
        Delivery::Direct => {
            item.insert("deliveryMethod".to_owned(), json!("DIRECT_DELIVERY"));
        }
        Delivery::Courier(courier) => {
            item.insert("deliveryMethod".to_owned(), json!("DELIVERY"));
            item.insert("deliveryCompanyCode".to_owned(), json!(courier.code));
            item.insert("trackingNumber".to_owned(), json!(parcel.tracking_number));
        }
    }
    item.insert("dispatchDate".to_owned(), json!(sent_on));
    Some(Value::Object(item))
}

/// An item's refusal, by the documented table.
pub fn refusal(failed: &FailedItem) -> WriteAnswer {
    use WriteOutcome as Outcome;
    let (outcome, reason) = match failed.code.as_str() {
        // Also the answer to a repeat; whether it was ours, and under which number, a look decides.
        _ if is_state_refusal(failed) => (Outcome::Unclear, "PARCEL_STATE_CHANGED"),
        // Another package carries it. A repeat of ours would have been ignored, and the look before it shows what left.
        NUMBER_REUSED => (Outcome::RefusedFinal, "TRACKING_NUMBER_REUSED"),
        // "Other": says nothing about what was done.
        "9999" => (Outcome::Unclear, "CHANNEL_FAULT"),
        "100001" | "100003" | "101009" => (Outcome::RefusedFinal, "PARCEL_NOT_FOUND"),
        "104118" | "104119" => (Outcome::RefusedFinal, "CARRIER_UNKNOWN"),
        "104120" => (Outcome::RefusedFinal, "TRACKING_NUMBER_MISSING"),
        "104122" => (Outcome::RefusedFinal, "TRACKING_NUMBER_INVALID"),
        "104116" | "104117" => (Outcome::RefusedFinal, "DELIVERY_METHOD_REFUSED"),
        "104105" => (Outcome::RefusedFinal, "DUE_DATE_OUT_OF_RANGE"),
        // Goods in the channel's own warehouse leave by its own logistics.
        "101011" | "105308" => (Outcome::RefusedFinal, "CHANNEL_SHIPS_ITSELF"),
        "104417" => (Outcome::RefusedFinal, "CLAIM_STATE_CHANGED"),
        "104203" => (Outcome::RefusedFinal, NOT_CANCELLABLE),
        // In the table (bad request, duplicate id, e-coupons, hope dates, unchanged), or in none.
        _ => (Outcome::RefusedFinal, "CHANNEL_REFUSED"),
    };
    let (code, message) = (excerpt(&failed.code), excerpt(&failed.message));
    WriteAnswer::new(
        outcome,
        reason,
        format!("SmartStore refused with {code}: {message}"),
    )
}

/// What SmartStore would refuse, before it is asked.
pub fn refused(reason: &str, detail: impl Into<String>) -> WriteAnswer {
    WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail)
}

/// A call of one product order; many have no body.
pub fn told<'a>(path: &'a str, body: Option<&'a Value>) -> Call<'a> {
    Call {
        method: &Method::POST,
        path,
        query: "",
        body,
    }
}

/// The answer to a call of one product order.
pub fn item_answer(results: &Results, id: &str) -> WriteAnswer {
    let answer = match results.of(id) {
        Item::Succeeded => WriteAnswer::confirmed(),
        Item::Unmentioned => unmentioned(),
        Item::Failed(failed) => refusal(failed),
    };
    answer.with_evidence(results.evidence(id))
}

/// A refusal because of a state may be of a repeat: a look tells what is so now.
pub async fn settled<F>(
    session: &Session,
    answer: WriteAnswer,
    look: impl FnOnce() -> F,
) -> WriteAnswer
where
    F: Future<Output = Result<Trace, CallFailure>>,
{
    let by_state =
        answer.outcome == WriteOutcome::Unclear && answer.reason == "PARCEL_STATE_CHANGED";
    if !by_state {
        return answer;
    }
    let Ok(trace) = look().await else {
        return answer;
    };
    found(session, trace, answer.detail)
}

/// What a look means for a write that the channel does not take now; `detail` says why, when there is no trace of it.
pub fn found(session: &Session, trace: Trace, detail: String) -> WriteAnswer {
    let answer = match trace.finding {
        Finding::Happened => WriteAnswer::confirmed(),
        Finding::Clean => WriteAnswer {
            retry_at: Some(session.now() + RETRY_AFTER),
            ..WriteAnswer::new(WriteOutcome::RefusedLater, "NOT_NOW", detail)
        },
        Finding::Blocked { reason, detail } => {
            WriteAnswer::new(WriteOutcome::Blocked, reason, detail)
        }
        Finding::Conflict { reason, detail } => refused(reason, detail),
    };
    answer.with_evidence(trace.evidence)
}

pub fn whole_refusal(refusal: &Refusal) -> WriteAnswer {
    let evidence = json!({
        "http_status": refusal.http_status,
        "code": excerpt(&refusal.code),
        "message": refusal.message,
    });
    WriteAnswer::from_failure(&refusal.failure).with_evidence(evidence.to_string())
}

pub fn unmentioned() -> WriteAnswer {
    WriteAnswer::new(
        WriteOutcome::Unclear,
        "CHANNEL_MALFORMED_ANSWER",
        "the channel's answer does not mention this product order",
    )
}

pub fn post<'a>(path: &'a str, body: &'a Value) -> Call<'a> {
    Call {
        method: &Method::POST,
        path,
        query: "",
        body: Some(body),
    }
}

/// What an answer says of one item.
pub enum Item<'a> {
    Succeeded,
    Failed(&'a FailedItem),
    Unmentioned,
}

/// The results of one call.
pub struct Results {
    reply: Reply,
    succeeded: HashSet<String>,
    failed: HashMap<String, FailedItem>,
}

/// Reads a write's answer. What it did cannot be said when it cannot be read.
pub fn results(reply: Reply, body: &Value) -> Result<Results, Refusal> {
    let results = WriteResults::read(body).map_err(|error| malformed(&error))?;
    let failed = results.failed.into_iter();
    Ok(Results {
        reply,
        succeeded: results.succeeded.into_iter().collect(),
        failed: failed
            .map(|item| (item.product_order_id.clone(), item))
            .collect(),
    })
}

impl Results {
    fn failed(&self, id: &str) -> Option<&FailedItem> {
        self.failed.get(id)
    }

    /// An item in both lists failed.
    pub fn of(&self, id: &str) -> Item<'_> {
        match self.failed.get(id) {
            Some(failed) => Item::Failed(failed),
            None if self.succeeded.contains(id) => Item::Succeeded,
            None => Item::Unmentioned,
        }
    }

    pub fn evidence(&self, id: &str) -> String {
        json!({
            "http_status": self.reply.http_status,
            "sent_at": self.reply.sent_at,
            "answered_at": self.reply.answered_at,
            "code": self.failed.get(id).map(|failed| excerpt(&failed.code)),
        })
        .to_string()
    }
}

/// What is wrong with a tracking number before it is sent.
pub fn check_tracking(carrier: &str, tracking_number: &str) -> Result<(), WriteAnswer> {
    let refused =
        |reason, detail: String| WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail);
    match carriers::delivery(carrier) {
        None => {
            let known = carriers::KNOWN.join(", ");
            Err(refused(
                "CARRIER_UNKNOWN",
                format!("SmartStore has no carrier for this code; the codes are {known}"),
            ))
        }
        Some(Delivery::Direct) => Ok(()),
        Some(Delivery::Courier(courier)) => courier
            .check(tracking_number)
            .map_err(|detail| refused("TRACKING_NUMBER_INVALID", detail)),
    }
}

#[cfg(test)]
#[path = "writes_tests.rs"]
mod tests;
