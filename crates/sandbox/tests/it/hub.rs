//! A small client of everything the sandbox plays, independent of the sandbox's own code.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use sandbox::{Config, Running};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A running sandbox, the client, and the accounts it handed out.
pub struct Hub {
    pub running: Running,
    pub client: Client,
    pub accounts: Value,
}

pub fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// HMAC-SHA256 by its definition (RFC 2104), in lower-case hexadecimal digits.
pub fn hmac_hex(key: &str, message: &str) -> String {
    let mut block = [0_u8; 64];
    assert!(key.len() <= 64, "no key used here is longer than a block");
    block[..key.len()].copy_from_slice(key.as_bytes());
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    hex::encode(
        Sha256::new()
            .chain_update(pad(0x5c))
            .chain_update(inner)
            .finalize(),
    )
}

impl Hub {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A sandbox with a quota out of the way, as changed by `change`.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            coupang_calls_per_second: 10_000,
            ..Config::on_free_ports()
        };
        change(&mut config);
        let running = sandbox::start(config).await.unwrap();
        let client = Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        let url = format!("{}/control/accounts", running.control_url);
        let accounts = client.get(url).send().await.unwrap().json().await.unwrap();
        Self {
            running,
            client,
            accounts,
        }
    }

    pub fn vendor(&self) -> &str {
        self.accounts["coupang"][0]["vendor_id"].as_str().unwrap()
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/control/{path}", self.running.control_url);
        let request = self.client.request(method, url);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        read(request.send().await.unwrap()).await
    }

    pub async fn verdict(&self) -> Value {
        self.control(Method::GET, "verdict", Value::Null).await.1
    }

    pub async fn ledger(&self) -> Vec<Value> {
        let (_, body) = self.control(Method::GET, "ledger", Value::Null).await;
        body["entries"].as_array().unwrap().clone()
    }

    /// Places orders; answers (order id, parcel ids) of each.
    pub async fn place(&self, body: Value) -> Vec<(String, Vec<String>)> {
        let mut wanted = json!({"channel": "coupang"});
        wanted
            .as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        let (status, body) = self.control(Method::POST, "orders", wanted).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let ids = |order: &Value| {
            order["channel_parcel_ids"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect()
        };
        let orders = body["orders"].as_array().unwrap();
        orders
            .iter()
            .map(|order| (text(&order["channel_order_id"]), ids(order)))
            .collect()
    }

    /// One physical order of one line: (order id, parcel id).
    pub async fn place_one(&self) -> (i64, i64) {
        let orders = self.place(json!({"kind": "physical", "lines": 1})).await;
        (
            orders[0].0.parse().unwrap(),
            orders[0].1[0].parse().unwrap(),
        )
    }

    pub async fn cancel(&self, order: i64) -> Value {
        let path = format!("orders/coupang/{order}/cancel");
        let (status, body) = self.control(Method::POST, &path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// A signed call; `path` is what follows `/apis/api/`, query included.
    pub fn coupang_request(&self, method: Method, path: &str) -> RequestBuilder {
        self.provider_request("openapi", method, path)
    }

    /// The same for any of the API's providers.
    pub fn provider_request(&self, provider: &str, method: Method, path: &str) -> RequestBuilder {
        let account = &self.accounts["coupang"][0];
        let (key, secret) = (
            account["access_key"].as_str().unwrap(),
            account["secret_key"].as_str().unwrap(),
        );
        let target = format!("/v2/providers/{provider}/apis/api/{path}");
        let header = cea(key, secret, now(), &method, &target);
        let url = format!("{}{target}", self.running.coupang_url);
        let request = self
            .client
            .request(method, url)
            .header("Authorization", header);
        request
            .header("X-Requested-By", self.vendor())
            .header("X-MARKET", "KR")
    }

    /// `{v}` in the path stands for `vendors/` and the vendor.
    pub async fn coupang(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let path = path.replace("{v}", &format!("vendors/{}", self.vendor()));
        let request = self.coupang_request(method, &path);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        read(request.send().await.unwrap()).await
    }

    /// A call to the product API; `path` is what follows `marketplace/`.
    pub async fn goods(&self, method: Method, path: &str) -> (StatusCode, Value) {
        let path = format!("v1/marketplace/{path}");
        let request = self.provider_request("seller_api", method, &path);
        read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.coupang(Method::GET, path, Value::Null).await
    }

    pub async fn acknowledge(&self, parcels: &[i64]) -> Value {
        let body = json!({"vendorId": self.vendor(), "shipmentBoxIds": parcels});
        let (status, body) = self
            .coupang(Method::PUT, "v4/{v}/ordersheets/acknowledgement", body)
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// The entry of an upload for a parcel of one line.
    pub async fn dto(&self, order: i64, parcel: i64, carrier: &str, number: &str) -> Value {
        let (_, body) = self
            .control(Method::GET, &format!("orders/coupang/{order}"), Value::Null)
            .await;
        let parcels = body["parcels"].as_array().unwrap();
        let found = parcels
            .iter()
            .find(|row| row["channel_parcel_id"] == json!(parcel.to_string()))
            .unwrap();
        json!({
            "shipmentBoxId": parcel, "orderId": order, "vendorItemId": found["lines"][0]["vendor_item_id"],
            "deliveryCompanyCode": carrier, "invoiceNumber": number, "splitShipping": false,
            "preSplitShipped": false, "estimatedShippingDate": "",
        })
    }

    pub async fn upload(&self, dtos: Vec<Value>) -> (StatusCode, Value) {
        let body = json!({"vendorId": self.vendor(), "orderSheetInvoiceApplyDtos": dtos});
        self.coupang(Method::POST, "v4/{v}/orders/invoices", body)
            .await
    }

    /// Looks at the parcel and dispatches it; answers the result of that parcel.
    pub async fn look_and_dispatch(&self, order: i64, parcel: i64, number: &str) -> Value {
        self.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
        let (status, body) = self
            .upload(vec![self.dto(order, parcel, "CJGLS", number).await])
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["data"]["responseList"][0].clone()
    }

    /// An acknowledged order of one line: (order id, parcel id).
    pub async fn instructed(&self) -> (i64, i64) {
        let (order, parcel) = self.place_one().await;
        assert_eq!(self.acknowledge(&[parcel]).await["data"]["responseCode"], 0);
        (order, parcel)
    }

    /// An order of one line that arrived: (order id, parcel id).
    pub async fn delivered(&self, number: &str) -> (i64, i64) {
        let (order, parcel) = self.instructed().await;
        assert_eq!(
            self.look_and_dispatch(order, parcel, number).await["resultCode"],
            "OK"
        );
        self.control(Method::PUT, "clock", json!({"advance_seconds": 90_000}))
            .await;
        eventually(async || {
            let (_, sheet) = self.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
            (sheet["data"]["status"] == "FINAL_DELIVERY").then_some(())
        })
        .await;
        (order, parcel)
    }

    /// Something a buyer does with an order.
    pub async fn buyer(&self, order: i64, action: &str, body: Value) -> Value {
        let path = format!("orders/coupang/{order}/{action}");
        let (status, body) = self.control(Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// An order sheet.
    pub async fn sheet(&self, parcel: i64) -> Value {
        self.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await.1["data"].clone()
    }

    /// A physical order of several lines in one parcel: (order id, parcel id).
    pub async fn place_bundle(&self) -> (i64, i64) {
        loop {
            let orders = self.place(json!({"kind": "physical", "lines": 2})).await;
            if let [only] = orders[0].1.as_slice() {
                return (orders[0].0.parse().unwrap(), only.parse().unwrap());
            }
        }
    }

    /// The returns of the last and coming days, of the world's time, under a filter.
    pub async fn receipts(&self, filter: &str) -> Vec<Value> {
        let (status, body) = self
            .get(&format!("v6/{{v}}/returnRequests?{}&{filter}", around()))
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["data"].as_array().unwrap().clone()
    }

    /// A signed SOLAPI call.
    pub fn solapi_request(&self, method: Method, path: &str) -> RequestBuilder {
        let account = &self.accounts["solapi"][0];
        let (key, secret) = (
            account["api_key"].as_str().unwrap(),
            account["api_secret"].as_str().unwrap(),
        );
        let (date, salt) = (
            now().to_rfc3339(),
            uuid::Uuid::new_v4().simple().to_string(),
        );
        let signature = hmac_hex(secret, &format!("{date}{salt}"));
        let header =
            format!("HMAC-SHA256 ApiKey={key}, Date={date}, salt={salt}, signature={signature}");
        let url = format!("{}/{path}", self.running.solapi_url);
        self.client
            .request(method, url)
            .header("Authorization", header)
    }

    pub async fn solapi(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.solapi_request(method, path);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        read(request.send().await.unwrap()).await
    }

    pub fn sender(&self) -> &str {
        self.accounts["solapi"][0]["from"].as_str().unwrap()
    }
}

/// The `Authorization` header of a Coupang call to `target` (path and query).
pub fn cea(key: &str, secret: &str, at: DateTime<Utc>, method: &Method, target: &str) -> String {
    let date = at.format("%y%m%dT%H%M%SZ").to_string();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let signature = hmac_hex(secret, &format!("{date}{method}{path}{query}"));
    format!("CEA algorithm=HmacSHA256, access-key={key}, signed-date={date}, signature={signature}")
}

pub async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

fn kst(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&FixedOffset::east_opt(9 * 3600).unwrap())
}

/// The window of today in Korea, for daily lists of v5.
pub fn today() -> String {
    let day = kst(now()).format("%Y-%m-%d");
    // A test that runs over midnight still finds what it placed before.
    let before = (kst(now()) - TimeDelta::days(1)).format("%Y-%m-%d");
    format!("createdAtFrom={before}%2B09:00&createdAtTo={day}%2B09:00")
}

/// From yesterday to four weeks ahead, for worlds whose clock was moved.
pub fn around() -> String {
    let day = |days| {
        (kst(now()) + TimeDelta::days(days))
            .format("%Y-%m-%d")
            .to_string()
    };
    format!(
        "createdAtFrom={}%2B09:00&createdAtTo={}%2B09:00",
        day(-1),
        day(28)
    )
}

/// From yesterday to five days ahead, to the second.
pub fn week() -> String {
    let at = |days| {
        (kst(now()) + TimeDelta::days(days))
            .format("%Y-%m-%dT%H:%M:%S")
            .to_string()
    };
    format!("createdAtFrom={}&createdAtTo={}", at(-1), at(5))
}

/// The last ten minutes, for minute windows.
pub fn lately() -> String {
    let minute = |at| kst(at).format("%Y-%m-%dT%H:%M");
    let (from, to) = (
        minute(now() - TimeDelta::minutes(10)),
        minute(now() + TimeDelta::minutes(1)),
    );
    format!("createdAtFrom={from}%2B09:00&createdAtTo={to}%2B09:00&searchType=timeFrame")
}

/// Asks again until the answer is right, for at most five seconds.
pub async fn eventually<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "it did not happen within five seconds"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
