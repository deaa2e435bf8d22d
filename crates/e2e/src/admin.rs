//! An operator at the admin gateway, by HTTP alone.

use std::path::Path;

use anyhow::{Context, Result, bail};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answers::{
    ChannelAccount, Effect, Entitlement, Order, Problem, Shipment, TimelineEntry,
};
use crate::sandbox::client;

/// A logged-in operator.
#[derive(Clone)]
pub struct Admin {
    http: reqwest::Client,
    url: String,
    cookie: String,
    /// The business the operator works for.
    pub merchant_id: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The media type.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// A parcel to be packed: every line of an order, unless told otherwise.
#[derive(Debug, Clone, Copy)]
pub struct NewShipment<'a> {
    /// What goes in.
    pub order: &'a Order,
    /// Carrier code.
    pub carrier: &'a str,
    /// The waybill's number.
    pub tracking_number: &'a str,
}

#[derive(Deserialize)]
struct Session {
    merchant: Merchant,
}

#[derive(Deserialize)]
struct Merchant {
    id: String,
}

impl Answer {
    pub(crate) async fn read(answer: reqwest::Response) -> Result<Self> {
        let header = |name| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let content_type = header("content-type").unwrap_or_default().to_owned();
        Ok(Self {
            status: answer.status(),
            content_type,
            body: answer.text().await?,
        })
    }

    /// The answer to a request that must succeed.
    pub fn ok<T: DeserializeOwned>(self) -> Result<T> {
        if !self.status.is_success() {
            bail!("refused with {}: {}", self.status, self.body);
        }
        serde_json::from_str(&self.body)
            .with_context(|| format!("an unexpected answer: {}", self.body))
    }

    /// The refusal of a request that must fail; it must be a problem document that agrees with the status.
    pub fn problem(self) -> Result<Problem> {
        if self.status.is_success() {
            bail!(
                "taken with {}, though it should have been refused: {}",
                self.status,
                self.body
            );
        }
        if self.content_type != "application/problem+json" {
            bail!(
                "refused with {} as {}: {}",
                self.status,
                self.content_type,
                self.body
            );
        }
        let problem: Problem = serde_json::from_str(&self.body)
            .with_context(|| format!("no problem document: {}", self.body))?;
        if problem.status != self.status.as_u16()
            || problem.kind != format!("urn:moa:problem:{}", problem.reason)
        {
            bail!(
                "the problem document disagrees with itself or its status {}: {}",
                self.status,
                self.body
            );
        }
        Ok(problem)
    }
}

impl Admin {
    /// Logs in with what the first start wrote down.
    pub async fn log_in(url: &str, login: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(login)
            .with_context(|| format!("{} cannot be read", login.display()))?;
        let http = client()?;
        let request = http
            .post(format!("{url}/api/v1/session"))
            .header("content-type", "application/json")
            .body(text);
        let answer = request.send().await?;
        let cookie = first_cookie(&answer)?;
        let session: Session = Answer::read(answer).await?.ok()?;
        Ok(Self {
            http,
            url: url.to_owned(),
            cookie,
            merchant_id: session.merchant.id,
        })
    }

    /// Any request.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .header("cookie", &self.cookie);
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::read(request.send().await?).await
    }

    /// Reads.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send(Method::GET, path, None).await?.ok()
    }

    /// Does something, and gives back what the gateway says of it.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// The same under an `Idempotency-Key`, so that it may be repeated when the answer was lost.
    pub async fn post_once(&self, key: &str, path: &str, body: &Value) -> Result<Answer> {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .header("cookie", &self.cookie);
        Answer::read(
            request
                .header("idempotency-key", key)
                .json(body)
                .send()
                .await?,
        )
        .await
    }

    /// Every element of a list, page by page.
    pub async fn all<T: DeserializeOwned>(&self, path: &str, member: &str) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let mut page: Value = self
                .get(&format!("{path}{sign}page_size=100&page_token={token}"))
                .await?;
            let rows = page
                .get_mut(member)
                .map(Value::take)
                .with_context(|| format!("{path} answers no {member}"))?;
            all.extend(serde_json::from_value::<Vec<T>>(rows)?);
            token = page
                .get("next_page_token")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            if token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Every order on the board.
    pub async fn orders(&self) -> Result<Vec<Order>> {
        self.all("/api/v1/orders", "orders").await
    }

    /// Every order on the board in a state.
    pub async fn orders_in(&self, state: &str) -> Result<Vec<Order>> {
        self.all(&format!("/api/v1/orders?state={state}"), "orders")
            .await
    }

    /// One order, by the channel's number.
    pub async fn order(&self, channel_order_id: &str) -> Result<Option<Order>> {
        let found: Vec<Order> = self
            .all(&format!("/api/v1/orders?q={channel_order_id}"), "orders")
            .await?;
        Ok(found
            .into_iter()
            .find(|order| order.channel_order_id == channel_order_id))
    }

    /// What happened to an order.
    pub async fn timeline(&self, order_id: &str) -> Result<Vec<TimelineEntry>> {
        let mut answer: Value = self
            .get(&format!("/api/v1/orders/{order_id}/timeline"))
            .await?;
        let entries = answer
            .get_mut("entries")
            .map(Value::take)
            .context("the timeline has no entries")?;
        Ok(serde_json::from_value(entries)?)
    }

    /// Packs a parcel; refused or not.
    pub async fn try_ship(&self, new: NewShipment<'_>) -> Result<Answer> {
        self.post("/api/v1/shipments", &new.body()).await
    }

    /// Packs all of an order under a tracking number.
    pub async fn ship(&self, order: &Order, tracking_number: &str) -> Result<Shipment> {
        self.try_ship(NewShipment {
            order,
            carrier: "CJ_LOGISTICS",
            tracking_number,
        })
        .await?
        .ok()
    }

    /// Sends a parcel off.
    pub async fn dispatch(&self, shipment_id: &str) -> Result<Shipment> {
        self.post(
            &format!("/api/v1/shipments/{shipment_id}/dispatch"),
            &json!({}),
        )
        .await?
        .ok()
    }

    /// A parcel.
    pub async fn shipment(&self, shipment_id: &str) -> Result<Shipment> {
        self.get(&format!("/api/v1/shipments/{shipment_id}")).await
    }

    /// Every parcel.
    pub async fn shipments(&self) -> Result<Vec<Shipment>> {
        self.all("/api/v1/shipments", "shipments").await
    }

    /// Everything that left or shall leave the house.
    pub async fn effects(&self) -> Result<Vec<Effect>> {
        self.all("/api/v1/effects", "effects").await
    }

    /// The same, in a state.
    pub async fn effects_in(&self, state: &str) -> Result<Vec<Effect>> {
        self.all(&format!("/api/v1/effects?state={state}"), "effects")
            .await
    }

    /// What was granted for an order's digital lines.
    pub async fn entitlements(&self, order_id: &str) -> Result<Vec<Entitlement>> {
        self.all(
            &format!("/api/v1/entitlements?order_id={order_id}"),
            "entitlements",
        )
        .await
    }

    /// The log-ins at the channels.
    pub async fn channel_accounts(&self) -> Result<Vec<ChannelAccount>> {
        let mut answer: Value = self.get("/api/v1/channel-accounts").await?;
        let accounts = answer
            .get_mut("channel_accounts")
            .map(Value::take)
            .context("no channel accounts")?;
        Ok(serde_json::from_value(accounts)?)
    }

    /// How many listings have a variant.
    pub async fn mapped_listings(&self) -> Result<usize> {
        let listings: Vec<Value> = self.all("/api/v1/listings", "listings").await?;
        Ok(listings
            .iter()
            .filter(|listing| listing.get("variant_id").is_some_and(Value::is_string))
            .count())
    }
}

impl NewShipment<'_> {
    /// The request's body.
    pub fn body(&self) -> Value {
        let lines: Vec<Value> = self
            .order
            .lines
            .iter()
            .map(|line| json!({"line_id": line.id, "quantity": line.quantity}))
            .collect();
        json!({
            "order_id": self.order.id,
            "lines": lines,
            "carrier": self.carrier,
            "tracking_number": self.tracking_number,
        })
    }
}

/// The cookie that an answer sets, as it is sent back.
pub(crate) fn first_cookie(answer: &reqwest::Response) -> Result<String> {
    let cookie = answer
        .headers()
        .get("set-cookie")
        .and_then(|value| value.to_str().ok());
    let pair = cookie.and_then(|cookie| cookie.split(';').next());
    let status = answer.status();
    Ok(pair
        .with_context(|| format!("no cookie was set; the status is {status}"))?
        .to_owned())
}
