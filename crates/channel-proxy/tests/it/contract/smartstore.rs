//! SmartStore's world.

use moa_proto::moa::channel_proxy::v1 as pb;
use pb::ChannelOperation as Operation;
use serde_json::{Value, json};

use super::desk::Desk;
use super::told::{confirm_collected, hold};
use super::world::World;
use crate::topics::NUMBER;

pub struct SmartStore;

impl World for SmartStore {
    const CHANNEL: &'static str = "smartstore";
    const OPERATIONS: &'static [Operation] = &[
        Operation::Acknowledge,
        Operation::Dispatch,
        Operation::DelayDispatch,
        Operation::CancelLines,
        Operation::ApproveClaim,
        Operation::RejectClaim,
        Operation::ConfirmCollected,
        Operation::ReshipExchange,
        Operation::HoldClaim,
        Operation::ReleaseClaim,
        Operation::AnswerInquiry,
        Operation::SetStock,
        Operation::SetPrice,
        Operation::StopSale,
        Operation::ResumeSale,
        Operation::FetchClaim,
        Operation::FetchOrder,
        Operation::FetchParcelHistory,
        Operation::FetchInquiries,
        Operation::FetchProducts,
        Operation::FetchSettlements,
    ];
    const INQUIRY_KINDS: &'static [pb::InquiryKind] =
        &[pb::InquiryKind::Product, pb::InquiryKind::Order];
    const DOCUMENTED_CALLS: u32 = 2;
    const MORE_THAN_A_PAGE: u32 = 340;
    const WRONG_KEY: &'static str = "CHANNEL_CREDENTIALS_REFUSED";

    fn allow(config: &mut sandbox::Config, calls_per_second: u32) {
        config.smartstore_calls_per_second = calls_per_second;
    }

    fn credentials(account: &Value) -> pb::Credentials {
        let text = |field: &str| account[field].as_str().unwrap().to_owned();
        let credentials = pb::SmartStoreCredentials {
            client_id: text("client_id"),
            client_secret: text("client_secret"),
            account_type: pb::SmartStoreAccountType::Self_.into(),
            account_id: String::new(),
        };
        pb::Credentials {
            channel: Some(pb::credentials::Channel::Smartstore(credentials)),
        }
    }

    fn wrong_key(mut credentials: pb::Credentials) -> pb::Credentials {
        let Some(pb::credentials::Channel::Smartstore(smartstore)) = &mut credentials.channel
        else {
            panic!("not SmartStore's");
        };
        smartstore.client_secret = "$2a$04$abcdefghijklmnopqrstuu".to_owned();
        credentials
    }

    fn secret(credentials: &pb::Credentials) -> String {
        let Some(pb::credentials::Channel::Smartstore(smartstore)) = &credentials.channel else {
            panic!("not SmartStore's");
        };
        smartstore.client_secret.clone()
    }

    fn person(_: &Value) -> String {
        String::new()
    }

    fn path(operation: Operation) -> &'static str {
        match operation {
            Operation::CancelLines => "claim/cancel/request",
            Operation::ApproveClaim => "claim/return/approve",
            Operation::RejectClaim => "claim/return/reject",
            Operation::ConfirmCollected => "claim/exchange/collect/approve",
            Operation::ReshipExchange => "claim/exchange/dispatch",
            Operation::HoldClaim => "claim/return/holdback",
            Operation::ReleaseClaim => "claim/return/holdback/release",
            Operation::DelayDispatch => "/delay",
            Operation::AnswerInquiry => "/qnas/",
            Operation::SetStock
            | Operation::SetPrice
            | Operation::StopSale
            | Operation::ResumeSale => "option-stock",
            Operation::Acknowledge => "product-orders/confirm",
            Operation::Dispatch => "product-orders/dispatch",
            other => panic!("SmartStore is not told {other:?}"),
        }
    }

    async fn claim_for(desk: &mut Desk<Self>, operation: Operation) -> pb::ChannelClaim {
        let (demands, before): (&[&str], _) = match operation {
            // On its way back, then back.
            Operation::ApproveClaim => (&["return", "collect", "collect"], None),
            Operation::RejectClaim | Operation::HoldClaim => (&["return"], None),
            Operation::ReleaseClaim => (&["return"], Some(Operation::HoldClaim)),
            Operation::ConfirmCollected => (&["exchange", "collect"], None),
            Operation::ReshipExchange => {
                (&["exchange", "collect"], Some(Operation::ConfirmCollected))
            }
            other => panic!("{other:?} is about no claim at SmartStore"),
        };
        let parcel = desk.dispatched(NUMBER).await;
        for demand in demands {
            desk.buyer(&parcel.channel_order_id, demand, json!({}))
                .await;
        }
        let claim = desk.claim_of(&parcel.channel_order_id).await;
        match before {
            Some(Operation::HoldClaim) => hold(desk, &claim).await,
            Some(_) => confirm_collected(desk, &claim).await,
            None => return claim,
        }
        desk.fetch_claim(&claim).await.claim.unwrap()
    }

    async fn take_back(desk: &mut Desk<Self>, claim: &pb::ChannelClaim) {
        desk.buyer(&claim.channel_order_id, "withdraw", json!({}))
            .await;
    }

    fn question(kind: pb::InquiryKind, text: &str, _: bool) -> Value {
        match kind {
            pb::InquiryKind::Product => json!({"kind": "product", "text": text}),
            _ => json!({"kind": "order", "text": text}),
        }
    }
}
