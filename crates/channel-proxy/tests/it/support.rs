//! A sandbox, a channel-proxy over it, and its callers.

use std::sync::Arc;
use std::time::Duration;

use channel_proxy::{Config, Service, ServiceWiring};
use chrono::TimeDelta;
use moa_id::{EffectId, Ids, MerchantId};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::call_log_service_client::CallLogServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_account_service_client::ChannelAccountServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_client::ChannelProxyServiceClient;
use moa_proto::moa::channel_proxy::v1::drift_service_client::DriftServiceClient;
use moa_service::{Clock, ServiceChannel, ServiceName, timestamp};
use moa_vault::KeyRing;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub type Client = ChannelProxyServiceClient<ServiceChannel>;

/// One channel-proxy process.
pub struct Proxy {
    service: Arc<Service>,
    cancel: CancellationToken,
    work: Option<AbortOnDropHandle<()>>,
}

impl Proxy {
    pub async fn start(pool: &PgPool, clock: Clock, key_ring: Arc<KeyRing>) -> Self {
        let config = Config {
            call_timeout_ms: 3000,
            allow_private_addresses: true,
            ..Config::default()
        };
        Self::start_with(pool, clock, key_ring, config).await
    }

    pub async fn start_with(
        pool: &PgPool,
        clock: Clock,
        key_ring: Arc<KeyRing>,
        config: Config,
    ) -> Self {
        let wiring = ServiceWiring {
            pool: pool.clone(),
            clock,
            ids: Ids::system(),
            key_ring,
        };
        let service = Arc::new(Service::new(&config, &wiring).unwrap());
        let cancel = CancellationToken::new();
        let (worker, stop) = (Arc::clone(&service), cancel.clone());
        let work = tokio::spawn(async move { worker.work(stop).await });
        Self {
            service,
            cancel,
            work: Some(AbortOnDropHandle::new(work)),
        }
    }

    /// A way to every service of the contract.
    pub async fn channel(&self, caller: ServiceName) -> ServiceChannel {
        let identity = moa_testkit::identity(ServiceName::ChannelProxy);
        let server = self.service.grpc(identity, self.cancel.clone());
        moa_testkit::serve(server, ServiceName::ChannelProxy, caller).await
    }

    /// The keeping of accounts, as the gateway calls it.
    pub async fn accounts(&self) -> ChannelAccountServiceClient<ServiceChannel> {
        ChannelAccountServiceClient::new(self.channel(ServiceName::AdminGateway).await)
    }

    /// The log of calls, as the gateway reads it.
    pub async fn calls(&self) -> CallLogServiceClient<ServiceChannel> {
        CallLogServiceClient::new(self.channel(ServiceName::AdminGateway).await)
    }

    /// What is new in channels' answers, as the gateway reads it.
    pub async fn drift(&self) -> DriftServiceClient<ServiceChannel> {
        DriftServiceClient::new(self.channel(ServiceName::AdminGateway).await)
    }

    pub async fn client(&self, caller: ServiceName) -> Client {
        let channel = self.channel(caller).await;
        ChannelProxyServiceClient::new(channel).max_decoding_message_size(64 * 1024 * 1024)
    }

    /// Stops in order.
    pub async fn stop(&mut self) {
        self.cancel.cancel();
        if let Some(work) = self.work.take() {
            work.await.unwrap();
        }
    }
}

/// Everything a story needs.
pub struct Stage {
    pub sandbox: sandbox::Running,
    pub proxy: Proxy,
    pub key_ring: Arc<KeyRing>,
    pub merchant_id: MerchantId,
    pub admin: Client,
    pub order_sync: Client,
    pub fulfillment: Client,
    pub ids: Ids,
    http: reqwest::Client,
}

/// A parcel with its order, as a read showed it.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub channel_order_id: String,
    pub channel_parcel_id: String,
    pub lines: Vec<pb::InspectLine>,
}

impl Stage {
    pub async fn set(pool: &PgPool) -> Self {
        Self::set_with(pool, Clock::system(), 50).await
    }

    /// A stage with a clock, and a channel that allows so many calls a second.
    pub async fn set_with(pool: &PgPool, clock: Clock, calls_per_second: u32) -> Self {
        Self::set_by(pool, clock, |config| {
            config.coupang_calls_per_second = calls_per_second;
        })
        .await
    }

    /// A stage whose sandbox is as `change` makes it.
    pub async fn set_by(
        pool: &PgPool,
        clock: Clock,
        change: impl FnOnce(&mut sandbox::Config),
    ) -> Self {
        let mut config = sandbox::Config {
            strict_headers: true,
            ..sandbox::Config::on_free_ports()
        };
        change(&mut config);
        let sandbox = sandbox::start(config).await.unwrap();
        let key_ring = Arc::new(KeyRing::generate());
        let proxy = Proxy::start(pool, clock, Arc::clone(&key_ring)).await;
        Self {
            sandbox,
            admin: proxy.client(ServiceName::AdminGateway).await,
            order_sync: proxy.client(ServiceName::OrderSync).await,
            fulfillment: proxy.client(ServiceName::Fulfillment).await,
            proxy,
            key_ring,
            merchant_id: Ids::system().next(),
            ids: Ids::system(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The control desk's answer to a `PUT`.
    pub async fn put(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.sandbox.control_url);
        self.control(self.http.put(url).json(&body)).await
    }

    async fn control(&self, request: reqwest::RequestBuilder) -> Value {
        let response = request
            .timeout(Duration::from_secs(5))
            .send()
            .await
            .unwrap();
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{status}: {body}");
        body
    }

    pub async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.sandbox.control_url);
        self.control(self.http.get(url)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.sandbox.control_url);
        self.control(self.http.post(url).json(&body)).await
    }

    pub async fn faults(&self, faults: Value) {
        let url = format!("{}/control/faults", self.sandbox.control_url);
        self.control(self.http.put(url).json(&json!({"faults": faults})))
            .await;
    }

    pub async fn verdict(&self, number: &str) -> u64 {
        self.get("/control/verdict").await[number].as_u64().unwrap()
    }

    /// The credentials the sandbox accepts.
    pub async fn credentials(&self) -> pb::CoupangCredentials {
        let accounts = self.get("/control/accounts").await;
        let account = &accounts["coupang"][0];
        let text = |field: &str| account[field].as_str().unwrap().to_owned();
        pb::CoupangCredentials {
            vendor_id: text("vendor_id"),
            access_key: text("access_key"),
            secret_key: text("secret_key"),
        }
    }

    pub fn registration(
        &self,
        request_id: &str,
        credentials: pb::CoupangCredentials,
        quota_per_second: i32,
    ) -> pb::RegisterChannelAccountRequest {
        pb::RegisterChannelAccountRequest {
            merchant_id: self.merchant_id.to_string(),
            request_id: request_id.to_owned(),
            name: "쿠팡 본점".to_owned(),
            base_url: self.sandbox.coupang_url.clone(),
            credentials: Some(pb::Credentials {
                channel: Some(pb::credentials::Channel::Coupang(credentials)),
            }),
            quota_per_second,
        }
    }

    /// Registers the sandbox's account.
    pub async fn register(&mut self, quota_per_second: i32) -> String {
        let credentials = self.credentials().await;
        let request = self.registration("register", credentials, quota_per_second);
        let response = self.admin.register_channel_account(request).await.unwrap();
        response
            .into_inner()
            .channel_account
            .unwrap()
            .channel_account_id
    }

    /// Places orders at the channel; their ids.
    pub async fn place(&self, count: u32, lines: u32) -> Vec<String> {
        let body =
            json!({"channel": "coupang", "count": count, "kind": "physical", "lines": lines});
        let placed = self.post("/control/orders", body).await;
        let orders = placed["orders"].as_array().unwrap().iter();
        orders
            .map(|order| order["channel_order_id"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn cancel_order(&self, channel_order_id: &str) -> Value {
        let path = format!("/control/orders/coupang/{channel_order_id}/cancel");
        self.post(&path, json!({})).await
    }

    pub fn orders_request(&self, account: &str, state: pb::LineState) -> pb::FetchOrdersRequest {
        let now = Clock::system().now();
        pb::FetchOrdersRequest {
            merchant_id: self.merchant_id.to_string(),
            channel_account_id: account.to_owned(),
            call_class: pb::CallClass::Poll.into(),
            state: state.into(),
            from: Some(timestamp(now - TimeDelta::minutes(5))),
            to: Some(timestamp(now + TimeDelta::minutes(1))),
            page_token: String::new(),
            known_sha256: Vec::new().into(),
        }
    }

    /// All pages of a window.
    pub async fn fetch_all(
        &mut self,
        mut request: pb::FetchOrdersRequest,
    ) -> Result<Vec<pb::FetchOrdersResponse>, tonic::Status> {
        let mut pages = Vec::new();
        loop {
            let page = self
                .order_sync
                .fetch_orders(request.clone())
                .await?
                .into_inner();
            request.page_token.clone_from(&page.next_page_token);
            pages.push(page);
            if request.page_token.is_empty() {
                return Ok(pages);
            }
        }
    }

    /// The parcels of these orders, as the channel shows them in a box.
    pub async fn parcels(
        &mut self,
        account: &str,
        state: pb::LineState,
        orders: &[String],
    ) -> Vec<Parcel> {
        let pages = self
            .fetch_all(self.orders_request(account, state))
            .await
            .unwrap();
        let mut parcels: std::collections::BTreeMap<String, Parcel> = Default::default();
        for order in pages.into_iter().flat_map(|page| page.orders) {
            if !orders.contains(&order.channel_order_id) {
                continue;
            }
            for line in order.lines {
                let parcel = parcels
                    .entry(line.channel_parcel_id.clone())
                    .or_insert(Parcel {
                        channel_order_id: order.channel_order_id.clone(),
                        channel_parcel_id: line.channel_parcel_id,
                        lines: Vec::new(),
                    });
                let known = |known: &pb::InspectLine| known.channel_line_id == line.channel_line_id;
                if !parcel.lines.iter().any(known) {
                    parcel.lines.push(pb::InspectLine {
                        channel_line_id: line.channel_line_id,
                        quantity: line.quantity,
                    });
                }
            }
        }
        parcels.into_values().collect()
    }

    /// Places an order and brings its parcels to the state in which they can leave.
    pub async fn acknowledged(&mut self, account: &str, count: u32, lines: u32) -> Vec<Parcel> {
        let orders = self.place(count, lines).await;
        let parcels = self.parcels(account, pb::LineState::Placed, &orders).await;
        for batch in parcels.chunks(50) {
            let items = batch
                .iter()
                .map(|parcel| self.acknowledge_item(parcel, 1))
                .collect();
            for result in self.acknowledge(account, items).await {
                assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
            }
        }
        parcels
    }

    pub fn acknowledge_item(&self, parcel: &Parcel, fence: i64) -> pb::AcknowledgeItem {
        pb::AcknowledgeItem {
            effect_id: self.ids.next::<EffectId>().to_string(),
            fence,
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
        }
    }

    pub async fn acknowledge(
        &mut self,
        account: &str,
        items: Vec<pb::AcknowledgeItem>,
    ) -> Vec<pb::WriteResult> {
        let request = pb::AcknowledgeParcelsRequest {
            merchant_id: self.merchant_id.to_string(),
            channel_account_id: account.to_owned(),
            items,
        };
        let response = self.fulfillment.acknowledge_parcels(request).await.unwrap();
        response.into_inner().results
    }

    pub fn inspect_item(&self, parcel: &Parcel) -> pb::InspectItem {
        pb::InspectItem {
            effect_id: self.ids.next::<EffectId>().to_string(),
            fence: 1,
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
            lines: parcel.lines.clone(),
            part: None,
            receiver: None,
        }
    }

    pub async fn inspect(
        &mut self,
        account: &str,
        items: Vec<pb::InspectItem>,
    ) -> Vec<pb::Inspection> {
        let request = pb::InspectLinesRequest {
            merchant_id: self.merchant_id.to_string(),
            channel_account_id: account.to_owned(),
            items,
        };
        let response = self.fulfillment.inspect_lines(request).await.unwrap();
        response.into_inner().inspections
    }

    pub async fn dispatch(
        &mut self,
        account: &str,
        items: Vec<pb::DispatchItem>,
    ) -> Vec<pb::WriteResult> {
        let request = pb::DispatchLinesRequest {
            merchant_id: self.merchant_id.to_string(),
            channel_account_id: account.to_owned(),
            items,
        };
        let response = self.fulfillment.dispatch_lines(request).await.unwrap();
        response.into_inner().results
    }
}

/// What would be sent for an inspected item.
pub fn dispatch_item(item: &pb::InspectItem, permit_id: &str, number: &str) -> pb::DispatchItem {
    pb::DispatchItem {
        effect_id: item.effect_id.clone(),
        fence: item.fence,
        permit_id: permit_id.to_owned(),
        channel_order_id: item.channel_order_id.clone(),
        channel_parcel_id: item.channel_parcel_id.clone(),
        lines: item.lines.clone(),
        carrier: "CJ_LOGISTICS".to_owned(),
        tracking_number: number.to_owned(),
        part: item.part.clone().map(|part| match part {
            pb::inspect_item::Part::FirstPart(first) => pb::dispatch_item::Part::FirstPart(first),
            pb::inspect_item::Part::LastPart(last) => pb::dispatch_item::Part::LastPart(last),
        }),
    }
}

pub fn permit_of(inspection: &pb::Inspection) -> String {
    assert_eq!(
        inspection.verdict(),
        pb::InspectionVerdict::Clear,
        "{inspection:?}"
    );
    inspection.permit.as_ref().unwrap().permit_id.clone()
}
