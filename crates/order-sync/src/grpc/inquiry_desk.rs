//! The RPCs about the work on questions, in the order of the contract.

use moa_id::{AnswerTemplateId, InquiryId, MerchantId, OperatorId};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_server::InquiryDeskService;
use moa_service::{invalid_field, parse_id, parse_optional_id, timestamp};
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::answer_templates::WrittenTemplate;
use crate::domain::answer_template::{Malformed, parse_name, parse_text};
use crate::store::answer_templates::AnswerTemplate;
use crate::store::inquiry_assignments::Assignment;

pub(super) struct InquiryDesk {
    pub(super) app: App,
}

#[tonic::async_trait]
impl InquiryDeskService for InquiryDesk {
    async fn assign_inquiry(
        &self,
        request: Request<pb::AssignInquiryRequest>,
    ) -> Result<Response<pb::AssignInquiryResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let inquiry_id: InquiryId = parse_id("inquiry_id", &request.inquiry_id)?;
        let operator_id: Option<OperatorId> =
            parse_optional_id("operator_id", &request.operator_id)?;
        let by: OperatorId = parse_id("assigned_by", &request.assigned_by)?;
        let assigned = self
            .app
            .assign_inquiry(merchant_id, inquiry_id, operator_id, by);
        Ok(Response::new(pb::AssignInquiryResponse {
            assignment: assigned.await?.map(Into::into),
        }))
    }

    async fn list_inquiry_assignments(
        &self,
        request: Request<pb::ListInquiryAssignmentsRequest>,
    ) -> Result<Response<pb::ListInquiryAssignmentsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let inquiry_id = parse_id("inquiry_id", &request.inquiry_id)?;
        let assignments = self
            .app
            .list_inquiry_assignments(merchant_id, inquiry_id)
            .await?;
        Ok(Response::new(pb::ListInquiryAssignmentsResponse {
            assignments: assignments.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_answer_templates(
        &self,
        request: Request<pb::ListAnswerTemplatesRequest>,
    ) -> Result<Response<pb::ListAnswerTemplatesResponse>, Status> {
        let merchant_id = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let templates = self.app.list_answer_templates(merchant_id).await?;
        Ok(Response::new(pb::ListAnswerTemplatesResponse {
            templates: templates.into_iter().map(Into::into).collect(),
        }))
    }

    async fn put_answer_template(
        &self,
        request: Request<pb::PutAnswerTemplateRequest>,
    ) -> Result<Response<pb::PutAnswerTemplateResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let id: Option<AnswerTemplateId> =
            parse_optional_id("answer_template_id", &request.answer_template_id)?;
        let length = request.request_id.chars().count();
        if id.is_none() && !(1..=100).contains(&length) {
            return Err(invalid_field("request_id", "must have 1 to 100 characters"));
        }
        if request.expected_version < 0 {
            return Err(invalid_field("expected_version", "must not be negative"));
        }
        let written = WrittenTemplate {
            id,
            expected_version: Some(request.expected_version).filter(|version| *version > 0),
            operator_id: parse_optional_id("operator_id", &request.operator_id)?,
            request_id: request.request_id,
            name: parse_name(&request.name).map_err(refused)?,
            text: parse_text(&request.text).map_err(refused)?,
        };
        let template = self.app.put_answer_template(merchant_id, written).await?;
        Ok(Response::new(pb::PutAnswerTemplateResponse {
            template: Some(template.into()),
        }))
    }

    async fn delete_answer_template(
        &self,
        request: Request<pb::DeleteAnswerTemplateRequest>,
    ) -> Result<Response<pb::DeleteAnswerTemplateResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let id = parse_id("answer_template_id", &request.answer_template_id)?;
        self.app.delete_answer_template(merchant_id, id).await?;
        Ok(Response::new(pb::DeleteAnswerTemplateResponse {}))
    }

    async fn fill_answer_template(
        &self,
        request: Request<pb::FillAnswerTemplateRequest>,
    ) -> Result<Response<pb::FillAnswerTemplateResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let id = parse_id("answer_template_id", &request.answer_template_id)?;
        let inquiry_id = parse_id("inquiry_id", &request.inquiry_id)?;
        let filled = self
            .app
            .fill_answer_template(merchant_id, id, inquiry_id)
            .await?;
        Ok(Response::new(pb::FillAnswerTemplateResponse {
            text: filled.text,
            unfilled: filled.unfilled.into_iter().map(str::to_owned).collect(),
        }))
    }

    async fn summarize_inquiries(
        &self,
        request: Request<pb::SummarizeInquiriesRequest>,
    ) -> Result<Response<pb::SummarizeInquiriesResponse>, Status> {
        let merchant_id = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let counts = self.app.summarize_inquiries(merchant_id).await?;
        let earliest = counts
            .iter()
            .filter_map(|count| count.earliest_answer_by)
            .min();
        let counts = counts.into_iter().map(|count| pb::InquiryCount {
            channel: count.channel,
            urgent: i32::try_from(count.urgent).unwrap_or(i32::MAX),
            normal: i32::try_from(count.normal).unwrap_or(i32::MAX),
            mark: count.mark,
        });
        Ok(Response::new(pb::SummarizeInquiriesResponse {
            counts: counts.collect(),
            earliest_answer_by: earliest.map(timestamp),
        }))
    }
}

fn refused(malformed: Malformed) -> Status {
    invalid_field(malformed.field, malformed.reason)
}

impl From<Assignment> for pb::InquiryAssignment {
    fn from(assignment: Assignment) -> Self {
        Self {
            operator_id: assignment
                .operator_id
                .map_or_else(String::new, |id| id.to_string()),
            assigned_by: assignment.assigned_by.to_string(),
            assigned_at: Some(timestamp(assignment.assigned_at)),
        }
    }
}

impl From<AnswerTemplate> for pb::AnswerTemplate {
    fn from(template: AnswerTemplate) -> Self {
        Self {
            answer_template_id: template.id.to_string(),
            name: template.name,
            text: template.text,
            updated_at: Some(timestamp(template.updated_at)),
            version: template.version,
            updated_by: template
                .updated_by
                .map_or_else(String::new, |id| id.to_string()),
        }
    }
}
