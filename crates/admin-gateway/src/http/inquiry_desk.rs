//! Who looks after which question.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::{InquiryId, OperatorId};
use moa_proto::moa::order_sync::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time_or_epoch};
use super::extract::{Body, PathId};
use super::problem::{Problem, ProblemDocument};
use crate::domain::access::Role;

/// Whom a question is given to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignInquiry {
    /// null: nobody.
    #[serde(default)]
    #[schema(required = false)]
    operator_id: Option<String>,
}

/// A question was given to somebody, or taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct InquiryAssignment {
    /// null: it was taken back.
    #[schema(required = true)]
    operator_id: Option<String>,
    assigned_by: String,
    assigned_at: DateTime<Utc>,
}

/// Whom a question was given to, newest first; the last 100 times.
#[derive(Debug, Serialize, ToSchema)]
pub struct InquiryAssignments {
    assignments: Vec<InquiryAssignment>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(assign_inquiry))
        .routes(routes!(list_assignments))
}

/// Gives a question to an operator, or to nobody.
///
/// Does nothing when it is so already; else recorded with who did it. Refuses an operator who may not answer.
#[utoipa::path(post, path = "/inquiries/{id}/assign", tag = "inquiries", params(("id" = String, Path)),
    request_body = AssignInquiry,
    responses((status = 200, body = InquiryAssignments), (status = "4XX", body = ProblemDocument)))]
async fn assign_inquiry(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<InquiryId>,
    Body(body): Body<AssignInquiry>,
) -> Result<Json<InquiryAssignments>, Problem> {
    acting.needs(Role::Operator)?;
    let operator_id = body.operator_id.filter(|id| !id.is_empty());
    if let Some(wanted) = &operator_id {
        let wanted: OperatorId = moa_service::parse_id("operator_id", wanted)?;
        let operators = app.list_operators(acting.operator().merchant_id).await?;
        let found = operators.iter().find(|one| one.operator_id == wanted);
        if !found.is_some_and(|one| one.role.covers(Role::Operator)) {
            let description =
                "is no operator of this merchant who may answer; see GET /api/v1/operators";
            return Err(Problem::field("operator_id", description));
        }
    }
    let request = pb::AssignInquiryRequest {
        merchant_id: acting.merchant_id(),
        inquiry_id: id.to_string(),
        operator_id: operator_id.unwrap_or_default(),
        assigned_by: acting.operator_id(),
    };
    let mut client = app.clients.inquiry_desk.clone();
    client.assign_inquiry(request).await?;
    assignments(&app, acting.merchant_id(), id).await
}

/// Whom a question was given to, newest first.
#[utoipa::path(get, path = "/inquiries/{id}/assignments", tag = "inquiries", params(("id" = String, Path)),
    responses((status = 200, body = InquiryAssignments), (status = "4XX", body = ProblemDocument)))]
async fn list_assignments(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<InquiryId>,
) -> Result<Json<InquiryAssignments>, Problem> {
    assignments(&app, who.merchant_id(), id).await
}

async fn assignments(
    app: &Gate,
    merchant_id: String,
    id: InquiryId,
) -> Result<Json<InquiryAssignments>, Problem> {
    let request = pb::ListInquiryAssignmentsRequest {
        merchant_id,
        inquiry_id: id.to_string(),
    };
    let mut client = app.clients.inquiry_desk.clone();
    let listed = client.list_inquiry_assignments(request).await?.into_inner();
    let assignments = listed.assignments.into_iter().map(|one| InquiryAssignment {
        operator_id: filled(one.operator_id),
        assigned_by: one.assigned_by,
        assigned_at: time_or_epoch(one.assigned_at),
    });
    Ok(Json(InquiryAssignments {
        assignments: assignments.collect(),
    }))
}
