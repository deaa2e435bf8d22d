//! What leaves the house, for people to see and to mend: the ledgers of all services as one.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::EffectId;
use moa_proto::moa::effects::v1 as pb;
use moa_service::ServiceName;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time, time_or_epoch};
use super::extract::{Body, Page, Params, PathId, blank_as_default, blank_as_none};
use super::problem::{Problem, ProblemDocument};
use super::words::{EffectKind, EffectState};
use crate::domain::access::Role;

/// Something that goes, or went, to the outside world exactly once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Effect {
    id: String,
    /// The service whose ledger holds it.
    service: String,
    kind: EffectKind,
    state: EffectState,
    /// What it is about: a shipment, parcel, entitlement or order.
    subject_id: String,
    #[schema(required = true)]
    order_id: Option<String>,
    /// Why it is in this state: a stable reason; null while nothing went wrong.
    #[schema(required = true)]
    reason: Option<String>,
    /// The same for people.
    #[schema(required = true)]
    detail: Option<String>,
    attempt_count: i32,
    #[schema(required = true)]
    next_attempt_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An effect with everything that was tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct EffectWithAttempts {
    #[serde(flatten)]
    effect: Effect,
    attempts: Vec<EffectAttempt>,
}

/// Evidence of one transition.
#[derive(Debug, Serialize, ToSchema)]
pub struct EffectAttempt {
    /// Grows with each holder.
    fence: i64,
    from_state: EffectState,
    to_state: EffectState,
    #[schema(required = true)]
    at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    reason: Option<String>,
    #[schema(required = true)]
    detail: Option<String>,
    /// As the adapter recorded it: hashes, ids, ages, status codes.
    #[schema(value_type = Object)]
    evidence: serde_json::Value,
}

/// A page of effects.
#[derive(Debug, Serialize, ToSchema)]
pub struct Effects {
    effects: Vec<Effect>,
    /// "" at the end.
    next_page_token: String,
}

/// Which effects.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EffectFilter {
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    state: Option<EffectState>,
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    kind: Option<EffectKind>,
    /// Only effects about this shipment, parcel, entitlement or order.
    #[serde(default)]
    #[param(required = false)]
    subject_id: String,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// Why an effect is tried again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedriveEffect {
    /// For the evidence; 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_effects))
        .routes(routes!(get_effect))
        .routes(routes!(redrive_effect))
}

/// Effects, newest first.
///
/// The ledgers of all services as one list. A page may be shorter than asked for; only an empty `next_page_token` is
/// the end.
#[utoipa::path(get, path = "/effects", tag = "effects", params(EffectFilter),
    responses((status = 200, body = Effects), (status = "4XX", body = ProblemDocument)))]
async fn list_effects(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<EffectFilter>,
) -> Result<Json<Effects>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListEffectsRequest {
        merchant_id: who.merchant_id(),
        state: filter.state.map_or(0, EffectState::number),
        kind: filter.kind.map_or(0, EffectKind::number),
        subject_id: filter.subject_id,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let (effects, next_page_token) = app.clients.list_effects(request).await?;
    let effects = effects.into_iter().map(Effect::from).collect();
    Ok(Json(Effects {
        effects,
        next_page_token,
    }))
}

/// One effect with its attempts.
#[utoipa::path(get, path = "/effects/{id}", tag = "effects", params(("id" = String, Path)),
    responses((status = 200, body = EffectWithAttempts), (status = "4XX", body = ProblemDocument)))]
async fn get_effect(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<EffectId>,
) -> Result<Json<EffectWithAttempts>, Problem> {
    let (service, effect, attempts) = app
        .clients
        .get_effect(&who.merchant_id(), &id.to_string())
        .await?;
    Ok(Json(EffectWithAttempts {
        effect: (service, effect).into(),
        attempts: attempts.into_iter().map(EffectAttempt::from).collect(),
    }))
}

/// Tries an effect again.
///
/// For effects that are DEAD, BLOCKED, REJECTED or CONFLICT. The operator and the reason stand in the evidence. Refuses
/// with CLAIM_DECISION_UNDER_WAY (its metadata name the step) while another step of its claim is on its way.
#[utoipa::path(post, path = "/effects/{id}/redrive", tag = "effects", params(("id" = String, Path)),
    request_body = RedriveEffect,
    responses((status = 202, body = Effect), (status = "4XX", body = ProblemDocument)))]
async fn redrive_effect(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<EffectId>,
    Body(body): Body<RedriveEffect>,
) -> Result<(StatusCode, Json<Effect>), Problem> {
    acting.needs(Role::Operator)?;
    let reason = moa_service::parse::parse_text("reason", &body.reason, 500)?;
    let request = pb::RedriveEffectRequest {
        merchant_id: acting.merchant_id(),
        effect_id: id.to_string(),
        operator: acting.operator_id(),
        reason,
    };
    let effect = app.clients.redrive_effect(request).await?;
    Ok((StatusCode::ACCEPTED, Json(effect.into())))
}

impl From<(ServiceName, pb::Effect)> for Effect {
    fn from((service, effect): (ServiceName, pb::Effect)) -> Self {
        Self {
            id: effect.effect_id,
            service: service.as_str().to_owned(),
            kind: EffectKind::of(effect.kind),
            state: EffectState::of(effect.state),
            subject_id: effect.subject_id,
            order_id: filled(effect.order_id),
            reason: filled(effect.reason),
            detail: filled(effect.detail),
            attempt_count: effect.attempt_count,
            next_attempt_at: time(effect.next_attempt_at),
            created_at: time_or_epoch(effect.created_at),
            updated_at: time_or_epoch(effect.updated_at),
        }
    }
}

impl From<pb::EffectAttempt> for EffectAttempt {
    fn from(attempt: pb::EffectAttempt) -> Self {
        let evidence = serde_json::from_str(&attempt.evidence_json)
            .unwrap_or(serde_json::Value::String(attempt.evidence_json));
        Self {
            fence: attempt.fence,
            from_state: EffectState::of(attempt.from_state),
            to_state: EffectState::of(attempt.to_state),
            at: time(attempt.at),
            reason: filled(attempt.reason),
            detail: filled(attempt.detail),
            evidence,
        }
    }
}
