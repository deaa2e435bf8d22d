use std::sync::{Arc, Mutex};

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::order_sync::v1 as order_sync;
use pb::check_reply_request::Reply;
use tonic::{Request, Response, Status};

use super::not_played;

/// What buyers ask: as the channel shows it, and as order-sync read it last.
#[derive(Clone, Default)]
pub(crate) struct Desk(pub(crate) Arc<Mutex<Asked>>);

/// A question, and what was said to it.
pub(crate) struct Asked {
    /// As order-sync knows it; none: it knows no such question.
    pub(crate) stored: Option<order_sync::ListedInquiry>,
    /// As the channel shows it now; none: it does not show it any more.
    pub(crate) shown: Option<pb::ChannelInquiry>,
    /// The answer to the next replies.
    pub(crate) reply: (pb::WriteOutcome, &'static str),
    /// Whether the channel takes no reply without a name.
    pub(crate) wants_answerer: bool,
    pub(crate) answers: Vec<pb::AnswerInquiryRequest>,
    pub(crate) confirmations: Vec<pb::ConfirmInquiryRequest>,
    pub(crate) looks: usize,
    /// The claim as order-sync knows it; none: it knows no such claim.
    pub(crate) stored_claim: Option<order_sync::ShownClaim>,
    /// As the channel shows it now; none: it does not show it any more.
    pub(crate) shown_claim: Option<pb::ChannelClaim>,
    /// What was told about claims, by the name of the call.
    pub(crate) told: Vec<(&'static str, pb::probe_effect_request::Intended)>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            stored: None,
            shown: None,
            reply: (pb::WriteOutcome::Confirmed, ""),
            wants_answerer: false,
            answers: Vec::new(),
            confirmations: Vec::new(),
            looks: 0,
            stored_claim: None,
            shown_claim: None,
            told: Vec::new(),
        }
    }
}

fn result(effect_id: &str, (outcome, reason): (pb::WriteOutcome, &str)) -> pb::WriteResult {
    pb::WriteResult {
        effect_id: effect_id.to_owned(),
        outcome: outcome.into(),
        reason: reason.to_owned(),
        detail: format!("the channel said {reason}"),
        ..pb::WriteResult::default()
    }
}

#[tonic::async_trait]
impl pb::channel_inquiries_service_server::ChannelInquiriesService for Desk {
    async fn fetch_inquiry(
        &self,
        _: Request<pb::FetchInquiryRequest>,
    ) -> Result<Response<pb::FetchInquiryResponse>, Status> {
        let mut asked = self.0.lock().unwrap();
        asked.looks += 1;
        Ok(Response::new(pb::FetchInquiryResponse {
            gone: asked.shown.is_none(),
            inquiry: asked.shown.clone(),
            ..pb::FetchInquiryResponse::default()
        }))
    }

    async fn check_reply(
        &self,
        request: Request<pb::CheckReplyRequest>,
    ) -> Result<Response<pb::CheckReplyResponse>, Status> {
        let by = match request.into_inner().reply.unwrap() {
            Reply::InquiryAnswer(answer) => answer.answered_by,
            Reply::InquiryConfirmation(confirmation) => confirmation.confirmed_by,
        };
        let mut response = pb::CheckReplyResponse::default();
        if self.0.lock().unwrap().wants_answerer && by.is_empty() {
            "ANSWERER_UNKNOWN".clone_into(&mut response.reason);
            "who answers?".clone_into(&mut response.detail);
        }
        Ok(Response::new(response))
    }

    async fn answer_inquiry(
        &self,
        request: Request<pb::AnswerInquiryRequest>,
    ) -> Result<Response<pb::AnswerInquiryResponse>, Status> {
        let request = request.into_inner();
        let mut asked = self.0.lock().unwrap();
        let result = Some(result(&request.effect_id, asked.reply));
        asked.answers.push(request);
        Ok(Response::new(pb::AnswerInquiryResponse { result }))
    }

    async fn confirm_inquiry(
        &self,
        request: Request<pb::ConfirmInquiryRequest>,
    ) -> Result<Response<pb::ConfirmInquiryResponse>, Status> {
        let request = request.into_inner();
        let mut asked = self.0.lock().unwrap();
        let result = Some(result(&request.effect_id, asked.reply));
        asked.confirmations.push(request);
        Ok(Response::new(pb::ConfirmInquiryResponse { result }))
    }

    async fn fetch_inquiries(
        &self,
        _: Request<pb::FetchInquiriesRequest>,
    ) -> Result<Response<pb::FetchInquiriesResponse>, Status> {
        Err(not_played())
    }
}

#[tonic::async_trait]
impl order_sync::inquiries_service_server::InquiriesService for Desk {
    async fn get_inquiry(
        &self,
        _: Request<order_sync::GetInquiryRequest>,
    ) -> Result<Response<order_sync::GetInquiryResponse>, Status> {
        let inquiry = self.0.lock().unwrap().stored.clone();
        match inquiry {
            Some(_) => Ok(Response::new(order_sync::GetInquiryResponse { inquiry })),
            None => Err(Status::not_found("there is no such inquiry")),
        }
    }

    async fn list_inquiries(
        &self,
        _: Request<order_sync::ListInquiriesRequest>,
    ) -> Result<Response<order_sync::ListInquiriesResponse>, Status> {
        Err(not_played())
    }

    async fn get_inquiry_thread(
        &self,
        _: Request<order_sync::GetInquiryThreadRequest>,
    ) -> Result<Response<order_sync::GetInquiryThreadResponse>, Status> {
        Err(not_played())
    }
}

/// Each call writes down what it was told.
macro_rules! told {
    ($($method:ident($request:ident { $field:ident }) -> $response:ident as $intended:ident;)+) => {
        #[tonic::async_trait]
        impl pb::channel_claims_service_server::ChannelClaimsService for Desk {
            async fn fetch_claim(
                &self,
                _: Request<pb::FetchClaimRequest>,
            ) -> Result<Response<pb::FetchClaimResponse>, Status> {
                let mut asked = self.0.lock().unwrap();
                asked.looks += 1;
                Ok(Response::new(pb::FetchClaimResponse {
                    gone: asked.shown_claim.is_none(),
                    claim: asked.shown_claim.clone(),
                    ..pb::FetchClaimResponse::default()
                }))
            }

            async fn cancel_lines(
                &self,
                _: Request<pb::CancelLinesRequest>,
            ) -> Result<Response<pb::CancelLinesResponse>, Status> {
                Err(not_played())
            }

            $(async fn $method(
                &self,
                request: Request<pb::$request>,
            ) -> Result<Response<pb::$response>, Status> {
                let request = request.into_inner();
                let mut asked = self.0.lock().unwrap();
                let intended = pb::probe_effect_request::Intended::$intended(request.$field.unwrap());
                asked.told.push((stringify!($method), intended));
                let result = Some(result(&request.effect_id, asked.reply));
                Ok(Response::new(pb::$response { result }))
            })+
        }
    };
}
told! {
    confirm_stop(ConfirmStopRequest { stop_confirmation }) -> ConfirmStopResponse as StopConfirmation;
    report_already_shipped(ReportAlreadyShippedRequest { already_shipped_report })
        -> ReportAlreadyShippedResponse as AlreadyShippedReport;
    approve_claim(ApproveClaimRequest { claim_approval }) -> ApproveClaimResponse as ClaimApproval;
    reject_claim(RejectClaimRequest { claim_rejection }) -> RejectClaimResponse as ClaimRejection;
    confirm_collected(ConfirmCollectedRequest { collection_confirmation })
        -> ConfirmCollectedResponse as CollectionConfirmation;
    report_collection(ReportCollectionRequest { collection_report })
        -> ReportCollectionResponse as CollectionReport;
    reship_exchange(ReshipExchangeRequest { exchange_reshipment })
        -> ReshipExchangeResponse as ExchangeReshipment;
    hold_claim(HoldClaimRequest { claim_hold }) -> HoldClaimResponse as ClaimHold;
    release_claim(ReleaseClaimRequest { claim_release }) -> ReleaseClaimResponse as ClaimRelease;
}

#[tonic::async_trait]
impl order_sync::claims_service_server::ClaimsService for Desk {
    async fn get_claim(
        &self,
        _: Request<order_sync::GetClaimRequest>,
    ) -> Result<Response<order_sync::GetClaimResponse>, Status> {
        let claim = self.0.lock().unwrap().stored_claim.clone();
        match claim {
            Some(_) => Ok(Response::new(order_sync::GetClaimResponse { claim })),
            None => Err(Status::not_found("there is no such claim")),
        }
    }

    async fn list_claims(
        &self,
        _: Request<order_sync::ListClaimsRequest>,
    ) -> Result<Response<order_sync::ListClaimsResponse>, Status> {
        Err(not_played())
    }
}
