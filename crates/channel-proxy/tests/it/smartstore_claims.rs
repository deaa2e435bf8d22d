//! What a merchant does about SmartStore's claims and parcels, with the sandbox as judge.

use chrono::{TimeDelta, TimeZone};
use moa_id::EffectId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceChannel, ServiceName, reason_of, timestamp};
use pb::channel_claims_service_client::ChannelClaimsServiceClient;
use pb::channel_parcels_service_client::ChannelParcelsServiceClient;
use serde_json::json;
use sqlx::PgPool;

use crate::smartstore_support::Store;
use crate::support::{Parcel, dispatch_item, permit_of};
use crate::topics::{Head, NUMBER, OTHER_NUMBER, claim_ref, expect, expect_confirmed, quantity};

/// A store with the services of claims and parcels.
struct Desk {
    store: Store,
    claims: ChannelClaimsServiceClient<ServiceChannel>,
    parcels: ChannelParcelsServiceClient<ServiceChannel>,
}

impl Desk {
    async fn open(pool: &PgPool) -> Self {
        let store = Store::open(pool).await;
        let channel = store.stage.proxy.channel(ServiceName::Fulfillment).await;
        Self {
            store,
            claims: ChannelClaimsServiceClient::new(channel.clone()),
            parcels: ChannelParcelsServiceClient::new(channel),
        }
    }

    fn head(&self) -> Head {
        Head {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            effect_id: self.store.stage.ids.next::<EffectId>().to_string(),
            fence: 1,
        }
    }

    /// An order's only parcel, accepted.
    async fn accepted(&mut self) -> Parcel {
        let wish = json!({"kind": "physical", "lines": 1});
        let (order_id, _) = self.store.place(wish).await;
        let orders = self.store.changes().await;
        let is_it = |order: &&pb::ChannelOrder| order.channel_order_id == order_id;
        let order = orders.iter().find(is_it).unwrap();
        let parcels = self.store.parcels_of(order);
        self.store.acknowledge_all(&parcels).await;
        parcels.into_iter().next().unwrap()
    }

    /// The same, sent.
    async fn sent(&mut self, number: &str) -> Parcel {
        let parcel = self.accepted().await;
        let item = self.store.stage.inspect_item(&parcel);
        let inspections = self.store.inspect(vec![item.clone()]).await;
        let leaving = dispatch_item(&item, &permit_of(&inspections[0]), number);
        let result = &self.store.dispatch(vec![leaving]).await[0];
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
        parcel
    }

    /// The claim of a parcel as the feed's rows lead to it.
    async fn claim_of(&mut self, parcel: &Parcel) -> pb::ChannelClaim {
        let claims = self.store.claims().await;
        let of_it = |claim: &&pb::ChannelClaim| claim.channel_order_id == parcel.channel_order_id;
        claims.iter().find(of_it).unwrap().clone()
    }

    /// A claim as it is now.
    async fn now(&mut self, claim: &pb::ChannelClaim) -> pb::ChannelClaim {
        let request = pb::FetchClaimRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            call_class: pb::CallClass::Gate.into(),
            claim: claim_ref(claim),
        };
        let response = self.claims.fetch_claim(request).await.unwrap();
        response.into_inner().claim.unwrap()
    }

    async fn approve(&mut self, claim: &pb::ChannelClaim) -> Option<pb::WriteResult> {
        let head = self.head();
        let request = pb::ApproveClaimRequest {
            merchant_id: head.merchant_id,
            channel_account_id: head.channel_account_id,
            effect_id: head.effect_id,
            fence: head.fence,
            claim_approval: Some(pb::ClaimApproval {
                claim: claim_ref(claim),
                quantity: quantity(claim),
            }),
        };
        let response = self.claims.approve_claim(request).await.unwrap();
        response.into_inner().result
    }

    async fn probe(&mut self, intended: pb::probe_effect_request::Intended) -> pb::ProbeVerdict {
        let head = self.head();
        let request = pb::ProbeEffectRequest {
            merchant_id: head.merchant_id,
            channel_account_id: head.channel_account_id,
            effect_id: head.effect_id,
            channel_order_id: String::new(),
            channel_parcel_id: String::new(),
            intended: Some(intended),
        };
        let response = self.store.stage.fulfillment.probe_effect(request).await;
        response.unwrap().into_inner().verdict()
    }

    async fn line(&mut self, parcel: &Parcel) -> pb::ChannelOrderLine {
        let request = pb::FetchOrderRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            call_class: pb::CallClass::Gate.into(),
            channel_order_id: parcel.channel_order_id.clone(),
        };
        let response = self.parcels.fetch_order(request).await.unwrap();
        let order = response.into_inner().order.unwrap();
        order.lines.into_iter().next().unwrap()
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancel_that_waits_is_granted_once_and_the_line_is_cancelled(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let parcel = desk.accepted().await;
    desk.store.buyer(&parcel.channel_order_id, "cancel").await;
    let claim = desk.claim_of(&parcel).await;
    let actions: Vec<_> = claim.actions().collect();
    assert_eq!(actions, [pb::ClaimAction::Approve]);
    expect_confirmed(&desk.approve(&claim).await);
    let now = desk.now(&claim).await;
    assert_eq!(now.state(), pb::ClaimState::Completed);
    assert_eq!(now.actions, Vec::<i32>::new());
    assert_eq!(desk.line(&parcel).await.state(), pb::LineState::Cancelled);
    // A finished approval that is repeated is ignored there, and done here.
    expect_confirmed(&desk.approve(&claim).await);
    let approval = pb::ClaimApproval {
        claim: claim_ref(&claim),
        quantity: quantity(&claim),
    };
    let intended = pb::probe_effect_request::Intended::ClaimApproval(approval);
    assert_eq!(desk.probe(intended).await, pb::ProbeVerdict::Happened);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_decision_about_a_claim_that_was_taken_back_never_hits_the_next_one(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let parcel = desk.sent(NUMBER).await;
    let order_id = &parcel.channel_order_id;
    desk.store.buyer(order_id, "return").await;
    let first = desk.claim_of(&parcel).await;
    // The goods are not back: the channel is not even asked.
    let early = desk.approve(&first).await;
    expect(&early, pb::WriteOutcome::RefusedLater, "NOT_NOW");
    desk.store.buyer(order_id, "withdraw").await;
    for action in ["return", "collect", "collect"] {
        desk.store.buyer(order_id, action).await;
    }
    let late = desk.approve(&first).await;
    expect(&late, pb::WriteOutcome::Blocked, "CLAIM_WITHDRAWN");
    let claims = desk.store.claims().await;
    let second = claims.iter().find(|claim| {
        claim.channel_order_id == *order_id && claim.channel_claim_id != first.channel_claim_id
    });
    let second = second.unwrap();
    assert_eq!(second.stage(), pb::ClaimStage::Collected);
    // The one that is decided about as it stands.
    expect_confirmed(&desk.approve(second).await);
    assert_eq!(desk.line(&parcel).await.state(), pb::LineState::Returned);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_return_is_held_released_and_granted_once_the_goods_are_back(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let parcel = desk.sent(NUMBER).await;
    desk.store.buyer(&parcel.channel_order_id, "return").await;
    let claim = desk.claim_of(&parcel).await;
    assert_eq!(claim.kind(), pb::ClaimKind::Return);
    let actions: Vec<_> = claim.actions().collect();
    assert_eq!(actions, [pb::ClaimAction::Reject, pb::ClaimAction::Hold]);
    let contact = claim.contact.as_ref().unwrap();
    assert!(!contact.collect_address1.is_empty());

    let head = desk.head();
    let hold = pb::HoldClaimRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        claim_hold: Some(pb::ClaimHold {
            claim: claim_ref(&claim),
            reason: pb::ClaimHoldReason::ShippingFee.into(),
            note: "반품 배송비를 기다립니다".to_owned(),
            extra_fee: None,
        }),
    };
    let held = desk.claims.hold_claim(hold).await.unwrap();
    expect_confirmed(&held.into_inner().result);
    assert!(desk.now(&claim).await.held);

    let head = desk.head();
    let release = pb::ReleaseClaimRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        claim_release: Some(pb::ClaimRelease {
            claim: claim_ref(&claim),
        }),
    };
    let released = desk.claims.release_claim(release).await.unwrap();
    expect_confirmed(&released.into_inner().result);
    assert!(!desk.now(&claim).await.held);

    // The goods are on their way, then back.
    for _ in 0..2 {
        desk.store.buyer(&parcel.channel_order_id, "collect").await;
    }
    let back = desk.now(&claim).await;
    assert_eq!(back.stage(), pb::ClaimStage::Collected);
    assert!(
        back.actions()
            .any(|action| action == pb::ClaimAction::Approve)
    );
    expect_confirmed(&desk.approve(&claim).await);
    assert_eq!(desk.line(&parcel).await.state(), pb::LineState::Returned);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_exchange_is_confirmed_back_and_sent_again(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let parcel = desk.sent(NUMBER).await;
    desk.store.buyer(&parcel.channel_order_id, "exchange").await;
    let claim = desk.claim_of(&parcel).await;
    assert_eq!(claim.kind(), pb::ClaimKind::Exchange);
    let refused = desk.approve(&claim).await;
    expect(
        &refused,
        pb::WriteOutcome::RefusedFinal,
        "CLAIM_KIND_NOT_TAKEN",
    );
    desk.store.buyer(&parcel.channel_order_id, "collect").await;
    let head = desk.head();
    let collected = pb::ConfirmCollectedRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        collection_confirmation: Some(pb::CollectionConfirmation {
            claim: claim_ref(&claim),
        }),
    };
    let collected = desk.claims.confirm_collected(collected).await.unwrap();
    expect_confirmed(&collected.into_inner().result);
    let back = desk.now(&claim).await;
    assert_eq!(back.stage(), pb::ClaimStage::Collected);
    let reshipment = pb::ExchangeReshipment {
        claim: claim_ref(&claim),
        channel_parcel_id: back.reshipments[0].channel_parcel_id.clone(),
        carrier: "CJ_LOGISTICS".to_owned(),
        tracking_number: OTHER_NUMBER.to_owned(),
    };
    let head = desk.head();
    let request = pb::ReshipExchangeRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        exchange_reshipment: Some(reshipment.clone()),
    };
    let reshipped = desk.claims.reship_exchange(request).await.unwrap();
    expect_confirmed(&reshipped.into_inner().result);
    let gone = desk.now(&claim).await;
    assert_eq!(gone.stage(), pb::ClaimStage::Reshipped);
    assert_eq!(gone.reshipments[0].tracking_number, OTHER_NUMBER);
    assert_eq!(gone.reshipments[0].carrier, "CJ_LOGISTICS");
    let intended = pb::probe_effect_request::Intended::ExchangeReshipment(reshipment);
    assert_eq!(desk.probe(intended).await, pb::ProbeVerdict::Happened);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_seller_cancels_and_another_parcel_leaves_later_than_promised(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let parcel = desk.accepted().await;
    let cancellation = pb::LinesCancellation {
        channel_order_id: parcel.channel_order_id.clone(),
        channel_parcel_id: parcel.channel_parcel_id.clone(),
        lines: vec![pb::CancelledLine {
            channel_line_id: parcel.lines[0].channel_line_id.clone(),
            quantity: parcel.lines[0].quantity,
            cancelled_before: 0,
        }],
        reason: pb::SellerCancelReason::OutOfStock.into(),
        note: "재고가 없습니다".to_owned(),
        ..Default::default()
    };
    let head = desk.head();
    let request = pb::CancelLinesRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        lines_cancellation: Some(cancellation.clone()),
    };
    let cancelled = desk.claims.cancel_lines(request).await.unwrap();
    expect_confirmed(&cancelled.into_inner().result);
    assert_eq!(desk.line(&parcel).await.state(), pb::LineState::Cancelled);
    let intended = pb::probe_effect_request::Intended::LinesCancellation(cancellation);
    assert_eq!(desk.probe(intended).await, pb::ProbeVerdict::Happened);

    let later = desk.accepted().await;
    let korea = chrono::FixedOffset::east_opt(9 * 3600).unwrap();
    let day = (Clock::system().now() + TimeDelta::days(5)).with_timezone(&korea);
    let until = day.date_naive().and_hms_opt(23, 59, 59).unwrap();
    let until = korea.from_local_datetime(&until).unwrap();
    let delay = pb::DispatchDelay {
        channel_order_id: later.channel_order_id.clone(),
        channel_parcel_id: later.channel_parcel_id.clone(),
        until: Some(timestamp(until.to_utc())),
        reason: pb::DispatchDelayReason::MadeToOrder.into(),
        note: "주문 제작 상품입니다".to_owned(),
    };
    let intended = || pb::probe_effect_request::Intended::DispatchDelay(delay.clone());
    assert_eq!(desk.probe(intended()).await, pb::ProbeVerdict::Clean);
    let head = desk.head();
    let request = pb::DelayDispatchRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        dispatch_delay: Some(delay.clone()),
    };
    let delayed = desk.parcels.delay_dispatch(request).await.unwrap();
    expect_confirmed(&delayed.into_inner().result);
    assert_eq!(desk.probe(intended()).await, pb::ProbeVerdict::Happened);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_s_way_is_read_and_what_the_channel_has_not_is_said(pool: PgPool) {
    let mut desk = Desk::open(&pool).await;
    let parcel = desk.sent(NUMBER).await;
    let request = pb::FetchParcelHistoryRequest {
        merchant_id: desk.store.stage.merchant_id.to_string(),
        channel_account_id: desk.store.account.clone(),
        call_class: pb::CallClass::Poll.into(),
        channel_parcel_id: parcel.channel_parcel_id.clone(),
    };
    let history = desk.parcels.fetch_parcel_history(request).await.unwrap();
    let states: Vec<_> = history
        .into_inner()
        .events
        .iter()
        .map(pb::ParcelEvent::state)
        .collect();
    assert_eq!(
        states,
        [
            pb::LineState::Dispatched,
            pb::LineState::Acknowledged,
            pb::LineState::Placed
        ]
    );
    let head = desk.head();
    let request = pb::CorrectTrackingRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        tracking_correction: Some(pb::TrackingCorrection {
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
            channel_line_ids: vec![parcel.channel_parcel_id.clone()],
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: OTHER_NUMBER.to_owned(),
        }),
    };
    let refused = desk.parcels.correct_tracking(request).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_LACKS_OPERATION")
    );
}
