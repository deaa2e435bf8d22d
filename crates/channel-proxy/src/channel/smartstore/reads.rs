//! What is read of SmartStore beside the lists of orders: single claims, whole orders, a product order's way.

use async_trait::async_trait;
use reqwest::Method;
use serde_json::Value;

use super::calls::{Call, always, exchange};
use super::claims::{claims, product_order_of};
use super::errors::malformed;
use super::lists::{detail_of, query_details, raw};
use super::windows::encoded;
use super::wire::{self, Detail};
use super::{SmartStore, buckets, map};
use crate::channel::{
    Claims, FetchError, History, ParcelEvent, Parcels, ReadQuery, Session, Single,
};
use crate::domain::buckets::Bucket;
use crate::domain::claim::ChannelClaim;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::operation::ClaimRef;
use crate::domain::order::{ChannelOrder, LineState, RejectedRow};

/// Where reading an order's ids is counted.
const IDS: Bucket = Bucket("orders/product-order-ids");
/// Product orders of one order, at most: one query.
const MOST: usize = super::lists::PAGE;

#[async_trait]
impl Claims for SmartStore {
    async fn fetch_claim(
        &self,
        session: &Session,
        query: &ReadQuery<ClaimRef>,
    ) -> Result<Single<ChannelClaim>, FetchError> {
        let id = product_order_of(&query.what.channel_claim_id);
        let slot = session
            .slot_in(buckets::QUERY, query.class, query.deadline)
            .await?;
        let details = query_details(&self.tokens, session, slot, &[id], query.deadline).await?;
        let (body, reply) = (&details.1, &details.0);
        let named = |claim: &ChannelClaim| claim.channel_claim_id == query.what.channel_claim_id;
        let detail = detail_of(body, id)?;
        let shown = detail.map(|detail| claims(&detail, reply.sent_at));
        let shown = shown.transpose().map_err(|error| malformed(&error))?;
        Ok(Single {
            found: shown.into_iter().flatten().find(named),
            raw: raw(Some(body)),
            read_at: reply.sent_at,
        })
    }
}

#[async_trait]
impl Parcels for SmartStore {
    async fn fetch_order(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<(Single<ChannelOrder>, Vec<RejectedRow>), FetchError> {
        let order_id = &query.what;
        let path = format!(
            "/v1/pay-order/seller/orders/{}/product-order-ids",
            encoded(order_id)
        );
        let slot = session.slot_in(IDS, query.class, query.deadline).await?;
        let call = Call {
            method: &Method::GET,
            path: &path,
            query: "",
            body: None,
        };
        let asked = exchange(&self.tokens, session, slot, call, query.deadline, &always).await;
        let (reply, body) = match asked {
            Ok(answered) => answered,
            // No such order of this seller.
            Err(refusal) if matches!(refusal.code.as_str(), "100003" | "100001" | "101009") => {
                let nothing = Single {
                    raw: bytes::Bytes::new(),
                    found: None,
                    read_at: session.now(),
                };
                return Ok((nothing, Vec::new()));
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let ids = ids(&body)?;
        if ids.is_empty() {
            let nothing = Single {
                raw: bytes::Bytes::new(),
                found: None,
                read_at: reply.sent_at,
            };
            return Ok((nothing, Vec::new()));
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let slot = session
            .slot_in(buckets::QUERY, query.class, query.deadline)
            .await?;
        let (reply, body) =
            query_details(&self.tokens, session, slot, &ids, query.deadline).await?;
        let parsed = map::orders(&body, reply.sent_at).map_err(|error| malformed(&error))?;
        let is_it = |order: &ChannelOrder| order.channel_order_id == *order_id;
        let single = Single {
            found: parsed.orders.into_iter().find(is_it),
            raw: raw(Some(&body)),
            read_at: reply.sent_at,
        };
        Ok((single, parsed.rejected))
    }

    /// The detail names a time for each step it knows of.
    async fn fetch_history(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<History, FetchError> {
        let slot = session
            .slot_in(buckets::QUERY, query.class, query.deadline)
            .await?;
        let id = query.what.as_str();
        let (reply, body) =
            query_details(&self.tokens, session, slot, &[id], query.deadline).await?;
        let detail = detail_of(&body, id)?.ok_or_else(|| {
            CallFailure::without_effect(
                FailureKind::Refused,
                "the channel does not show this product order to this account",
            )
        })?;
        Ok(History {
            raw: raw(Some(&body)),
            events: events(&detail),
            read_at: reply.sent_at,
        })
    }
}

pub fn ids(body: &Value) -> Result<Vec<String>, CallFailure> {
    let ids = match body.get("data") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(ids)) if ids.len() <= MOST => ids,
        Some(_) => {
            return Err(malformed(&wire::bad(
                "data",
                "is no list of at most 300 ids",
            )));
        }
    };
    let texts = ids.iter().map(|id| id.as_str().map(str::to_owned));
    let texts: Option<Vec<String>> = texts.collect();
    texts.ok_or_else(|| malformed(&wire::bad("data", "holds an id that is no text")))
}

/// Newest first.
pub fn events(detail: &Detail) -> Vec<ParcelEvent> {
    let product = &detail.product;
    let steps = [
        (LineState::Placed, detail.order.payment_date),
        (LineState::Acknowledged, product.place_order_date),
        (LineState::Dispatched, detail.delivery.sent_at),
        (LineState::Delivered, detail.delivery.delivered_at),
        (LineState::Confirmed, product.decision_date),
    ];
    let mut events: Vec<ParcelEvent> = steps
        .into_iter()
        .filter(|(_, at)| at.is_some())
        .map(|(state, at)| ParcelEvent { state, at })
        .collect();
    let now = map::state(product);
    if !events.iter().any(|event| event.state == now) {
        events.push(ParcelEvent {
            state: now,
            at: None,
        });
    }
    events.reverse();
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_order_s_way_is_told_newest_first() {
        let page: Value = serde_json::from_str(include_str!("fixtures/details.json")).unwrap();
        let way = |index: usize| {
            let detail = Detail::read(&page["data"][index]).unwrap();
            let events = events(&detail).into_iter();
            events.map(|event| event.state).collect::<Vec<_>>()
        };
        assert_eq!(way(0), [LineState::Placed]);
        assert_eq!(way(2), [LineState::Dispatched, LineState::Placed]);
        assert_eq!(way(4), [LineState::Cancelled, LineState::Placed]);
    }
}
