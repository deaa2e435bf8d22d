//! A sandbox, a channel-proxy over it with one account, and everybody who calls it: the same at every channel.

use std::marker::PhantomData;

use moa_id::EffectId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceChannel, ServiceName};
use pb::ChannelOperation as Operation;
use pb::channel_capabilities_service_client::ChannelCapabilitiesServiceClient;
use pb::channel_claims_service_client::ChannelClaimsServiceClient;
use pb::channel_inquiries_service_client::ChannelInquiriesServiceClient;
use pb::channel_listings_service_client::ChannelListingsServiceClient;
use pb::channel_parcels_service_client::ChannelParcelsServiceClient;
use pb::channel_settlements_service_client::ChannelSettlementsServiceClient;
use serde_json::{Value, json};
use sqlx::PgPool;
use tonic::Status;

use super::world::World;
use crate::support::{Parcel, Stage, dispatch_item, permit_of};
use crate::topics::Head;

/// Calls a second that are never in the way of a story.
const PLENTY: u32 = 50;

pub struct Desk<W> {
    pub stage: Stage,
    pub account: String,
    /// Who works at the merchant's.
    pub person: String,
    pub can: pb::ChannelCapabilities,
    pub claims: ChannelClaimsServiceClient<ServiceChannel>,
    pub parcels: ChannelParcelsServiceClient<ServiceChannel>,
    pub inquiries: ChannelInquiriesServiceClient<ServiceChannel>,
    pub questions: ChannelInquiriesServiceClient<ServiceChannel>,
    pub listings: ChannelListingsServiceClient<ServiceChannel>,
    pub settlements: ChannelSettlementsServiceClient<ServiceChannel>,
    world: PhantomData<W>,
}

impl<W: World> Desk<W> {
    pub async fn open(pool: &PgPool) -> Self {
        Self::open_with(pool, Clock::system(), PLENTY).await
    }

    /// A desk with a clock, at a channel that allows so many calls a second.
    pub async fn open_with(pool: &PgPool, clock: Clock, calls_per_second: u32) -> Self {
        let stage = Stage::set_by(pool, clock, |config| W::allow(config, calls_per_second)).await;
        let order_sync = stage.proxy.channel(ServiceName::OrderSync).await;
        let fulfillment = stage.proxy.channel(ServiceName::Fulfillment).await;
        let catalog = stage.proxy.channel(ServiceName::Catalog).await;
        let mut desk = Self {
            account: String::new(),
            person: String::new(),
            can: declared(&stage, W::CHANNEL).await,
            claims: ChannelClaimsServiceClient::new(fulfillment.clone()),
            parcels: ChannelParcelsServiceClient::new(fulfillment.clone()),
            inquiries: ChannelInquiriesServiceClient::new(fulfillment),
            questions: ChannelInquiriesServiceClient::new(order_sync.clone()),
            listings: ChannelListingsServiceClient::new(catalog),
            settlements: ChannelSettlementsServiceClient::new(order_sync),
            world: PhantomData,
            stage,
        };
        desk.person = W::person(&desk.known().await);
        let request = desk.registration("register", calls_per_second).await;
        desk.account = desk.register(request).await.unwrap().channel_account_id;
        desk
    }

    pub fn declares(&self, operation: Operation) -> bool {
        self.can.operations().any(|known| known == operation)
    }

    /// The account as the sandbox knows it.
    pub async fn known(&self) -> Value {
        self.stage.get("/control/accounts").await[W::CHANNEL][0].clone()
    }

    pub async fn registration(
        &self,
        request_id: &str,
        calls_per_second: u32,
    ) -> pb::RegisterChannelAccountRequest {
        let known = self.known().await;
        pb::RegisterChannelAccountRequest {
            merchant_id: self.merchant_id(),
            request_id: request_id.to_owned(),
            name: "본점".to_owned(),
            base_url: known["base_url"].as_str().unwrap().to_owned(),
            credentials: Some(W::credentials(&known)),
            quota_per_second: calls_per_second.try_into().unwrap(),
        }
    }

    pub async fn register(
        &mut self,
        request: pb::RegisterChannelAccountRequest,
    ) -> Result<pb::ChannelAccount, Status> {
        let response = self.stage.admin.register_channel_account(request).await?;
        Ok(response.into_inner().channel_account.unwrap())
    }

    pub async fn test(&mut self, account: &str) -> pb::ChannelAccountTest {
        let request = pb::TestChannelAccountRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: account.to_owned(),
        };
        let response = self.stage.admin.test_channel_account(request).await;
        response.unwrap().into_inner().test.unwrap()
    }

    pub fn merchant_id(&self) -> String {
        self.stage.merchant_id.to_string()
    }

    /// A new effect.
    pub fn head(&self) -> Head {
        Head {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            effect_id: self.stage.ids.next::<EffectId>().to_string(),
            fence: 1,
        }
    }

    /// Buys so many orders of so many goods; their ids.
    pub async fn place(&self, count: u32, lines: u32) -> Vec<String> {
        let wish =
            json!({"channel": W::CHANNEL, "count": count, "kind": "physical", "lines": lines});
        let placed = self.stage.post("/control/orders", wish).await;
        let orders = placed["orders"].as_array().unwrap().iter();
        let ids = orders.map(|order| order["channel_order_id"].as_str().unwrap().to_owned());
        ids.collect()
    }

    /// What a buyer does about an order.
    pub async fn buyer(&self, channel_order_id: &str, action: &str, body: Value) -> Value {
        let channel = W::CHANNEL;
        let path = format!("/control/orders/{channel}/{channel_order_id}/{action}");
        self.stage.post(&path, body).await
    }

    /// World time goes by.
    pub async fn pass(&self, seconds: u64) {
        let step = json!({"advance_seconds": seconds});
        self.stage.put("/control/clock", step).await;
    }

    /// Troubles of calls whose path holds a word; they end with [`Desk::calm`].
    pub async fn trouble(&self, kind: &str, path: &str, times: Option<u32>) {
        let mut fault = json!({"channel": W::CHANNEL, "kind": kind, "path": path});
        if let Some(times) = times {
            fault["times"] = json!(times);
        }
        self.stage.faults(json!([fault])).await;
    }

    pub async fn calm(&self) {
        self.stage.faults(json!([])).await;
    }

    /// How orders in this state are asked for here.
    pub fn box_of(&self, state: pb::LineState) -> pb::LineState {
        match self.can.order_discovery() {
            pb::OrderDiscovery::BoxesByState => state,
            pb::OrderDiscovery::ChangesFeed => pb::LineState::Unspecified,
            pb::OrderDiscovery::Unspecified => {
                panic!("the channel does not say how orders are found")
            }
        }
    }

    /// How new orders are asked for here.
    pub fn new_orders(&self) -> pb::FetchOrdersRequest {
        let placed = self.box_of(pb::LineState::Placed);
        self.stage.orders_request(&self.account, placed)
    }

    /// The parcels of these orders, which nobody accepted yet.
    pub async fn placed(&mut self, orders: &[String]) -> Vec<Parcel> {
        let (account, state) = (self.account.clone(), self.box_of(pb::LineState::Placed));
        self.stage.parcels(&account, state, orders).await
    }

    /// Parcels of so many orders, each of one line, that were accepted.
    pub async fn acknowledged(&mut self, count: u32) -> Vec<Parcel> {
        let orders = self.place(count, 1).await;
        let parcels = self.placed(&orders).await;
        assert_eq!(
            parcels.len(),
            orders.len(),
            "an order of one line is one parcel"
        );
        for batch in parcels.chunks(50) {
            let items = batch
                .iter()
                .map(|parcel| self.stage.acknowledge_item(parcel, 1))
                .collect();
            for result in self.acknowledge(items).await {
                assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
            }
        }
        parcels
    }

    pub async fn acknowledge(&mut self, items: Vec<pb::AcknowledgeItem>) -> Vec<pb::WriteResult> {
        let account = self.account.clone();
        self.stage.acknowledge(&account, items).await
    }

    pub async fn inspect(&mut self, items: Vec<pb::InspectItem>) -> Vec<pb::Inspection> {
        let account = self.account.clone();
        self.stage.inspect(&account, items).await
    }

    pub async fn dispatch(&mut self, item: pb::DispatchItem) -> pb::WriteResult {
        let account = self.account.clone();
        self.stage.dispatch(&account, vec![item]).await.remove(0)
    }

    /// A parcel that was accepted, a look at it, and the look's permit.
    pub async fn permitted(&mut self) -> (Parcel, pb::InspectItem, String) {
        let parcel = self.acknowledged(1).await.remove(0);
        let item = self.stage.inspect_item(&parcel);
        let inspections = self.inspect(vec![item.clone()]).await;
        let permit = permit_of(&inspections[0]);
        (parcel, item, permit)
    }

    /// A parcel that left under a number, by permit.
    pub async fn dispatched(&mut self, number: &str) -> Parcel {
        let (parcel, item, permit) = self.permitted().await;
        let result = self.dispatch(dispatch_item(&item, &permit, number)).await;
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
        parcel
    }

    pub async fn order(&mut self, channel_order_id: &str) -> pb::FetchOrderResponse {
        let request = pb::FetchOrderRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Gate.into(),
            channel_order_id: channel_order_id.to_owned(),
        };
        let response = self.parcels.fetch_order(request).await.unwrap();
        response.into_inner()
    }

    /// The one line of a parcel as it is now.
    pub async fn line(&mut self, parcel: &Parcel) -> pb::ChannelOrderLine {
        let order = self.order(&parcel.channel_order_id).await.order.unwrap();
        let is_it =
            |line: &pb::ChannelOrderLine| line.channel_line_id == parcel.lines[0].channel_line_id;
        order.lines.into_iter().find(is_it).unwrap()
    }

    pub async fn health(&self) -> pb::ChannelAccountHealth {
        let request = pb::GetChannelAccountHealthRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
        };
        let mut accounts = self.stage.proxy.accounts().await;
        let response = accounts.get_channel_account_health(request).await;
        response.unwrap().into_inner().health.unwrap()
    }
}

async fn declared(stage: &Stage, channel: &str) -> pb::ChannelCapabilities {
    let to_service = stage.proxy.channel(ServiceName::OrderSync).await;
    let mut reader = ChannelCapabilitiesServiceClient::new(to_service);
    let request = pb::ListChannelCapabilitiesRequest {
        merchant_id: stage.merchant_id.to_string(),
    };
    let response = reader.list_channel_capabilities(request).await.unwrap();
    let mut channels = response.into_inner().channels.into_iter();
    channels.find(|known| known.channel == channel).unwrap()
}
