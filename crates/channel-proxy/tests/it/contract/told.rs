//! What a merchant tells a channel beside acknowledge and dispatch: the RPC that tells it, and the probe that asks whether
//! it happened. Both take the same message.

use moa_proto::moa::channel_proxy::v1 as pb;
use pb::ChannelOperation as Operation;
use pb::probe_effect_request::Intended;
use tonic::Status;

use super::desk::Desk;
use super::messages::about;
use super::world::World;
use crate::support::Parcel;
use crate::topics::Head;

/// Makes the request of one RPC from a head and, if it is given, its own message.
macro_rules! tell {
    ($client:expr, $rpc:ident, $request:ident, $field:ident, $message:ident, $head:ident, $told:ident) => {{
        let message = match $told {
            Some(Intended::$message(message)) => Some(message),
            Some(other) => panic!("{other:?} is not what {} tells", stringify!($rpc)),
            None => None,
        };
        let request = pb::$request {
            merchant_id: $head.merchant_id,
            channel_account_id: $head.channel_account_id,
            effect_id: $head.effect_id,
            fence: $head.fence,
            $field: message,
        };
        let response = $client.$rpc(request).await?;
        Ok(response.into_inner().result.unwrap())
    }};
}

impl<W: World> Desk<W> {
    /// Tells the channel something as one effect; nothing to see what is said to a request without its message.
    pub async fn tell(
        &mut self,
        operation: Operation,
        head: Head,
        told: Option<Intended>,
    ) -> Result<pb::WriteResult, Status> {
        match operation {
            Operation::ConfirmStop => {
                tell!(
                    self.claims,
                    confirm_stop,
                    ConfirmStopRequest,
                    stop_confirmation,
                    StopConfirmation,
                    head,
                    told
                )
            }
            Operation::ReportAlreadyShipped => {
                tell!(
                    self.claims,
                    report_already_shipped,
                    ReportAlreadyShippedRequest,
                    already_shipped_report,
                    AlreadyShippedReport,
                    head,
                    told
                )
            }
            Operation::CancelLines => {
                tell!(
                    self.claims,
                    cancel_lines,
                    CancelLinesRequest,
                    lines_cancellation,
                    LinesCancellation,
                    head,
                    told
                )
            }
            Operation::ApproveClaim => {
                tell!(
                    self.claims,
                    approve_claim,
                    ApproveClaimRequest,
                    claim_approval,
                    ClaimApproval,
                    head,
                    told
                )
            }
            Operation::RejectClaim => {
                tell!(
                    self.claims,
                    reject_claim,
                    RejectClaimRequest,
                    claim_rejection,
                    ClaimRejection,
                    head,
                    told
                )
            }
            Operation::ConfirmCollected => {
                tell!(
                    self.claims,
                    confirm_collected,
                    ConfirmCollectedRequest,
                    collection_confirmation,
                    CollectionConfirmation,
                    head,
                    told
                )
            }
            Operation::ReportCollection => {
                tell!(
                    self.claims,
                    report_collection,
                    ReportCollectionRequest,
                    collection_report,
                    CollectionReport,
                    head,
                    told
                )
            }
            Operation::ReshipExchange => {
                tell!(
                    self.claims,
                    reship_exchange,
                    ReshipExchangeRequest,
                    exchange_reshipment,
                    ExchangeReshipment,
                    head,
                    told
                )
            }
            Operation::HoldClaim => {
                tell!(
                    self.claims,
                    hold_claim,
                    HoldClaimRequest,
                    claim_hold,
                    ClaimHold,
                    head,
                    told
                )
            }
            Operation::ReleaseClaim => {
                tell!(
                    self.claims,
                    release_claim,
                    ReleaseClaimRequest,
                    claim_release,
                    ClaimRelease,
                    head,
                    told
                )
            }
            Operation::CorrectTracking => {
                tell!(
                    self.parcels,
                    correct_tracking,
                    CorrectTrackingRequest,
                    tracking_correction,
                    TrackingCorrection,
                    head,
                    told
                )
            }
            Operation::DelayDispatch => {
                tell!(
                    self.parcels,
                    delay_dispatch,
                    DelayDispatchRequest,
                    dispatch_delay,
                    DispatchDelay,
                    head,
                    told
                )
            }
            Operation::ReportDelivered => {
                tell!(
                    self.parcels,
                    report_delivered,
                    ReportDeliveredRequest,
                    delivery_report,
                    DeliveryReport,
                    head,
                    told
                )
            }
            Operation::AnswerInquiry => {
                tell!(
                    self.inquiries,
                    answer_inquiry,
                    AnswerInquiryRequest,
                    inquiry_answer,
                    InquiryAnswer,
                    head,
                    told
                )
            }
            Operation::ConfirmInquiry => {
                tell!(
                    self.inquiries,
                    confirm_inquiry,
                    ConfirmInquiryRequest,
                    inquiry_confirmation,
                    InquiryConfirmation,
                    head,
                    told
                )
            }
            Operation::SetStock => {
                tell!(
                    self.listings,
                    set_stock,
                    SetStockRequest,
                    stock_change,
                    StockChange,
                    head,
                    told
                )
            }
            Operation::SetPrice => {
                tell!(
                    self.listings,
                    set_price,
                    SetPriceRequest,
                    price_change,
                    PriceChange,
                    head,
                    told
                )
            }
            Operation::StopSale => {
                tell!(
                    self.listings,
                    stop_sale,
                    StopSaleRequest,
                    sale_stop,
                    SaleStop,
                    head,
                    told
                )
            }
            Operation::ResumeSale => {
                tell!(
                    self.listings,
                    resume_sale,
                    ResumeSaleRequest,
                    sale_resumption,
                    SaleResumption,
                    head,
                    told
                )
            }
            other => panic!("{other:?} is not told by one message"),
        }
    }

    pub async fn probe(&mut self, effect_id: &str, told: Intended) -> pb::ProbeEffectResponse {
        let request = pb::ProbeEffectRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            effect_id: effect_id.to_owned(),
            channel_order_id: String::new(),
            channel_parcel_id: String::new(),
            intended: Some(told),
        };
        let response = self.stage.fulfillment.probe_effect(request).await;
        response.unwrap().into_inner()
    }

    /// Asks after an acknowledge or a dispatch.
    pub async fn probe_parcel(
        &mut self,
        effect_id: &str,
        parcel: &Parcel,
        told: Intended,
    ) -> pb::ProbeEffectResponse {
        let request = pb::ProbeEffectRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            effect_id: effect_id.to_owned(),
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
            intended: Some(told),
        };
        let response = self.stage.fulfillment.probe_effect(request).await;
        response.unwrap().into_inner()
    }

    /// Tells something that has to work.
    pub async fn told_well(&mut self, operation: Operation, told: Intended) {
        let head = self.head();
        let result = self.tell(operation, head, Some(told)).await.unwrap();
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
        assert_eq!(result.reason, "", "{result:?}");
    }
}

/// The goods of a claim are back.
pub async fn confirm_collected<W: World>(desk: &mut Desk<W>, claim: &pb::ChannelClaim) {
    let told = about(Operation::ConfirmCollected, claim);
    desk.told_well(Operation::ConfirmCollected, told).await;
}

/// The refund of a claim waits.
pub async fn hold<W: World>(desk: &mut Desk<W>, claim: &pb::ChannelClaim) {
    let told = about(Operation::HoldClaim, claim);
    desk.told_well(Operation::HoldClaim, told).await;
}
