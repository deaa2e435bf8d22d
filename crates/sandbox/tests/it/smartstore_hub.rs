//! A small client of SmartStore, independent of the sandbox's own code.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use reqwest::{Method, Response, StatusCode};
use sandbox::Config;
use serde_json::{Value, json};

use crate::hub::{Hub, now, read};

/// A sandbox with its SmartStore account, and the token it was given.
pub struct Store {
    pub hub: Hub,
    token: Mutex<String>,
    /// How far the world is ahead, in seconds.
    ahead: AtomicI64,
}

/// A time as SmartStore writes it.
pub fn wire(at: DateTime<Utc>) -> String {
    let kst = FixedOffset::east_opt(9 * 3600).unwrap();
    at.with_timezone(&kst)
        .format("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// The same inside a query.
pub fn encoded(at: DateTime<Utc>) -> String {
    wire(at).replace('+', "%2B").replace(':', "%3A")
}

/// `base64(bcrypt("<client_id>_<timestamp>", salt = client_secret))`. The secrets handed out are canonical salts.
pub fn sign(client_id: &str, secret: &str, millis: i64) -> String {
    let cost = secret[4..6].parse().unwrap();
    let alphabet = base64::alphabet::BCRYPT;
    let engine =
        base64::engine::GeneralPurpose::new(&alphabet, base64::engine::general_purpose::NO_PAD);
    let salt: [u8; 16] = engine.decode(&secret[7..]).unwrap().try_into().unwrap();
    let hash = bcrypt::hash_with_salt(format!("{client_id}_{millis}"), cost, salt).unwrap();
    STANDARD.encode(hash.format_for_version(bcrypt::Version::TwoA))
}

impl Store {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A sandbox whose limits are out of the way, as changed by `change`.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let hub = Hub::with(|config| {
            config.smartstore_calls_per_second = 10_000;
            change(config);
        })
        .await;
        let store = Self {
            hub,
            token: Mutex::new(String::new()),
            ahead: AtomicI64::new(0),
        };
        store.log_in().await;
        store
    }

    pub fn account(&self) -> &Value {
        &self.hub.accounts["smartstore"][0]
    }

    pub fn text(&self, name: &str) -> &str {
        self.account()[name].as_str().unwrap()
    }

    /// The form of a sound token call made at `millis`.
    pub fn form(&self, millis: i64) -> HashMap<&'static str, String> {
        let (id, secret) = (self.text("client_id"), self.text("client_secret"));
        HashMap::from([
            ("client_id", id.to_owned()),
            ("timestamp", millis.to_string()),
            ("grant_type", "client_credentials".to_owned()),
            ("client_secret_sign", sign(id, secret, millis)),
            ("type", "SELF".to_owned()),
        ])
    }

    pub async fn ask_token(&self, form: &HashMap<&'static str, String>) -> (StatusCode, Value) {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let url = format!(
            "{}/external/v1/oauth2/token",
            self.hub.running.smartstore_url
        );
        let request = self
            .hub
            .client
            .post(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        read(request.send().await.unwrap()).await
    }

    /// Gets a token and uses it from now on.
    pub async fn log_in(&self) -> String {
        let (status, body) = self.ask_token(&self.form(now().timestamp_millis())).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let token = body["access_token"].as_str().unwrap().to_owned();
        self.token.lock().unwrap().clone_from(&token);
        token
    }

    pub fn token(&self) -> String {
        self.token.lock().unwrap().clone()
    }

    /// A call with the token; `path` is what follows `/external`, query included.
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Response {
        let url = format!("{}/external{path}", self.hub.running.smartstore_url);
        let request = self
            .hub
            .client
            .request(method, url)
            .bearer_auth(self.token());
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        request.send().await.unwrap()
    }

    pub async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.send(method, path, body).await).await
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, Value::Null).await
    }

    /// A call of the order APIs; answers the data.
    pub async fn orders(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = self
            .call(method, &format!("/v1/pay-order/seller/{path}"), body)
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["data"].clone()
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = self.hub.control(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Switches of `PUT /control/smartstore`.
    pub async fn rules(&self, rules: Value) {
        self.control(Method::PUT, "smartstore", rules).await;
    }

    pub async fn advance(&self, seconds: i64) {
        let body = json!({"advance_seconds": seconds});
        self.control(Method::PUT, "clock", body).await;
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Places an order as told; answers its id and those of its product orders.
    pub async fn place(&self, wish: Value) -> (String, Vec<String>) {
        let mut wanted = json!({"channel": "smartstore"});
        wanted
            .as_object_mut()
            .unwrap()
            .extend(wish.as_object().unwrap().clone());
        let body = self.control(Method::POST, "orders", wanted).await;
        let order = &body["orders"][0];
        let ids = order["channel_parcel_ids"].as_array().unwrap();
        (
            order["channel_order_id"].as_str().unwrap().to_owned(),
            ids.iter()
                .map(|id| id.as_str().unwrap().to_owned())
                .collect(),
        )
    }

    /// A paid order of one physical good: its id, and that of its product order.
    pub async fn place_one(&self) -> (String, String) {
        let (order, ids) = self.place(json!({"kind": "physical", "lines": 1})).await;
        (order, ids[0].clone())
    }

    /// The same, confirmed.
    pub async fn confirmed(&self) -> (String, String) {
        let (order, id) = self.place_one().await;
        let data = self.confirm(&[&id]).await;
        assert_eq!(
            data["successProductOrderInfos"][0]["productOrderId"],
            json!(id)
        );
        (order, id)
    }

    /// The buyer of an order does something.
    pub async fn buyer(&self, order: &str, action: &str) -> Value {
        let path = format!("orders/smartstore/{order}/{action}");
        self.control(Method::POST, &path, Value::Null).await
    }

    pub async fn confirm(&self, ids: &[&str]) -> Value {
        let body = json!({"productOrderIds": ids});
        self.orders(Method::POST, "product-orders/confirm", body)
            .await
    }

    /// Sends one product order off with CJ대한통운.
    pub async fn dispatch(&self, id: &str, number: &str) -> Value {
        self.dispatch_as(json!({
            "productOrderId": id, "deliveryMethod": "DELIVERY", "deliveryCompanyCode": "CJGLS",
            "trackingNumber": number, "dispatchDate": wire(now()),
        }))
        .await
    }

    pub async fn dispatch_as(&self, item: Value) -> Value {
        let body = json!({"dispatchProductOrders": [item]});
        self.orders(Method::POST, "product-orders/dispatch", body)
            .await
    }

    /// The detail of one product order.
    pub async fn detail(&self, id: &str) -> Value {
        let body = json!({"productOrderIds": [id], "quantityClaimCompatibility": true});
        let data = self
            .orders(Method::POST, "product-orders/query", body)
            .await;
        data[0].clone()
    }

    /// All rows of the feed, from an hour before now to where the world's clock stands.
    pub async fn feed(&self) -> Vec<Value> {
        let end = now() + TimeDelta::seconds(self.ahead.load(Ordering::SeqCst));
        let mut from = now() - TimeDelta::hours(1);
        let mut rows: Vec<Value> = Vec::new();
        while from <= end {
            let query = format!("lastChangedFrom={}", encoded(from));
            for row in self.feed_from(&query).await {
                // The ends of two windows are the same moment.
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
            from += TimeDelta::hours(24);
        }
        rows
    }

    pub async fn feed_from(&self, query: &str) -> Vec<Value> {
        let path = format!("product-orders/last-changed-statuses?{query}");
        let data = self.orders(Method::GET, &path, Value::Null).await;
        data["lastChangeStatuses"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// The feed's only row of a product order.
    pub async fn row(&self, id: &str) -> Value {
        let rows = self.feed().await;
        let mut found = rows
            .into_iter()
            .filter(|row| row["productOrderId"] == json!(id));
        let row = found.next().unwrap_or(Value::Null);
        assert!(found.next().is_none(), "one row per product order");
        row
    }
}
