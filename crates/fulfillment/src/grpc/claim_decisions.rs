use std::sync::Arc;

use moa_id::{ClaimId, MerchantId};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::claim_decisions_service_server::ClaimDecisionsService;
use moa_service::parse::parse_text;
use moa_service::{invalid_field, parse_id, timestamp};
use tonic::{Request, Response, Status};

use super::inquiry_answers::effect_state;
use crate::Error;
use crate::app::App;
use crate::app::claim_terms::{Terms, Waybill};
use crate::app::decide_claim::DecideCommand;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::claim::Action;
use crate::domain::packing::DuplicateNumber;
use crate::domain::placeholder;
use crate::store::claim_decisions::{self, StandingDecision};

const MAX_CLAIMS: usize = 200;
const MAX_NOTE: usize = 500;

/// The RPCs about what is done with claims.
pub(super) struct ClaimDecisions {
    pub(super) app: Arc<App>,
}

#[tonic::async_trait]
impl ClaimDecisionsService for ClaimDecisions {
    async fn decide_claim(
        &self,
        request: Request<pb::DecideClaimRequest>,
    ) -> Result<Response<pb::DecideClaimResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let command = DecideCommand {
            claim_id: parse_id("claim_id", &request.claim_id)?,
            request_id: parse_text("request_id", &request.request_id, 100)?,
            operator_id: parse_id("operator_id", &request.operator_id)?,
            duplicate: match request.accept_duplicate_number {
                true => DuplicateNumber::Accept,
                false => DuplicateNumber::Refuse,
            },
            terms: parse_terms(request)?,
        };
        let standing = self.app.decide_claim(merchant_id, command).await?;
        Ok(Response::new(pb::DecideClaimResponse {
            decision: Some(standing.into()),
        }))
    }

    async fn list_claim_decisions(
        &self,
        request: Request<pb::ListClaimDecisionsRequest>,
    ) -> Result<Response<pb::ListClaimDecisionsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let count = request.claim_ids.len();
        if count == 0 || count > MAX_CLAIMS {
            let text = format!("must have 1 to {MAX_CLAIMS} entries");
            return Err(invalid_field("claim_ids", text));
        }
        let ids = request.claim_ids.iter();
        let ids = ids.map(|id| parse_id::<ClaimId>("claim_ids", id));
        let ids: Vec<ClaimId> = ids.collect::<Result<_, _>>()?;
        let mut conn = self.app.db.acquire().await.map_err(Error::from)?;
        let decisions = claim_decisions::of_claims(&mut conn, merchant_id, &ids).await;
        let decisions = decisions.map_err(Error::from)?;
        Ok(Response::new(pb::ListClaimDecisionsResponse {
            decisions: decisions.into_iter().map(Into::into).collect(),
        }))
    }
}

fn parse_terms(request: pb::DecideClaimRequest) -> Result<Terms, Status> {
    refuse_terms_of_others(&request)?;
    Ok(match request.action() {
        channel::ClaimAction::Unspecified => {
            return Err(invalid_field("action", "is missing, or none that is known"));
        }
        channel::ClaimAction::ConfirmStop => Terms::ConfirmStop,
        channel::ClaimAction::ConfirmCollected => Terms::ConfirmCollected,
        channel::ClaimAction::Approve => Terms::Approve,
        channel::ClaimAction::Release => Terms::Release,
        channel::ClaimAction::ReportAlreadyShipped => {
            Terms::ReportAlreadyShipped(parse_waybill(&request)?)
        }
        channel::ClaimAction::ReportCollection => Terms::ReportCollection(parse_waybill(&request)?),
        channel::ClaimAction::Reship => Terms::Reship {
            waybill: parse_waybill(&request)?,
            channel_parcel_id: match request.channel_parcel_id.as_str() {
                "" => String::new(),
                id => parse_text("channel_parcel_id", id, 200)?,
            },
        },
        channel::ClaimAction::Reject => {
            let reason = request.reject_reason();
            if reason == channel::ClaimRejectReason::Unspecified {
                let text = "must be one of OUT_OF_STOCK, BUYER_WITHDREW, OTHER";
                return Err(invalid_field("reject_reason", text));
            }
            let needs_note = reason == channel::ClaimRejectReason::Other;
            Terms::Reject {
                reason,
                note: parse_note(&request.note, needs_note)?,
            }
        }
        channel::ClaimAction::Hold => {
            let reason = request.hold_reason();
            if reason == channel::ClaimHoldReason::Unspecified {
                let text = "must be one of SHIPPING_FEE, EXTRA_FEE, GOODS_MISSING, \
                            REPLACEMENT_NOT_READY, OTHER";
                return Err(invalid_field("hold_reason", text));
            }
            if request
                .extra_fee
                .as_ref()
                .is_some_and(|fee| fee.amount_minor < 0)
            {
                return Err(invalid_field("extra_fee", "must not be negative"));
            }
            Terms::Hold {
                reason,
                note: parse_note(&request.note, true)?,
                extra_fee: request.extra_fee,
            }
        }
    })
}

/// A term that an action does not have is a mistake about the action, and would be thought to be told to the channel.
fn refuse_terms_of_others(request: &pb::DecideClaimRequest) -> Result<(), Status> {
    let action = request.action();
    let has: &[&str] = match action {
        channel::ClaimAction::ReportCollection => &["carrier", "tracking_number"],
        channel::ClaimAction::ReportAlreadyShipped => {
            &["carrier", "tracking_number", "accept_duplicate_number"]
        }
        channel::ClaimAction::Reship => &[
            "carrier",
            "tracking_number",
            "accept_duplicate_number",
            "channel_parcel_id",
        ],
        channel::ClaimAction::Reject => &["reject_reason", "note"],
        channel::ClaimAction::Hold => &["hold_reason", "note", "extra_fee"],
        // Refused for itself.
        channel::ClaimAction::Unspecified => return Ok(()),
        channel::ClaimAction::ConfirmStop
        | channel::ClaimAction::ConfirmCollected
        | channel::ClaimAction::Approve
        | channel::ClaimAction::Release => &[],
    };
    let given = [
        ("carrier", !request.carrier.is_empty()),
        ("tracking_number", !request.tracking_number.is_empty()),
        ("accept_duplicate_number", request.accept_duplicate_number),
        ("channel_parcel_id", !request.channel_parcel_id.is_empty()),
        ("reject_reason", request.reject_reason != 0),
        ("hold_reason", request.hold_reason != 0),
        ("note", !request.note.trim().is_empty()),
        ("extra_fee", request.extra_fee.is_some()),
    ];
    let strange = given
        .iter()
        .find(|(term, is_given)| *is_given && !has.contains(term));
    let Some((term, _)) = strange else {
        return Ok(());
    };
    let name = action.as_str_name().trim_start_matches("CLAIM_ACTION_");
    Err(invalid_field(
        term,
        format!("is no term of {name}: leave it out"),
    ))
}

fn parse_waybill(request: &pb::DecideClaimRequest) -> Result<Waybill, Status> {
    let carrier = Carrier::parse(&request.carrier).map_err(Error::from)?;
    let tracking_number = TrackingNumber::parse(carrier, &request.tracking_number);
    Ok(Waybill {
        carrier,
        tracking_number: tracking_number.map_err(Error::from)?,
    })
}

fn parse_note(note: &str, is_needed: bool) -> Result<String, Status> {
    if note.trim().is_empty() && !is_needed {
        return Ok(String::new());
    }
    let note = parse_text("note", note, MAX_NOTE)?;
    placeholder::check("note", &note).map_err(Error::from)?;
    Ok(note)
}

fn action(action: Action) -> channel::ClaimAction {
    match action {
        Action::ConfirmStop => channel::ClaimAction::ConfirmStop,
        Action::ReportAlreadyShipped => channel::ClaimAction::ReportAlreadyShipped,
        Action::ConfirmCollected => channel::ClaimAction::ConfirmCollected,
        Action::Approve => channel::ClaimAction::Approve,
        Action::Reject => channel::ClaimAction::Reject,
        Action::Reship => channel::ClaimAction::Reship,
        Action::Hold => channel::ClaimAction::Hold,
        Action::Release => channel::ClaimAction::Release,
        Action::ReportCollection => channel::ClaimAction::ReportCollection,
    }
}

impl From<StandingDecision> for pb::ClaimDecision {
    fn from(standing: StandingDecision) -> Self {
        let decision = standing.decision;
        Self {
            decision_id: decision.decision_id.to_string(),
            claim_id: decision.claim_id.to_string(),
            action: action(decision.action).into(),
            effect_id: decision.effect_id.to_string(),
            state: effect_state(standing.state).into(),
            reason: standing.reason,
            detail: standing.detail,
            operator_id: decision.operator_id.to_string(),
            created_at: Some(timestamp(decision.created_at)),
            updated_at: Some(timestamp(decision.updated_at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use moa_proto::moa::money::v1::Money;
    use moa_service::status::fields_of;

    use super::*;

    #[test]
    fn a_term_of_another_action_is_refused_by_its_name() {
        let full = || pb::DecideClaimRequest {
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: "680405450931".to_owned(),
            accept_duplicate_number: true,
            channel_parcel_id: "box-9".to_owned(),
            reject_reason: channel::ClaimRejectReason::Other.into(),
            hold_reason: channel::ClaimHoldReason::Other.into(),
            note: "사용하신 상품입니다".to_owned(),
            extra_fee: Some(Money::default()),
            ..pb::DecideClaimRequest::default()
        };
        let refused = |request| fields_of(&parse_terms(request).err().unwrap()).remove(0);
        for (action, field, says) in [
            (channel::ClaimAction::Unspecified, "action", "is missing"),
            (channel::ClaimAction::Approve, "carrier", "of APPROVE"),
            (channel::ClaimAction::Reject, "carrier", "of REJECT"),
            (channel::ClaimAction::Hold, "carrier", "of HOLD"),
            (channel::ClaimAction::Reship, "reject_reason", "of RESHIP"),
            (
                channel::ClaimAction::ReportCollection,
                "accept_duplicate_number",
                "of REPORT_COLLECTION",
            ),
        ] {
            let request = pb::DecideClaimRequest {
                action: action.into(),
                ..full()
            };
            let (name, description) = refused(request);
            assert_eq!(name, field);
            assert!(description.contains(says), "{description}");
        }
        let release = pb::DecideClaimRequest {
            action: channel::ClaimAction::Release.into(),
            ..pb::DecideClaimRequest::default()
        };
        assert!(matches!(parse_terms(release), Ok(Terms::Release)));
    }
}
