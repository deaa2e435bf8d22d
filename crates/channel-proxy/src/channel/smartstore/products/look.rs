//! Reading one product, and finding the goods behind it.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::goods::Goods;
use crate::channel::smartstore::calls::{Call, always, exchange};
use crate::channel::smartstore::errors::{Refusal, malformed};
use crate::channel::smartstore::token::Tokens;
use crate::channel::smartstore::wire::{self, bad};
use crate::channel::{Reply, Session};
use crate::domain::buckets::Bucket;
use crate::domain::facts::Read;
use crate::domain::failure::{CallFailure, FailureKind, Reach};
use crate::domain::quota::CallClass;

const SEARCH: Bucket = Bucket("products/search");
const READ: Bucket = Bucket("products/channel-products");

/// Whoever asks, and by when.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    pub tokens: &'a Tokens,
    pub session: &'a Session,
    pub class: CallClass,
    pub deadline: Instant,
}

impl Asker<'_> {
    pub async fn call(self, bucket: Bucket, call: Call<'_>) -> Result<(Reply, Value), Refusal> {
        let slot = self
            .session
            .slot_in(bucket, self.class, self.deadline)
            .await?;
        exchange(
            self.tokens,
            self.session,
            slot,
            call,
            self.deadline,
            &always,
        )
        .await
    }

    /// A page of the search.
    pub async fn search(self, body: &Value) -> Result<(Reply, Value), Refusal> {
        let call = Call {
            method: &Method::POST,
            path: "/v1/products/search",
            query: "",
            body: Some(body),
        };
        self.call(SEARCH, call).await
    }

    /// The number of the goods behind a listing; nothing when the channel does not know it.
    pub async fn origin_no(self, channel_product_no: &str) -> Result<Option<String>, Refusal> {
        let wanted: u64 = channel_product_no.parse().unwrap_or_default();
        let body = json!({
            "searchKeywordType": "CHANNEL_PRODUCT_NO",
            "channelProductNos": [wanted],
            "page": 1,
            "size": 1,
        });
        let (_, body) = self.search(&body).await?;
        let is_it = |row: &&Value| {
            let products = row.get("channelProducts").and_then(Value::as_array);
            let mut products = products.into_iter().flatten();
            products.any(|product| wire::text(product, "channelProductNo") == channel_product_no)
        };
        let Some(row) = contents(&body)?.iter().find(is_it) else {
            return Ok(None);
        };
        let origin = wire::id(row, "originProductNo").map_err(|error| malformed(&error))?;
        Ok(Some(origin))
    }

    /// A product's page; nothing when the channel does not know it.
    pub async fn goods(self, channel_product_no: &str) -> Result<Sight, Refusal> {
        let path = format!("/v2/products/channel-products/{channel_product_no}");
        let call = Call {
            method: &Method::GET,
            path: &path,
            query: "",
            body: None,
        };
        match self.call(READ, call).await {
            Ok((reply, body)) => Ok(Sight {
                goods: Some(Goods::read(&body).map_err(|error| malformed(&error))?),
                read: Read {
                    what: "channel_product",
                    sent_at: reply.sent_at,
                    sent: reply.sent,
                    answered_at: reply.answered_at,
                    http_status: reply.http_status,
                },
                raw: reply.body,
            }),
            Err(refusal) if refusal.http_status == Some(404) && refusal.code == "NOT_FOUND" => {
                Ok(Sight {
                    goods: None,
                    read: Read {
                        what: "channel_product",
                        sent_at: self.session.now(),
                        sent: Instant::now().into_std(),
                        answered_at: self.session.now(),
                        http_status: 404,
                    },
                    raw: bytes::Bytes::new(),
                })
            }
            Err(refusal) => Err(refusal),
        }
    }
}

/// A product as a look found it.
pub struct Sight {
    pub goods: Option<Goods>,
    pub read: Read,
    /// The body exactly as received; empty when there is nothing.
    pub raw: bytes::Bytes,
}

/// The rows of a search.
pub fn contents(body: &Value) -> Result<&[Value], CallFailure> {
    match body.get("contents") {
        Some(Value::Array(rows)) => Ok(rows),
        _ => Err(malformed(&bad("contents", "is no array"))),
    }
}

/// A write whose reads failed did nothing.
pub fn nothing_done(refusal: Refusal) -> Refusal {
    Refusal {
        failure: CallFailure {
            reach: Reach::NoEffect,
            kind: match refusal.failure.kind {
                // A read that says no for good is not the write's own refusal.
                FailureKind::Refused => FailureKind::Fault,
                kind => kind,
            },
            ..refusal.failure
        },
        ..refusal
    }
}
