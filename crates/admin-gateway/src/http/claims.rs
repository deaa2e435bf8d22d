//! After-sale demands, and what is done about them.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::ClaimId;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::money::v1 as money;
use moa_proto::moa::order_sync::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::claim_parts::{ClaimDeadline, ClaimDecision, ClaimLine, ClaimParcel};
use super::convert::{Money, filled, time, time_or_epoch};
use super::extract::{Body, Page, Params, PathId, blank_as_default, blank_as_none};
use super::problem::{Problem, ProblemDocument};
use super::words::{
    ClaimAction, ClaimFault, ClaimHoldReason, ClaimKind, ClaimRejectReason, ClaimStage, ClaimState,
};
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// A demand of a buyer after the sale.
#[derive(Debug, Serialize, ToSchema)]
pub struct Claim {
    id: String,
    channel: String,
    channel_account_id: String,
    channel_claim_id: String,
    channel_order_id: String,
    /// null while the order is not here.
    #[schema(required = true)]
    order_id: Option<String>,
    kind: ClaimKind,
    /// Where it stands for its order. REJECTED by the merchant counts as WITHDRAWN here: see `rejected`.
    state: ClaimState,
    /// It is undecided.
    open: bool,
    rejected: bool,
    /// How far it is.
    stage: ClaimStage,
    /// The channel's own word when stage is UNRECOGNIZED.
    #[schema(required = true)]
    unknown_stage: Option<String>,
    /// What may be done about it now; each is an `action` of `POST /claims/{id}/decide`.
    actions: Vec<ClaimAction>,
    /// null when not told.
    #[schema(required = true)]
    fault: Option<ClaimFault>,
    /// The channel's reason code or text.
    #[schema(required = true)]
    reason: Option<String>,
    /// Shipping of the return: positive when the merchant pays, negative when the buyer does; null when not told.
    #[schema(required = true)]
    shipping_charge: Option<Money>,
    /// What the buyer says to have put into the parcel, in cash; null when nothing.
    #[schema(required = true)]
    enclosed_charge: Option<Money>,
    /// Demanded of the buyer beside shipping; null when nothing.
    #[schema(required = true)]
    extra_charge: Option<Money>,
    /// What the channel pays of the shipping in the buyer's place; null when nothing.
    #[schema(required = true)]
    channel_support: Option<Money>,
    /// How the buyer pays the shipping, in the channel's own word; null when it does not say.
    #[schema(required = true)]
    charge_method: Option<String>,
    /// By when the merchant must act; null when nobody says anything, and once it is decided.
    #[schema(required = true)]
    deadline: Option<ClaimDeadline>,
    /// The channel refunds before the goods are back.
    refunds_early: bool,
    /// The refund waits for the merchant.
    held: bool,
    /// All that it is about; 0 when the channel does not say.
    quantity: i32,
    lines: Vec<ClaimLine>,
    /// Parcels in which goods come back.
    collections: Vec<ClaimParcel>,
    /// Parcels in which an exchange's goods go out.
    reshipments: Vec<ClaimParcel>,
    requested_at: DateTime<Utc>,
    #[schema(required = true)]
    updated_at: Option<DateTime<Utc>>,
    /// When it was read last.
    #[schema(required = true)]
    read_at: Option<DateTime<Utc>>,
    /// What was done from here, oldest first.
    decisions: Vec<ClaimDecision>,
}

/// A page of claims.
#[derive(Debug, Serialize, ToSchema)]
pub struct Claims {
    claims: Vec<Claim>,
    /// "" at the end.
    next_page_token: String,
}

/// Which claims.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClaimFilter {
    #[serde(default)]
    #[param(required = false)]
    channel: String,
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    kind: Option<ClaimKind>,
    /// Only what is undecided.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    open: bool,
    /// Only undecided ones, by the time by which the merchant must act: the soonest first, those of which it is not known last.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    due: bool,
    /// Only those of this order.
    #[serde(default)]
    #[param(required = false)]
    order_id: String,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// A step of a claim with its terms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideClaim {
    /// One that the claim offers.
    action: ClaimAction,
    /// Of REPORT_ALREADY_SHIPPED, REPORT_COLLECTION and RESHIP: one of `GET /api/v1/carriers`.
    #[serde(default)]
    #[schema(required = false)]
    carrier: Option<String>,
    #[serde(default)]
    #[schema(required = false)]
    tracking_number: Option<String>,
    /// Of RESHIP and REPORT_ALREADY_SHIPPED: the number is right although a parcel of another receiver has it, too.
    #[serde(default)]
    #[schema(required = false)]
    accept_duplicate_number: bool,
    /// Of RESHIP: one of the claim's reshipments; may be absent when there is only one.
    #[serde(default)]
    #[schema(required = false)]
    channel_parcel_id: Option<String>,
    /// Of REJECT.
    #[serde(default)]
    #[schema(required = false)]
    reject_reason: Option<ClaimRejectReason>,
    /// Of HOLD.
    #[serde(default)]
    #[schema(required = false)]
    hold_reason: Option<ClaimHoldReason>,
    /// Of REJECT and HOLD; the buyer reads it. At most 500 characters.
    #[serde(default)]
    #[schema(required = false, max_length = 500)]
    note: Option<String>,
    /// Of HOLD: asked of the buyer on top, in won.
    #[serde(default)]
    #[schema(required = false, minimum = 0)]
    extra_fee_won: Option<i64>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_claims))
        .routes(routes!(get_claim))
        .routes(routes!(decide_claim))
}

/// Claims, newest demand first; with `due`, the soonest deadline first.
#[utoipa::path(get, path = "/claims", tag = "claims", params(ClaimFilter),
    responses((status = 200, body = Claims), (status = "4XX", body = ProblemDocument)))]
async fn list_claims(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<ClaimFilter>,
) -> Result<Json<Claims>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListClaimsRequest {
        merchant_id: who.merchant_id(),
        channel: filter.channel,
        kind: filter.kind.map_or(0, ClaimKind::number),
        open_only: filter.open,
        due_only: filter.due,
        order_id: filter.order_id,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.claims.clone();
    let response = client.list_claims(request).await?.into_inner();
    Ok(Json(Claims {
        claims: with_decisions(&app, &who, response.claims).await?,
        next_page_token: response.next_page_token,
    }))
}

/// One claim.
#[utoipa::path(get, path = "/claims/{id}", tag = "claims", params(("id" = String, Path)),
    responses((status = 200, body = Claim), (status = "4XX", body = ProblemDocument)))]
async fn get_claim(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ClaimId>,
) -> Result<Json<Claim>, Problem> {
    let request = pb::GetClaimRequest {
        merchant_id: who.merchant_id(),
        claim_id: id.to_string(),
    };
    let mut client = app.clients.claims.clone();
    let shown = client.get_claim(request).await?.into_inner().claim;
    let shown = shown.ok_or_else(|| missing("claim"))?;
    let mut claims = with_decisions(&app, &who, vec![shown]).await?;
    let claim = claims.pop().ok_or_else(|| missing("claim"))?;
    Ok(Json(claim))
}

/// Takes a step of a claim.
///
/// It is looked at once more, and the channel is told only when the claim is still what was decided about. One step at a
/// time, each once. Refuses with CLAIM_ALREADY_DECIDED, CLAIM_DECISION_UNDER_WAY (its metadata name the step),
/// CLAIM_ACTION_NOT_POSSIBLE (its metadata list what is), CLAIM_PARCEL_UNCLEAR, CARRIER_UNKNOWN, TRACKING_NUMBER_MALFORMED,
/// TRACKING_NUMBER_IN_USE (of another receiver; send it again with `accept_duplicate_number` when it is right),
/// PLACEHOLDER_UNFILLED (a gap of an answer template is left in the note).
#[utoipa::path(post, path = "/claims/{id}/decide", tag = "claims", params(("id" = String, Path)),
    request_body = DecideClaim,
    responses((status = 202, body = ClaimDecision), (status = "4XX", body = ProblemDocument)))]
async fn decide_claim(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ClaimId>,
    Body(body): Body<DecideClaim>,
) -> Result<(StatusCode, Json<ClaimDecision>), Problem> {
    acting.needs(Role::Operator)?;
    let request = fulfillment::DecideClaimRequest {
        merchant_id: acting.merchant_id(),
        request_id: acting.request_id(),
        claim_id: id.to_string(),
        action: body.action.number(),
        carrier: body.carrier.unwrap_or_default(),
        tracking_number: body.tracking_number.unwrap_or_default(),
        channel_parcel_id: body.channel_parcel_id.unwrap_or_default(),
        reject_reason: body.reject_reason.map_or(0, ClaimRejectReason::number),
        hold_reason: body.hold_reason.map_or(0, ClaimHoldReason::number),
        note: body.note.unwrap_or_default(),
        extra_fee: body.extra_fee_won.map(|amount_minor| money::Money {
            amount_minor,
            currency: "KRW".to_owned(),
        }),
        operator_id: acting.operator_id(),
        accept_duplicate_number: body.accept_duplicate_number,
    };
    let mut client = app.clients.claim_decisions.clone();
    let decided = client.decide_claim(request).await;
    let decided =
        decided.map_err(|status| Problem::from(status).field_renamed("extra_fee", "extra_fee_won"));
    let decision = decided?.into_inner().decision;
    let decision = decision.ok_or_else(|| missing("decision"))?;
    Ok((StatusCode::ACCEPTED, Json(decision.into())))
}

async fn with_decisions(
    app: &Gate,
    who: &SignedIn,
    shown: Vec<pb::ShownClaim>,
) -> Result<Vec<Claim>, Problem> {
    let mut claims: Vec<Claim> = shown.into_iter().map(Claim::from).collect();
    if claims.is_empty() {
        return Ok(claims);
    }
    let request = fulfillment::ListClaimDecisionsRequest {
        merchant_id: who.merchant_id(),
        claim_ids: claims.iter().map(|claim| claim.id.clone()).collect(),
    };
    let mut client = app.clients.claim_decisions.clone();
    let decisions = client
        .list_claim_decisions(request)
        .await?
        .into_inner()
        .decisions;
    let mut by_claim: HashMap<String, Vec<ClaimDecision>> = HashMap::new();
    for decision in decisions {
        let id = decision.claim_id.clone();
        by_claim.entry(id).or_default().push(decision.into());
    }
    for claim in &mut claims {
        claim.decisions = by_claim.remove(&claim.id).unwrap_or_default();
    }
    Ok(claims)
}

impl From<pb::ShownClaim> for Claim {
    fn from(shown: pb::ShownClaim) -> Self {
        let claim = shown.claim.unwrap_or_default();
        let open = !matches!(
            claim.state(),
            pb::ClaimState::Completed | pb::ClaimState::Withdrawn
        );
        let fault = Some(shown.fault).filter(|fault| *fault != 0);
        let lines = claim.lines.into_iter().map(ClaimLine::from);
        let actions = shown.actions.into_iter().map(ClaimAction::of);
        Self {
            id: claim.claim_id,
            channel: shown.channel,
            channel_account_id: shown.channel_account_id,
            channel_claim_id: claim.channel_claim_id,
            channel_order_id: shown.channel_order_id,
            order_id: filled(shown.order_id),
            kind: ClaimKind::of(claim.kind),
            state: ClaimState::of(claim.state),
            open,
            rejected: shown.rejected,
            stage: ClaimStage::of(shown.stage),
            unknown_stage: filled(shown.unknown_stage),
            actions: actions.collect(),
            fault: fault.map(ClaimFault::of),
            reason: filled(shown.reason),
            shipping_charge: shown.shipping_charge.map(Money::from),
            enclosed_charge: shown.enclosed_charge.map(Money::from),
            extra_charge: shown.extra_charge.map(Money::from),
            channel_support: shown.channel_support.map(Money::from),
            charge_method: filled(shown.charge_method),
            deadline: shown.deadline.map(ClaimDeadline::from),
            refunds_early: shown.refunds_early,
            held: shown.held,
            quantity: shown.quantity,
            lines: lines.collect(),
            collections: shown
                .collections
                .into_iter()
                .map(ClaimParcel::from)
                .collect(),
            reshipments: shown
                .reshipments
                .into_iter()
                .map(ClaimParcel::from)
                .collect(),
            requested_at: time_or_epoch(claim.requested_at),
            updated_at: time(shown.updated_at),
            read_at: time(shown.read_at),
            decisions: Vec::new(),
        }
    }
}
