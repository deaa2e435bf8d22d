use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_claims_service_server::ChannelClaimsService;
use moa_service::timestamp;
use tonic::{Request, Response, Status};

use super::parse_operation::{claim_ref, operation};
use super::tell::Head;
use super::{deadline, parse};
use crate::app::App;
use crate::channel::ReadQuery;

/// Implements the contract's service.
pub struct ChannelClaims {
    pub app: App,
}

#[tonic::async_trait]
impl ChannelClaimsService for ChannelClaims {
    async fn fetch_claim(
        &self,
        request: Request<pb::FetchClaimRequest>,
    ) -> Result<Response<pb::FetchClaimResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ReadQuery {
            class: parse::class(request.call_class)?,
            what: claim_ref("claim", request.claim)?,
            deadline,
        };
        let read = self.app.fetch_claim(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchClaimResponse {
            gone: read.found.is_none(),
            claim: read.found.map(Into::into),
            raw_page: read.raw,
            read_at: Some(timestamp(read.read_at)),
        }))
    }

    async fn confirm_stop(
        &self,
        request: Request<pb::ConfirmStopRequest>,
    ) -> Result<Response<pb::ConfirmStopResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.stop_confirmation)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ConfirmStopResponse { result }))
    }

    async fn report_already_shipped(
        &self,
        request: Request<pb::ReportAlreadyShippedRequest>,
    ) -> Result<Response<pb::ReportAlreadyShippedResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.already_shipped_report)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ReportAlreadyShippedResponse { result }))
    }

    async fn cancel_lines(
        &self,
        request: Request<pb::CancelLinesRequest>,
    ) -> Result<Response<pb::CancelLinesResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.lines_cancellation)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::CancelLinesResponse { result }))
    }

    async fn approve_claim(
        &self,
        request: Request<pb::ApproveClaimRequest>,
    ) -> Result<Response<pb::ApproveClaimResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.claim_approval)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ApproveClaimResponse { result }))
    }

    async fn reject_claim(
        &self,
        request: Request<pb::RejectClaimRequest>,
    ) -> Result<Response<pb::RejectClaimResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.claim_rejection)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::RejectClaimResponse { result }))
    }

    async fn confirm_collected(
        &self,
        request: Request<pb::ConfirmCollectedRequest>,
    ) -> Result<Response<pb::ConfirmCollectedResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.collection_confirmation)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ConfirmCollectedResponse { result }))
    }

    async fn report_collection(
        &self,
        request: Request<pb::ReportCollectionRequest>,
    ) -> Result<Response<pb::ReportCollectionResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.collection_report)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ReportCollectionResponse { result }))
    }

    async fn reship_exchange(
        &self,
        request: Request<pb::ReshipExchangeRequest>,
    ) -> Result<Response<pb::ReshipExchangeResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.exchange_reshipment)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ReshipExchangeResponse { result }))
    }

    async fn hold_claim(
        &self,
        request: Request<pb::HoldClaimRequest>,
    ) -> Result<Response<pb::HoldClaimResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.claim_hold)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::HoldClaimResponse { result }))
    }

    async fn release_claim(
        &self,
        request: Request<pb::ReleaseClaimRequest>,
    ) -> Result<Response<pb::ReleaseClaimResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.claim_release)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ReleaseClaimResponse { result }))
    }
}
