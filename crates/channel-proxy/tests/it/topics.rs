//! Claims, parcels, questions and listings: what their stories have in common.

use std::time::Duration;

use chrono::TimeDelta;
use moa_id::EffectId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceChannel, ServiceName, timestamp};
use pb::channel_claims_service_client::ChannelClaimsServiceClient;
use pb::channel_inquiries_service_client::ChannelInquiriesServiceClient;
use pb::channel_listings_service_client::ChannelListingsServiceClient;
use pb::channel_parcels_service_client::ChannelParcelsServiceClient;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Parcel, Stage, dispatch_item, permit_of};

/// A number of a carrier that the sandbox takes.
pub const NUMBER: &str = "680405450931";
pub const OTHER_NUMBER: &str = "680405450942";

/// A stage with an account and a client of each topic.
pub struct Topics {
    pub stage: Stage,
    pub account: String,
    /// Who works at the vendor.
    pub wing_id: String,
    pub claims: ChannelClaimsServiceClient<ServiceChannel>,
    pub parcels: ChannelParcelsServiceClient<ServiceChannel>,
    pub inquiries: ChannelInquiriesServiceClient<ServiceChannel>,
    pub listings: ChannelListingsServiceClient<ServiceChannel>,
}

/// Whose write it is, and as which effect.
#[derive(Debug, Clone)]
pub struct Head {
    pub merchant_id: String,
    pub channel_account_id: String,
    pub effect_id: String,
    pub fence: i64,
}

impl Topics {
    pub async fn set(pool: &PgPool) -> Self {
        let mut stage = Stage::set(pool).await;
        let account = stage.register(50).await;
        let accounts = stage.get("/control/accounts").await;
        let wing_id = accounts["coupang"][0]["wing_user_id"].as_str().unwrap();
        let fulfillment = stage.proxy.channel(ServiceName::Fulfillment).await;
        let catalog = stage.proxy.channel(ServiceName::Catalog).await;
        Self {
            wing_id: wing_id.to_owned(),
            claims: ChannelClaimsServiceClient::new(fulfillment.clone()),
            parcels: ChannelParcelsServiceClient::new(fulfillment.clone()),
            inquiries: ChannelInquiriesServiceClient::new(fulfillment),
            listings: ChannelListingsServiceClient::new(catalog),
            stage,
            account,
        }
    }

    /// A new effect.
    pub fn head(&self) -> Head {
        Head {
            merchant_id: self.stage.merchant_id.to_string(),
            channel_account_id: self.account.clone(),
            effect_id: self.stage.ids.next::<EffectId>().to_string(),
            fence: 1,
        }
    }

    pub fn merchant_id(&self) -> String {
        self.stage.merchant_id.to_string()
    }

    /// A parcel that was acknowledged.
    pub async fn acknowledged(&mut self, lines: u32) -> Parcel {
        let account = self.account.clone();
        self.stage.acknowledged(&account, 1, lines).await.remove(0)
    }

    /// A parcel that left under a number, by permit.
    pub async fn dispatched(&mut self, lines: u32, number: &str) -> Parcel {
        let parcel = self.acknowledged(lines).await;
        let item = self.stage.inspect_item(&parcel);
        let account = self.account.clone();
        let inspections = self.stage.inspect(&account, vec![item.clone()]).await;
        let item = dispatch_item(&item, &permit_of(&inspections[0]), number);
        let result = self.stage.dispatch(&account, vec![item]).await.remove(0);
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
        parcel
    }

    /// A parcel that arrived.
    pub async fn delivered(&mut self, lines: u32, number: &str) -> Parcel {
        let pace = json!({"scan_after_seconds": 0, "deliver_after_seconds": 0});
        self.stage.put("/control/pace", pace).await;
        let parcel = self.dispatched(lines, number).await;
        for _ in 0..100 {
            self.pass(1).await;
            let order = self.order(&parcel.channel_order_id).await.order.unwrap();
            if order
                .lines
                .iter()
                .all(|line| line.state() == pb::LineState::Delivered)
            {
                return parcel;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the parcel does not arrive");
    }

    /// World time goes by.
    pub async fn pass(&self, seconds: u64) {
        let step = json!({"advance_seconds": seconds});
        self.stage.put("/control/clock", step).await;
    }

    pub async fn order(&mut self, channel_order_id: &str) -> pb::FetchOrderResponse {
        let request = pb::FetchOrderRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Gate.into(),
            channel_order_id: channel_order_id.to_owned(),
        };
        self.parcels
            .fetch_order(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// What a buyer does about an order at the control desk.
    pub async fn buyer(&self, parcel: &Parcel, action: &str, body: Value) -> Value {
        let order = &parcel.channel_order_id;
        let path = format!("/control/orders/coupang/{order}/{action}");
        self.stage.post(&path, body).await
    }

    /// Every claim of the last day in these lists.
    pub async fn listed_claims(&mut self, lists: &[pb::ClaimList]) -> Vec<pb::ChannelClaim> {
        let now = Clock::system().now();
        let mut request = pb::FetchClaimsRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            from: Some(timestamp(now - TimeDelta::minutes(5))),
            to: Some(timestamp(now + TimeDelta::minutes(20))),
            page_token: String::new(),
            lists: lists.iter().map(|list| (*list).into()).collect(),
        };
        let mut claims = Vec::new();
        loop {
            let page = self.stage.order_sync.fetch_claims(request.clone()).await;
            let page = page.unwrap().into_inner();
            assert_eq!(page.rejected_rows, []);
            claims.extend(page.claims);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return claims;
            }
        }
    }

    /// The one claim of an order in a list.
    pub async fn claim_of(&mut self, parcel: &Parcel, list: pb::ClaimList) -> pb::ChannelClaim {
        let claims = self.listed_claims(&[list]).await;
        let of_order = |claim: &pb::ChannelClaim| claim.channel_order_id == parcel.channel_order_id;
        let mut claims: Vec<_> = claims.into_iter().filter(of_order).collect();
        claims.dedup_by(|a, b| a.channel_claim_id == b.channel_claim_id);
        assert_eq!(claims.len(), 1, "{claims:?}");
        claims.remove(0)
    }

    pub async fn fetch_claim(&mut self, claim: &pb::ChannelClaim) -> pb::FetchClaimResponse {
        let request = pb::FetchClaimRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Gate.into(),
            claim: claim_ref(claim),
        };
        self.claims.fetch_claim(request).await.unwrap().into_inner()
    }

    pub async fn probe(
        &mut self,
        effect_id: &str,
        intended: pb::probe_effect_request::Intended,
    ) -> pb::ProbeEffectResponse {
        let request = pb::ProbeEffectRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            effect_id: effect_id.to_owned(),
            channel_order_id: String::new(),
            channel_parcel_id: String::new(),
            intended: Some(intended),
        };
        let response = self.stage.fulfillment.probe_effect(request).await;
        response.unwrap().into_inner()
    }

    /// Troubles of calls whose path holds a word.
    pub async fn trouble(&self, kind: &str, path: &str, times: u32) {
        let fault = json!([{"channel": "coupang", "kind": kind, "path": path, "times": times}]);
        self.stage.faults(fault).await;
    }
}

/// A claim by name.
pub fn claim_ref(claim: &pb::ChannelClaim) -> Option<pb::ClaimRef> {
    Some(pb::ClaimRef {
        channel_claim_id: claim.channel_claim_id.clone(),
        channel_order_id: claim.channel_order_id.clone(),
        kind: claim.kind,
        requested_at: claim.requested_at,
    })
}

/// The goods of a claim are back.
pub fn confirm_collected(head: Head, claim: &pb::ChannelClaim) -> pb::ConfirmCollectedRequest {
    pb::ConfirmCollectedRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        collection_confirmation: Some(pb::CollectionConfirmation {
            claim: claim_ref(claim),
        }),
    }
}

/// All that a claim is about.
pub fn quantity(claim: &pb::ChannelClaim) -> i32 {
    claim.lines.iter().map(|line| line.quantity).sum()
}

#[track_caller]
pub fn expect(result: &Option<pb::WriteResult>, outcome: pb::WriteOutcome, reason: &str) {
    let result = result.as_ref().unwrap();
    assert_eq!(result.outcome(), outcome, "{result:?}");
    assert_eq!(result.reason, reason, "{result:?}");
}

#[track_caller]
pub fn expect_confirmed(result: &Option<pb::WriteResult>) {
    expect(result, pb::WriteOutcome::Confirmed, "");
}
