//! The texts that answers begin from.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::{AnswerTemplateId, InquiryId};
use moa_proto::moa::order_sync::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time_or_epoch};
use super::extract::{Body, Params, PathId};
use super::problem::{Problem, ProblemDocument};
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// A text that answers begin from.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerTemplate {
    id: String,
    name: String,
    text: String,
    updated_at: DateTime<Utc>,
    /// Raised by every change; a change names the one it was made from. Null when it is not known: leave it out then.
    #[schema(required = true)]
    version: Option<i64>,
    /// The operator who wrote it last; null when that is not known.
    #[schema(required = true)]
    updated_by: Option<String>,
}

/// Every template, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerTemplates {
    templates: Vec<AnswerTemplate>,
}

/// A template as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAnswerTemplate {
    /// Unique.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// `{buyer}` is the buyer's masked name, `{product}` what the question or its order is about, `{tracking_number}` and
    /// `{order_number}` are of its first order. Any other `{word}` is refused.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
    /// Of one that is replaced: the version that was read. Absent: whichever it has, so that another's change may be lost.
    #[serde(default)]
    #[schema(required = false, minimum = 1)]
    version: Option<i64>,
}

/// Which template is to be filled.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichTemplate {
    #[serde(default)]
    template_id: String,
}

/// A text to begin an answer with.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilledAnswerTemplate {
    /// Gaps for which nothing is known stand in it as they were written; mend them before you send.
    text: String,
    /// Their names, e.g. `tracking_number`.
    unfilled: Vec<String>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_templates, create_template))
        .routes(routes!(replace_template, delete_template))
        .routes(routes!(fill_template))
}

/// Every template, by name.
#[utoipa::path(get, path = "/answer-templates", tag = "inquiries",
    responses((status = 200, body = AnswerTemplates), (status = "4XX", body = ProblemDocument)))]
async fn list_templates(
    State(app): State<Gate>,
    who: SignedIn,
) -> Result<Json<AnswerTemplates>, Problem> {
    let request = pb::ListAnswerTemplatesRequest {
        merchant_id: who.merchant_id(),
    };
    let mut client = app.clients.inquiry_desk.clone();
    let listed = client.list_answer_templates(request).await?.into_inner();
    Ok(Json(AnswerTemplates {
        templates: listed.templates.into_iter().map(Into::into).collect(),
    }))
}

/// Makes a template. Refuses with ANSWER_TEMPLATE_NAME_TAKEN, ANSWER_TEMPLATES_TOO_MANY; a placeholder that is not known is
/// refused by name.
#[utoipa::path(post, path = "/answer-templates", tag = "inquiries", request_body = PutAnswerTemplate,
    responses((status = 201, body = AnswerTemplate), (status = "4XX", body = ProblemDocument)))]
async fn create_template(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<PutAnswerTemplate>,
) -> Result<(StatusCode, Json<AnswerTemplate>), Problem> {
    let template = put(&app, &acting, String::new(), body).await?;
    Ok((StatusCode::CREATED, template))
}

/// Replaces a template.
///
/// Refuses as making one does, with ANSWER_TEMPLATE_NOT_FOUND, and with ANSWER_TEMPLATE_CHANGED when it has another version
/// by now; the metadata say which, who changed it (`updated_by`, `operator`) and when (`updated_at`).
#[utoipa::path(put, path = "/answer-templates/{id}", tag = "inquiries", params(("id" = String, Path)),
    request_body = PutAnswerTemplate,
    responses((status = 200, body = AnswerTemplate), (status = "4XX", body = ProblemDocument)))]
async fn replace_template(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<AnswerTemplateId>,
    Body(body): Body<PutAnswerTemplate>,
) -> Result<Json<AnswerTemplate>, Problem> {
    put(&app, &acting, id.to_string(), body).await
}

/// Removes a template. Does nothing when there is none.
#[utoipa::path(delete, path = "/answer-templates/{id}", tag = "inquiries", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ProblemDocument)))]
async fn delete_template(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<AnswerTemplateId>,
) -> Result<StatusCode, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::DeleteAnswerTemplateRequest {
        merchant_id: acting.merchant_id(),
        answer_template_id: id.to_string(),
    };
    let mut client = app.clients.inquiry_desk.clone();
    client.delete_answer_template(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put(
    app: &Gate,
    acting: &Acting,
    id: String,
    body: PutAnswerTemplate,
) -> Result<Json<AnswerTemplate>, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::PutAnswerTemplateRequest {
        merchant_id: acting.merchant_id(),
        answer_template_id: id,
        request_id: acting.request_id(),
        name: body.name,
        text: body.text,
        expected_version: match body.version {
            None => 0,
            Some(version) if version > 0 => version,
            Some(_) => return Err(Problem::field("version", "must be at least 1")),
        },
        operator_id: acting.operator_id(),
    };
    let mut client = app.clients.inquiry_desk.clone();
    let stored = match client.put_answer_template(request).await {
        Ok(stored) => stored.into_inner(),
        Err(status) => return Err(with_name(app, acting, status.into()).await),
    };
    let template = stored.template.ok_or_else(|| missing("template"))?;
    Ok(Json(template.into()))
}

/// A refusal that says who changed it carries that person's name, too, where it can be read.
async fn with_name(app: &Gate, acting: &Acting, refused: Problem) -> Problem {
    let Some(by) = refused.metadata("updated_by").filter(|id| !id.is_empty()) else {
        return refused;
    };
    let operators = match app.list_operators(acting.operator().merchant_id).await {
        Ok(operators) => operators,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a refusal goes out without the name of who changed it: {error}"
            );
            return refused;
        }
    };
    let found = operators
        .into_iter()
        .find(|one| one.operator_id.to_string() == by);
    match found {
        Some(one) => refused.with_metadata("operator", one.name),
        None => refused,
    }
}

/// A template filled for a question: the text to begin an answer with.
///
/// The buyer's name is masked, so nothing is recorded. Refuses with INQUIRY_NOT_FOUND, ANSWER_TEMPLATE_NOT_FOUND.
#[utoipa::path(get, path = "/inquiries/{id}/filled-template", tag = "inquiries",
    params(("id" = String, Path), WhichTemplate),
    responses((status = 200, body = FilledAnswerTemplate), (status = "4XX", body = ProblemDocument)))]
async fn fill_template(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<InquiryId>,
    Params(which): Params<WhichTemplate>,
) -> Result<Json<FilledAnswerTemplate>, Problem> {
    let template: AnswerTemplateId = moa_service::parse_id("template_id", &which.template_id)?;
    let request = pb::FillAnswerTemplateRequest {
        merchant_id: who.merchant_id(),
        answer_template_id: template.to_string(),
        inquiry_id: id.to_string(),
    };
    let mut client = app.clients.inquiry_desk.clone();
    let filled = client.fill_answer_template(request).await?.into_inner();
    Ok(Json(FilledAnswerTemplate {
        text: filled.text,
        unfilled: filled.unfilled,
    }))
}

impl From<pb::AnswerTemplate> for AnswerTemplate {
    fn from(template: pb::AnswerTemplate) -> Self {
        Self {
            id: template.answer_template_id,
            name: template.name,
            text: template.text,
            updated_at: time_or_epoch(template.updated_at),
            version: Some(template.version).filter(|version| *version > 0),
            updated_by: filled(template.updated_by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_nobody_told_is_null_and_no_number_to_send_back() {
        let told = |version| {
            let template = pb::AnswerTemplate {
                version,
                ..pb::AnswerTemplate::default()
            };
            serde_json::to_value(AnswerTemplate::from(template)).unwrap()["version"].clone()
        };
        assert_eq!(told(0), serde_json::Value::Null);
        assert_eq!(told(3), serde_json::json!(3));
    }
}
