//! A stage with a SmartStore account.

use std::time::Duration;

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, timestamp};
use serde_json::{Value, json};
use sqlx::PgPool;
use tonic::Status;

use crate::support::{Parcel, Stage};

/// The sandbox's SmartStore, an account registered for it, and its callers.
pub struct Store {
    pub stage: Stage,
    pub account: String,
}

impl Store {
    /// A store whose limits are out of the way.
    pub async fn open(pool: &PgPool) -> Self {
        Self::open_at(pool, 50).await
    }

    /// A store that allows so many calls a second at each API.
    pub async fn open_at(pool: &PgPool, calls_per_second: u32) -> Self {
        Self::open_with(pool, calls_per_second, 1).await
    }

    /// The same beside other applications.
    pub async fn open_with(pool: &PgPool, calls_per_second: u32, applications: u32) -> Self {
        let stage = Stage::set_by(pool, Clock::system(), |config| {
            config.accounts = applications;
            config.smartstore_calls_per_second = calls_per_second;
            config.coupang_calls_per_second = 50;
        })
        .await;
        let mut store = Self {
            stage,
            account: String::new(),
        };
        store.account = store.register(|_| {}).await.unwrap();
        store
    }

    /// Registers the sandbox's account, as `change` makes it.
    pub async fn register(
        &mut self,
        change: impl FnOnce(&mut pb::SmartStoreCredentials),
    ) -> Result<String, Status> {
        self.register_application(0, change).await
    }

    /// The same of another application.
    pub async fn register_application(
        &mut self,
        application: usize,
        change: impl FnOnce(&mut pb::SmartStoreCredentials),
    ) -> Result<String, Status> {
        let accounts = self.stage.get("/control/accounts").await;
        let account = &accounts["smartstore"][application];
        let text = |field: &str| account[field].as_str().unwrap().to_owned();
        let mut credentials = pb::SmartStoreCredentials {
            client_id: text("client_id"),
            client_secret: text("client_secret"),
            account_type: pb::SmartStoreAccountType::Self_.into(),
            account_id: String::new(),
        };
        change(&mut credentials);
        let request = pb::RegisterChannelAccountRequest {
            merchant_id: self.stage.merchant_id.to_string(),
            request_id: format!("smartstore {application} {}", credentials.account_id),
            name: "스마트스토어 본점".to_owned(),
            base_url: text("base_url"),
            quota_per_second: i32::try_from(account["calls_per_second"].as_i64().unwrap()).unwrap(),
            credentials: Some(pb::Credentials {
                channel: Some(pb::credentials::Channel::Smartstore(credentials)),
            }),
        };
        let response = self.stage.admin.register_channel_account(request).await?;
        let account = response.into_inner().channel_account.unwrap();
        assert_eq!(account.channel, "smartstore");
        Ok(account.channel_account_id)
    }

    pub async fn get_account(&mut self) -> pb::ChannelAccount {
        let request = pb::GetChannelAccountRequest {
            merchant_id: self.stage.merchant_id.to_string(),
            channel_account_id: self.account.clone(),
        };
        let response = self.stage.admin.get_channel_account(request).await.unwrap();
        response.into_inner().channel_account.unwrap()
    }

    pub async fn test(&mut self, account: &str) -> pb::ChannelAccountTest {
        let request = pb::TestChannelAccountRequest {
            merchant_id: self.stage.merchant_id.to_string(),
            channel_account_id: account.to_owned(),
        };
        let response = self.stage.admin.test_channel_account(request).await;
        response.unwrap().into_inner().test.unwrap()
    }

    /// Buys; the order's id and those of its product orders, sorted.
    pub async fn place(&self, wish: Value) -> (String, Vec<String>) {
        let mut body = json!({"channel": "smartstore"});
        let fields = wish.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        let placed = self.stage.post("/control/orders", body).await;
        let order = &placed["orders"][0];
        let ids = order["channel_parcel_ids"].as_array().unwrap().iter();
        let mut ids: Vec<String> = ids.map(|id| id.as_str().unwrap().to_owned()).collect();
        ids.sort();
        (order["channel_order_id"].as_str().unwrap().to_owned(), ids)
    }

    /// The buyer of an order does something.
    pub async fn buyer(&self, order_id: &str, action: &str) -> Value {
        let path = format!("/control/orders/smartstore/{order_id}/{action}");
        self.stage.post(&path, json!({})).await
    }

    /// Asks the operator's desk for something.
    pub async fn control(&self, what: &str) -> Value {
        self.stage
            .post(&format!("/control/{what}"), json!({}))
            .await
    }

    /// Switches of the sandbox's SmartStore.
    pub async fn rules(&self, rules: Value) {
        let url = format!("{}/control/smartstore", self.stage.sandbox.control_url);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.put(url).json(&rules).timeout(Duration::from_secs(5));
        let answer = request.send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
    }

    pub fn changes_request(&self) -> pb::FetchOrdersRequest {
        self.stage
            .orders_request(&self.account, pb::LineState::Unspecified)
    }

    /// Every order that changed in the last minutes.
    pub async fn changes(&mut self) -> Vec<pb::ChannelOrder> {
        let request = self.changes_request();
        let pages = self.stage.fetch_all(request).await.unwrap();
        for page in &pages {
            assert!(page.rejected_rows.is_empty(), "{:?}", page.rejected_rows);
        }
        pages.into_iter().flat_map(|page| page.orders).collect()
    }

    /// Every claim that changed in the last minutes.
    pub async fn claims(&mut self) -> Vec<pb::ChannelClaim> {
        let now = Clock::system().now();
        let request = pb::FetchClaimsRequest {
            merchant_id: self.stage.merchant_id.to_string(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            from: Some(timestamp(now - TimeDelta::minutes(5))),
            to: Some(timestamp(now + TimeDelta::minutes(1))),
            page_token: String::new(),
            lists: Vec::new(),
        };
        let response = self.stage.order_sync.fetch_claims(request).await.unwrap();
        response.into_inner().claims
    }

    /// The parcels of an order, each with its one line.
    pub fn parcels_of(&self, order: &pb::ChannelOrder) -> Vec<Parcel> {
        let parcels = order.lines.iter().map(|line| Parcel {
            channel_order_id: order.channel_order_id.clone(),
            channel_parcel_id: line.channel_parcel_id.clone(),
            lines: vec![pb::InspectLine {
                channel_line_id: line.channel_line_id.clone(),
                quantity: line.quantity,
            }],
        });
        parcels.collect()
    }

    pub async fn acknowledge(&mut self, items: Vec<pb::AcknowledgeItem>) -> Vec<pb::WriteResult> {
        let account = self.account.clone();
        self.stage.acknowledge(&account, items).await
    }

    /// Accepts parcels, each as an effect of its own.
    pub async fn acknowledge_all(&mut self, parcels: &[Parcel]) {
        let items = parcels
            .iter()
            .map(|parcel| self.stage.acknowledge_item(parcel, 1))
            .collect();
        for result in self.acknowledge(items).await {
            assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
        }
    }

    pub async fn inspect(&mut self, items: Vec<pb::InspectItem>) -> Vec<pb::Inspection> {
        let account = self.account.clone();
        self.stage.inspect(&account, items).await
    }

    pub async fn dispatch(&mut self, items: Vec<pb::DispatchItem>) -> Vec<pb::WriteResult> {
        let account = self.account.clone();
        self.stage.dispatch(&account, items).await
    }
}
