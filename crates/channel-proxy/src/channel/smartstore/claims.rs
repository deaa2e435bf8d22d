//! SmartStore's claims in our words.
//!
//! Claims are made, granted and refused by product order; at most one runs at a time, except that an exchange whose
//! goods are on their way may be claimed again.

use chrono::{DateTime, Utc};
use moa_money::{Currency, Money};

use super::carriers;
use super::map::phone;
use super::wire::{BadField, Claim, Detail, Person, ProductOrder, Waybill};
use crate::domain::claim::{
    Address, ChannelClaim, ChannelClaimLine, ClaimContact, ClaimFault, ClaimKind, ClaimParcel,
    ClaimStage, ClaimState,
};
use crate::domain::claim_deadline::ClaimDeadline;
use crate::domain::effect::EffectKind;

/// The claims of a product order, running and over.
///
/// The row's own claim fields count too: a claim that stands nowhere else is one all the same, and one that runs by the
/// row's words runs, whatever else is listed.
///
/// # Errors
///
/// When what it shows of its claims cannot be read: there may be one that runs.
pub fn claims(detail: &Detail, read_at: DateTime<Utc>) -> Result<Vec<ChannelClaim>, BadField> {
    let product = &detail.product;
    let row_runs = runs(&product.claim_status);
    let mut all: Vec<Claim> = detail.claims.clone()?;
    for claim in &mut all {
        let is_named = !claim.claim_id.is_empty() && claim.claim_id == product.claim_id;
        if is_named && row_runs && !runs(&claim.claim_status) {
            claim.claim_status.clone_from(&product.claim_status);
        }
    }
    let listed = |claim: &Claim| {
        let is_own = claim.claim_id == product.claim_id || is_newest(claim, product);
        is_own && (!row_runs || claim.claim_status.is_empty() || runs(&claim.claim_status))
    };
    let row_claims = row_runs || !product.claim_type.is_empty();
    if row_claims && !all.iter().any(listed) {
        all.push(Claim {
            claim_type: product.claim_type.clone(),
            claim_id: product.claim_id.clone(),
            claim_status: product.claim_status.clone(),
            ..Claim::default()
        });
    }
    let claims = all
        .into_iter()
        .filter_map(|claim| one(detail, claim, read_at));
    Ok(claims.collect())
}

/// Whether a status says that a claim is open, or may be.
fn runs(status: &str) -> bool {
    let (_, state) = progress(status);
    matches!(state, ClaimState::Requested | ClaimState::Unknown)
}

/// Rows do not always name the claim they speak of, nor its type.
fn is_newest(claim: &Claim, product: &ProductOrder) -> bool {
    let is_of_type = claim.claim_type == product.claim_type
        || (product.claim_type.is_empty() && runs(&claim.claim_status));
    product.claim_id.is_empty() && is_of_type
}

fn one(detail: &Detail, claim: Claim, read_at: DateTime<Utc>) -> Option<ChannelClaim> {
    let product = &detail.product;
    let kind = kind(&claim.claim_type)?;
    let own_status = claim.claim_id == product.claim_id || is_newest(&claim, product);
    let status = match claim.claim_status.as_str() {
        "" if own_status => product.claim_status.as_str(),
        status => status,
    };
    // Among those that are over with the word of its request, and the row speaks of no claim: it was taken back.
    let asked_for = matches!(progress(status).1, ClaimState::Requested);
    let status = if claim.over && asked_for && !runs(&product.claim_status) {
        ""
    } else {
        status
    };
    let (stage, state) = match status {
        // Only a row was seen without the status of a claim that was taken back.
        "" if claim.running => (ClaimStage::Unknown(String::new()), ClaimState::Unknown),
        status => progress(status),
    };
    let whole = product.remain_quantity.unwrap_or(product.initial_quantity);
    let id = &product.product_order_id;
    let shipping_charge = claim.fee_demanded.filter(|fee| fee.amount_minor != 0);
    let actions = actions(kind, status, claim.holdback);
    // The field is documented, not what comes of it: that the money goes back by itself is our deduction. While the merchant
    // holds it back, it does not.
    let gives_back = matches!(kind, ClaimKind::Cancel | ClaimKind::Return);
    let refunds_by_itself = gives_back && !actions.is_empty() && !claim.holdback;
    let refund_at = claim.refund_expected_at.filter(|_| refunds_by_itself);
    let some = |charge: Option<Money>| charge.filter(|charge| charge.amount_minor > 0);
    Some(ChannelClaim {
        channel_claim_id: claim_id(id, &claim.claim_id),
        channel_order_id: detail.order.order_id.clone(),
        kind,
        state,
        lines: vec![ChannelClaimLine {
            channel_line_id: id.clone(),
            channel_parcel_id: id.clone(),
            quantity: claim.quantity.unwrap_or(whole),
            replacement_listing_id: String::new(),
        }],
        requested_at: claim.requested_at,
        read_at,
        fault: fault(&claim.reason),
        reason: claim.reason,
        actions,
        stage,
        // Demanded of the buyer.
        shipping_charge: shipping_charge.map(|fee| Money {
            amount_minor: fee.amount_minor.saturating_neg(),
            currency: Currency::KRW,
        }),
        refunds_early: false,
        collections: parcel("", claim.collect),
        reshipments: match (kind, status) {
            (ClaimKind::Exchange, "COLLECT_DONE" | "EXCHANGE_REDELIVERING" | "EXCHANGE_DONE") => {
                vec![claim_parcel(id, claim.redelivery)]
            }
            _ => parcel(id, claim.redelivery),
        },
        updated_at: None,
        contact: ClaimContact {
            collect: address(claim.collect_address),
            deliver: address(claim.redelivery_address),
            buyer_note: claim.buyer_note.0,
        },
        held: claim.holdback,
        deadline: refund_at.map(ClaimDeadline::refunded_as_told),
        enclosed_charge: None,
        extra_charge: some(claim.etc_fee_demanded),
        channel_support: some(claim.fee_support),
        charge_method: claim.fee_pay_method.chars().take(40).collect(),
    })
}

fn parcel(channel_parcel_id: &str, waybill: Waybill) -> Vec<ClaimParcel> {
    if waybill.company.is_empty() && waybill.tracking_number.is_empty() {
        return Vec::new();
    }
    vec![claim_parcel(channel_parcel_id, waybill)]
}

fn claim_parcel(channel_parcel_id: &str, waybill: Waybill) -> ClaimParcel {
    ClaimParcel {
        channel_parcel_id: channel_parcel_id.to_owned(),
        carrier: carriers::ours(&waybill.company),
        channel_carrier: waybill.company,
        tracking_number: waybill.tracking_number,
    }
}

fn address(person: Person) -> Address {
    Address {
        phone: phone(&person.phone),
        name: person.name,
        postcode: person.zip_code,
        address1: person.base_address,
        address2: person.detailed_address,
    }
}

/// Claims are told by product order, so its id goes before theirs.
pub fn claim_id(product_order_id: &str, claim_id: &str) -> String {
    if claim_id.is_empty() {
        product_order_id.to_owned()
    } else {
        format!("{product_order_id}-{claim_id}")
    }
}

/// The product order that a claim's id begins with.
pub fn product_order_of(channel_claim_id: &str) -> &str {
    channel_claim_id
        .split_once('-')
        .map_or(channel_claim_id, |(product_order_id, _)| product_order_id)
}

/// What is wanted. Holding back the buyer's own purchase decision is no demand of goods or money.
fn kind(claim_type: &str) -> Option<ClaimKind> {
    match claim_type {
        "RETURN" => Some(ClaimKind::Return),
        "EXCHANGE" => Some(ClaimKind::Exchange),
        "PURCHASE_DECISION_HOLDBACK" => None,
        // An unknown kind holds what it names, like a cancel.
        _ => Some(ClaimKind::Cancel),
    }
}

/// How far it is.
fn progress(status: &str) -> (ClaimStage, ClaimState) {
    use ClaimStage as Stage;
    use ClaimState as State;
    match status {
        "CANCEL_REQUEST" | "CANCELING" | "ADMIN_CANCELING" | "RETURN_REQUEST"
        | "EXCHANGE_REQUEST" => (Stage::Requested, State::Requested),
        "COLLECTING" => (Stage::Collecting, State::Requested),
        "COLLECT_DONE" => (Stage::Collected, State::Requested),
        "EXCHANGE_REDELIVERING" => (Stage::Reshipped, State::Requested),
        "CANCEL_DONE" | "RETURN_DONE" | "EXCHANGE_DONE" | "ADMIN_CANCEL_DONE" => {
            (Stage::Completed, State::Completed)
        }
        // Refused by the merchant, or taken back by the buyer: the channel tells no difference.
        "CANCEL_REJECT" | "RETURN_REJECT" | "EXCHANGE_REJECT" | "ADMIN_CANCEL_REJECT" => {
            (Stage::Rejected, State::Rejected)
        }
        // A cancel that was taken back was seen without any status.
        "" => (Stage::Withdrawn, State::Withdrawn),
        word => {
            let word = word.chars().take(40).collect();
            (Stage::Unknown(word), State::Unknown)
        }
    }
}

/// What a merchant may do about it now. A cancel is refused by a dispatch alone, which this house does not start; once goods
/// are back nothing is refused any more, as the reference says of returns and leaves open of exchanges.
fn actions(kind: ClaimKind, status: &str, held: bool) -> Vec<EffectKind> {
    let hold = if held {
        EffectKind::ReleaseClaim
    } else {
        EffectKind::HoldClaim
    };
    match (kind, status) {
        (ClaimKind::Cancel, "CANCEL_REQUEST") => vec![EffectKind::ApproveClaim],
        (ClaimKind::Return, "RETURN_REQUEST" | "COLLECTING") => {
            vec![EffectKind::RejectClaim, hold]
        }
        (ClaimKind::Return, "COLLECT_DONE") if held => vec![hold],
        (ClaimKind::Return, "COLLECT_DONE") => vec![EffectKind::ApproveClaim, hold],
        (ClaimKind::Exchange, "EXCHANGE_REQUEST") => vec![EffectKind::RejectClaim, hold],
        (ClaimKind::Exchange, "COLLECTING") => {
            vec![EffectKind::ConfirmCollected, EffectKind::RejectClaim, hold]
        }
        (ClaimKind::Exchange, "COLLECT_DONE") if held => vec![hold],
        (ClaimKind::Exchange, "COLLECT_DONE") => {
            vec![EffectKind::ReshipExchange, hold]
        }
        _ => Vec::new(),
    }
}

/// Whose fault a reason names, as far as the word itself says so.
fn fault(reason: &str) -> Option<ClaimFault> {
    match reason {
        "INTENT_CHANGED"
        | "SIMPLE_INTENT_CHANGED"
        | "COLOR_AND_SIZE"
        | "WRONG_ORDER"
        | "MISTAKE_ORDER"
        | "GIFT_INTENT_CHANGED"
        | "GIFT_REFUSAL" => Some(ClaimFault::Buyer),
        reason if reason.ends_with("_BY_PURCHASER") => Some(ClaimFault::Buyer),
        "SOLD_OUT"
        | "OUT_OF_STOCK"
        | "DELAYED_DELIVERY"
        | "WRONG_DELAYED_DELIVERY"
        | "BROKEN"
        | "BROKEN_AND_BAD"
        | "INCORRECT_INFO"
        | "WRONG_DELIVERY"
        | "WRONG_OPTION"
        | "DROPPED_DELIVERY"
        | "UNDER_QUANTITY" => Some(ClaimFault::Merchant),
        _ => None,
    }
}
