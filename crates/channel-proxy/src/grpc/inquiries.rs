use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_inquiries_service_server::ChannelInquiriesService;
use moa_service::{invalid_field, parse_timestamp, timestamp};
use pb::check_reply_request::Reply;
use tonic::{Request, Response, Status};

use super::parse_operation::{inquiry_kind, inquiry_ref, operation};
use super::tell::Head;
use super::{deadline, parse};
use crate::app::App;
use crate::channel::{InquiriesQuery, ReadQuery};

/// Implements the contract's service.
pub struct ChannelInquiries {
    pub app: App,
}

#[tonic::async_trait]
impl ChannelInquiriesService for ChannelInquiries {
    async fn fetch_inquiries(
        &self,
        request: Request<pb::FetchInquiriesRequest>,
    ) -> Result<Response<pb::FetchInquiriesResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = InquiriesQuery {
            class: parse::class(request.call_class)?,
            kind: inquiry_kind("kind", request.kind)?,
            state: parse::inquiry_state(request.state)?,
            from: parse_timestamp("from", request.from)?,
            to: parse_timestamp("to", request.to)?,
            page_token: request.page_token,
            deadline,
        };
        let page = self.app.fetch_inquiries(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchInquiriesResponse {
            raw_page: page.raw,
            inquiries: page.rows.into_iter().map(Into::into).collect(),
            rejected_rows: page.rejected.into_iter().map(Into::into).collect(),
            next_page_token: page.next_page_token,
            read_at: Some(timestamp(page.read_at)),
        }))
    }

    async fn fetch_inquiry(
        &self,
        request: Request<pb::FetchInquiryRequest>,
    ) -> Result<Response<pb::FetchInquiryResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ReadQuery {
            class: parse::class(request.call_class)?,
            what: inquiry_ref("inquiry", request.inquiry)?,
            deadline,
        };
        let read = self.app.fetch_inquiry(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchInquiryResponse {
            gone: read.found.is_none(),
            inquiry: read.found.map(Into::into),
            raw_page: read.raw,
            read_at: Some(timestamp(read.read_at)),
        }))
    }

    async fn check_reply(
        &self,
        request: Request<pb::CheckReplyRequest>,
    ) -> Result<Response<pb::CheckReplyResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let operation = match request.reply {
            Some(Reply::InquiryAnswer(answer)) => operation(Some(answer))?,
            Some(Reply::InquiryConfirmation(confirmation)) => operation(Some(confirmation))?,
            None => return Err(invalid_field("reply", "is missing")),
        };
        let refused = self.app.check(merchant_id, id, &operation).await?;
        let response = refused.map(|refused| pb::CheckReplyResponse {
            reason: refused.reason,
            detail: refused.detail,
        });
        Ok(Response::new(response.unwrap_or_default()))
    }

    async fn answer_inquiry(
        &self,
        request: Request<pb::AnswerInquiryRequest>,
    ) -> Result<Response<pb::AnswerInquiryResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.inquiry_answer)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::AnswerInquiryResponse { result }))
    }

    async fn confirm_inquiry(
        &self,
        request: Request<pb::ConfirmInquiryRequest>,
    ) -> Result<Response<pb::ConfirmInquiryResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let head = Head::parse(
            &request.merchant_id,
            &request.channel_account_id,
            &request.effect_id,
            request.fence,
        )?;
        let operation = operation(request.inquiry_confirmation)?;
        let result = Some(head.tell(&self.app, operation, deadline).await?);
        Ok(Response::new(pb::ConfirmInquiryResponse { result }))
    }
}
