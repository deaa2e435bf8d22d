//! The RPCs about questions, in the order of the contract.

use chrono::{DateTime, Utc};
use moa_id::{InquiryId, MerchantId, OperatorId};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::inquiries_service_server::InquiriesService;
use moa_service::{
    PageToken, current_caller, invalid_field, page_size, parse_id, parse_optional_id,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::app::App;
use crate::domain::inquiry::InquiryState;
use crate::store::inquiry_lists::InquiryPage;

/// Where the list goes on, newest question first.
const NEWEST: PageToken = PageToken::of("inquiries");
/// Where the list goes on, soonest deadline first.
const DUE: PageToken = PageToken::of("inquiries_due");

pub(super) struct Inquiries {
    pub(super) app: App,
}

#[tonic::async_trait]
impl InquiriesService for Inquiries {
    async fn list_inquiries(
        &self,
        request: Request<pb::ListInquiriesRequest>,
    ) -> Result<Response<pb::ListInquiriesResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let size = page_size(request.page_size, 50, 200)?;
        let pages = if request.due_only { DUE } else { NEWEST };
        let after: Option<(Option<DateTime<Utc>>, Uuid)> = pages.decode(&request.page_token)?;
        if request.channel.len() > 40 {
            return Err(invalid_field("channel", "must have at most 40 characters"));
        }
        let page = InquiryPage {
            channel: &request.channel,
            state: parse_state(request.state)?,
            open_only: request.open_only,
            urgent_only: request.urgent_only,
            due_only: request.due_only,
            order_id: parse_optional_id("order_id", &request.order_id)?,
            assigned_to: parse_optional_id("assigned_to", &request.assigned_to)?,
            after,
            limit: size + 1,
            now: self.app.clock.now(),
        };
        let mut listed = self.app.list_inquiries(merchant_id, &page).await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_more = listed.len() > size;
        listed.truncate(size);
        let last = listed.last().filter(|_| has_more);
        let next = last.map(|one| {
            let sorted_by = match request.due_only {
                true => one.inquiry.facts.answer_by,
                false => Some(one.inquiry.facts.asked_at),
            };
            (sorted_by, one.inquiry.inquiry_id.as_uuid())
        });
        Ok(Response::new(pb::ListInquiriesResponse {
            inquiries: listed.into_iter().map(Into::into).collect(),
            next_page_token: pages.encode(next.as_ref()),
        }))
    }

    async fn get_inquiry(
        &self,
        request: Request<pb::GetInquiryRequest>,
    ) -> Result<Response<pb::GetInquiryResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let inquiry_id: InquiryId = parse_id("inquiry_id", &request.inquiry_id)?;
        let seen = self.app.get_inquiry(merchant_id, inquiry_id).await?;
        Ok(Response::new(pb::GetInquiryResponse {
            inquiry: Some(seen.into()),
        }))
    }

    async fn get_inquiry_thread(
        &self,
        request: Request<pb::GetInquiryThreadRequest>,
    ) -> Result<Response<pb::GetInquiryThreadResponse>, Status> {
        let caller = current_caller(&request)
            .ok_or_else(|| Status::unauthenticated("the caller is not known"))?;
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let inquiry_id: InquiryId = parse_id("inquiry_id", &request.inquiry_id)?;
        let operator_id: OperatorId = parse_id("operator_id", &request.operator_id)?;
        let opened = self
            .app
            .get_inquiry_thread(merchant_id, inquiry_id, caller, operator_id);
        let (seen, thread) = opened.await?;
        Ok(Response::new(pb::GetInquiryThreadResponse {
            inquiry: Some(seen.into()),
            erased: thread.is_none(),
            thread: thread.map(Into::into),
        }))
    }
}

fn parse_state(state: i32) -> Result<Option<InquiryState>, Status> {
    match pb::InquiryState::try_from(state) {
        Ok(pb::InquiryState::Unspecified) => Ok(None),
        Ok(pb::InquiryState::Waiting) => Ok(Some(InquiryState::Waiting)),
        Ok(pb::InquiryState::Answered) => Ok(Some(InquiryState::Answered)),
        Ok(pb::InquiryState::ToConfirm) => Ok(Some(InquiryState::ToConfirm)),
        Ok(pb::InquiryState::Closed) => Ok(Some(InquiryState::Closed)),
        Err(_) => Err(invalid_field("state", "is no state of an inquiry")),
    }
}
