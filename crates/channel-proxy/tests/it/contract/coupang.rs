//! Coupang's world.

use std::time::Duration;

use moa_proto::moa::channel_proxy::v1 as pb;
use pb::ChannelOperation as Operation;
use serde_json::{Value, json};

use super::desk::Desk;
use super::told::confirm_collected;
use super::world::World;
use crate::support::Parcel;
use crate::topics::NUMBER;

pub struct Coupang;

impl World for Coupang {
    const CHANNEL: &'static str = "coupang";
    const OPERATIONS: &'static [Operation] = &[
        Operation::Acknowledge,
        Operation::Dispatch,
        Operation::SplitDispatch,
        Operation::CorrectTracking,
        Operation::ReportDelivered,
        Operation::ConfirmStop,
        Operation::ReportAlreadyShipped,
        Operation::CancelLines,
        Operation::ApproveClaim,
        Operation::RejectClaim,
        Operation::ConfirmCollected,
        Operation::ReportCollection,
        Operation::ReshipExchange,
        Operation::AnswerInquiry,
        Operation::ConfirmInquiry,
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
        &[pb::InquiryKind::Product, pb::InquiryKind::CallCenter];
    const DOCUMENTED_CALLS: u32 = 5;
    const MORE_THAN_A_PAGE: u32 = 60;
    const WRONG_KEY: &'static str = "CHANNEL_SIGNATURE_REFUSED";

    fn allow(config: &mut sandbox::Config, calls_per_second: u32) {
        config.coupang_calls_per_second = calls_per_second;
    }

    fn credentials(account: &Value) -> pb::Credentials {
        let text = |field: &str| account[field].as_str().unwrap().to_owned();
        pb::Credentials {
            channel: Some(pb::credentials::Channel::Coupang(pb::CoupangCredentials {
                vendor_id: text("vendor_id"),
                access_key: text("access_key"),
                secret_key: text("secret_key"),
            })),
        }
    }

    fn wrong_key(mut credentials: pb::Credentials) -> pb::Credentials {
        let Some(pb::credentials::Channel::Coupang(coupang)) = &mut credentials.channel else {
            panic!("not Coupang's");
        };
        coupang.secret_key = "0123456789abcdef0123456789abcdef01234567".to_owned();
        credentials
    }

    fn secret(credentials: &pb::Credentials) -> String {
        let Some(pb::credentials::Channel::Coupang(coupang)) = &credentials.channel else {
            panic!("not Coupang's");
        };
        coupang.secret_key.clone()
    }

    fn person(account: &Value) -> String {
        account["wing_user_id"].as_str().unwrap().to_owned()
    }

    fn path(operation: Operation) -> &'static str {
        match operation {
            Operation::ConfirmStop => "stoppedShipment",
            Operation::ReportAlreadyShipped => "completedShipment",
            Operation::CancelLines => "/cancel",
            Operation::ApproveClaim => "approval",
            Operation::RejectClaim => "rejection",
            Operation::ConfirmCollected => "receiveConfirmation",
            Operation::ReportCollection => "return-exchange-invoices",
            Operation::ReshipExchange => "/invoices",
            Operation::CorrectTracking => "updateInvoices",
            Operation::ReportDelivered => "completeLongTermUndelivery",
            Operation::AnswerInquiry => "replies",
            Operation::ConfirmInquiry => "confirms",
            Operation::SetStock => "quantities",
            Operation::SetPrice => "prices",
            Operation::StopSale => "sales/stop",
            Operation::ResumeSale => "sales/resume",
            Operation::Acknowledge => "acknowledgement",
            Operation::Dispatch => "orders/invoices",
            other => panic!("Coupang is not told {other:?}"),
        }
    }

    async fn claim_for(desk: &mut Desk<Self>, operation: Operation) -> pb::ChannelClaim {
        let (parcel, demand, collected) = match operation {
            Operation::ConfirmStop | Operation::ReportAlreadyShipped => {
                (desk.acknowledged(1).await.remove(0), "stop", false)
            }
            Operation::ConfirmCollected | Operation::ReportCollection => {
                (delivered(desk).await, "return", false)
            }
            Operation::ApproveClaim => (delivered(desk).await, "return", true),
            Operation::RejectClaim => (delivered(desk).await, "exchange", false),
            Operation::ReshipExchange => (delivered(desk).await, "exchange", true),
            other => panic!("{other:?} is about no claim at Coupang"),
        };
        desk.buyer(&parcel.channel_order_id, demand, json!({}))
            .await;
        let claim = desk.claim_of(&parcel.channel_order_id).await;
        if !collected {
            return claim;
        }
        confirm_collected(desk, &claim).await;
        desk.fetch_claim(&claim).await.claim.unwrap()
    }

    async fn take_back(desk: &mut Desk<Self>, claim: &pb::ChannelClaim) {
        let id = &claim.channel_claim_id;
        let path = match id.strip_prefix("exchange-") {
            Some(number) => format!("/control/exchanges/coupang/{number}/withdraw"),
            None => format!("/control/receipts/coupang/{id}/withdraw"),
        };
        desk.stage.post(&path, json!({})).await;
    }

    fn question(kind: pb::InquiryKind, text: &str, to_confirm: bool) -> Value {
        match kind {
            pb::InquiryKind::Product => json!({"kind": "product", "text": text}),
            _ => json!({"kind": "call_center", "text": text, "confirmation_only": to_confirm}),
        }
    }
}

/// A parcel that arrived: before that nothing is sent back here.
async fn delivered(desk: &mut Desk<Coupang>) -> Parcel {
    let pace = json!({"scan_after_seconds": 0, "deliver_after_seconds": 0});
    desk.stage.put("/control/pace", pace).await;
    let parcel = desk.dispatched(NUMBER).await;
    for _ in 0..100 {
        desk.pass(1).await;
        if desk.line(&parcel).await.state() == pb::LineState::Delivered {
            return parcel;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the parcel does not arrive");
}
