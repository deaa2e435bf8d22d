//! Was a claim decided as the merchant said? Answered from a fresh look.

use crate::domain::claim::{ChannelClaim, ClaimKind, ClaimStage, ClaimState};
use crate::domain::operation::{ClaimDecision, Waybill};
use crate::domain::probe::{Finding, blocked, conflict, same_number};

/// What a look at a claim says about a decision; `None` when the channel does not show the claim any more.
pub fn decided(claim: Option<&ChannelClaim>, decision: &ClaimDecision) -> Finding {
    let Some(claim) = claim else {
        return blocked(
            "CLAIM_WITHDRAWN",
            "the channel does not show this claim any more; most often the buyer took it back",
        );
    };
    if claim.state == ClaimState::Withdrawn {
        return blocked("CLAIM_WITHDRAWN", "the buyer took the claim back");
    }
    match decision {
        ClaimDecision::ConfirmStop { .. } => stopped(claim),
        ClaimDecision::ReportAlreadyShipped(_) => shipped_before(claim),
        ClaimDecision::Approve { .. } => match claim.state {
            ClaimState::Completed => Finding::Happened,
            _ => still_open(claim),
        },
        ClaimDecision::Reject { .. } => match claim.state {
            ClaimState::Rejected => Finding::Happened,
            _ => still_open(claim),
        },
        ClaimDecision::ConfirmCollected => match claim.stage {
            ClaimStage::Collected
            | ClaimStage::ChannelCheck
            | ClaimStage::Reshipped
            | ClaimStage::Completed => Finding::Happened,
            _ => still_open(claim),
        },
        ClaimDecision::ReportCollection(waybill) => collected_by(claim, waybill),
        ClaimDecision::Reship {
            channel_parcel_id,
            waybill,
        } => reshipped(claim, channel_parcel_id, waybill),
        ClaimDecision::Hold { .. } if claim.held => Finding::Happened,
        ClaimDecision::Release if !claim.held => Finding::Happened,
        ClaimDecision::Hold { .. } | ClaimDecision::Release => still_open(claim),
    }
}

/// Nothing of it happened, unless the claim ended otherwise.
fn still_open(claim: &ChannelClaim) -> Finding {
    match claim.state {
        ClaimState::Requested => Finding::Clean,
        ClaimState::Completed => conflict("CLAIM_ALREADY_COMPLETED", "the claim is completed"),
        ClaimState::Rejected => conflict("CLAIM_REJECTED", "the claim was refused"),
        ClaimState::Withdrawn => blocked("CLAIM_WITHDRAWN", "the buyer took the claim back"),
        ClaimState::Unknown => conflict(
            "CLAIM_STATE_UNKNOWN",
            "the channel shows the claim in a state that is not known here",
        ),
    }
}

/// The goods stay when the stop is completed, whoever completed it.
fn stopped(claim: &ChannelClaim) -> Finding {
    match (claim.kind, claim.state) {
        (ClaimKind::StopShipment | ClaimKind::Cancel, ClaimState::Completed) => Finding::Happened,
        (ClaimKind::Return | ClaimKind::Exchange, _) => conflict(
            "PARCEL_ALREADY_DISPATCHED",
            "the channel treats the claim as one of goods that left",
        ),
        _ => still_open(claim),
    }
}

/// A stop that became a return says that the goods had left.
fn shipped_before(claim: &ChannelClaim) -> Finding {
    match claim.kind {
        ClaimKind::Return | ClaimKind::Exchange => Finding::Happened,
        ClaimKind::StopShipment | ClaimKind::Cancel => still_open(claim),
    }
}

fn collected_by(claim: &ChannelClaim, waybill: &Waybill) -> Finding {
    let mut numbers = claim.collections.iter().map(|it| &it.tracking_number);
    if numbers.any(|number| same_number(number, &waybill.tracking_number)) {
        return Finding::Happened;
    }
    still_open(claim)
}

fn reshipped(claim: &ChannelClaim, channel_parcel_id: &str, waybill: &Waybill) -> Finding {
    let mut parcels = claim.reshipments.iter();
    let parcel = parcels.find(|parcel| parcel.channel_parcel_id == channel_parcel_id);
    match parcel.map(|parcel| parcel.tracking_number.as_str()) {
        Some(number) if same_number(number, &waybill.tracking_number) => Finding::Happened,
        Some(number) if !number.is_empty() => conflict(
            "TRACKING_NUMBER_DIFFERS",
            format!("the channel has the exchange's parcel under {number}"),
        ),
        Some(_) => still_open(claim),
        None => conflict(
            "PARCEL_NOT_FOUND",
            "the exchange has no such parcel; it gets one some minutes after the goods were received",
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::claim::ClaimParcel;
    use crate::domain::operation::RejectReason;

    fn claim(kind: ClaimKind, state: ClaimState) -> ChannelClaim {
        ChannelClaim::new("900", "1", kind, state, DateTime::UNIX_EPOCH)
    }

    fn word(finding: &Finding) -> &'static str {
        match finding {
            Finding::Happened => "happened",
            Finding::Clean => "clean",
            Finding::Blocked { reason, .. } | Finding::Conflict { reason, .. } => reason,
        }
    }

    fn waybill(number: &str) -> Waybill {
        Waybill {
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: number.to_owned(),
        }
    }

    #[test]
    fn every_pair_of_decision_and_claim_has_its_finding() {
        use ClaimKind::{Exchange, Return, StopShipment};
        use ClaimState::{Completed, Rejected, Requested, Unknown, Withdrawn};
        let stop = ClaimDecision::ConfirmStop { quantity: 1 };
        let shipped = ClaimDecision::ReportAlreadyShipped(waybill("1"));
        let approve = ClaimDecision::Approve { quantity: 1 };
        let reject = ClaimDecision::Reject {
            reason: RejectReason::OutOfStock,
            note: String::new(),
        };
        let table = [
            (&stop, StopShipment, Requested, "clean"),
            (&stop, StopShipment, Completed, "happened"),
            (&stop, Return, Requested, "PARCEL_ALREADY_DISPATCHED"),
            (&stop, StopShipment, Withdrawn, "CLAIM_WITHDRAWN"),
            (&stop, StopShipment, Unknown, "CLAIM_STATE_UNKNOWN"),
            (&shipped, StopShipment, Requested, "clean"),
            (&shipped, Return, Requested, "happened"),
            (&shipped, StopShipment, Completed, "CLAIM_ALREADY_COMPLETED"),
            (&approve, Return, Requested, "clean"),
            (&approve, Return, Completed, "happened"),
            (&approve, Return, Rejected, "CLAIM_REJECTED"),
            (&approve, Return, Withdrawn, "CLAIM_WITHDRAWN"),
            (&reject, Exchange, Requested, "clean"),
            (&reject, Exchange, Rejected, "happened"),
            (&reject, Exchange, Completed, "CLAIM_ALREADY_COMPLETED"),
            (&ClaimDecision::ConfirmCollected, Return, Requested, "clean"),
            (
                &ClaimDecision::ConfirmCollected,
                Return,
                Completed,
                "happened",
            ),
            (&ClaimDecision::Release, Return, Requested, "happened"),
        ];
        for (decision, kind, state, expected) in table {
            let finding = decided(Some(&claim(kind, state)), decision);
            assert_eq!(word(&finding), expected, "{decision:?} {kind:?} {state:?}");
        }
        assert_eq!(word(&decided(None, &stop)), "CLAIM_WITHDRAWN");
    }

    #[test]
    fn a_number_is_found_in_the_parcel_it_belongs_to() {
        let mut exchange = claim(ClaimKind::Exchange, ClaimState::Requested);
        let reship = |number: &str| ClaimDecision::Reship {
            channel_parcel_id: "77".to_owned(),
            waybill: waybill(number),
        };
        let found =
            |exchange: &ChannelClaim, number: &str| word(&decided(Some(exchange), &reship(number)));
        assert_eq!(found(&exchange, "680405450931"), "PARCEL_NOT_FOUND");
        exchange.reshipments.push(ClaimParcel {
            channel_parcel_id: "77".to_owned(),
            carrier: None,
            channel_carrier: String::new(),
            tracking_number: String::new(),
        });
        assert_eq!(found(&exchange, "680405450931"), "clean");
        exchange.reshipments[0].tracking_number = "6804-0545-0931".to_owned();
        assert_eq!(found(&exchange, "680405450931"), "happened");
        assert_eq!(found(&exchange, "680405450932"), "TRACKING_NUMBER_DIFFERS");
        let collection = ClaimDecision::ReportCollection(waybill("5"));
        assert_eq!(word(&decided(Some(&exchange), &collection)), "clean");
        exchange.collections.clone_from(&exchange.reshipments);
        exchange.collections[0].tracking_number = "5".to_owned();
        assert_eq!(word(&decided(Some(&exchange), &collection)), "happened");
    }
}
