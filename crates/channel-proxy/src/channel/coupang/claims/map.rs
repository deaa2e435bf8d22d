//! Coupang's claims into ours.

use chrono::{DateTime, Utc};

use super::wire::{Collection, Exchange, Place, Reshipment, ReturnRequest, Withdrawal};
use crate::channel::coupang::carriers;
use crate::channel::coupang::map::{phone, rows};
use crate::channel::coupang::wire::{BadField, Envelope};
use crate::domain::claim::{
    Address, ChannelClaim, ChannelClaimLine, ClaimContact, ClaimFault, ClaimKind, ClaimParcel,
    ClaimStage, ClaimState,
};
use crate::domain::claim_deadline::{ClaimDeadline, working_days_after};
use crate::domain::effect::EffectKind;
use crate::domain::order::RejectedRow;

/// Claims with the rows that could not be read.
pub type ReadClaims = (Vec<ChannelClaim>, Vec<RejectedRow>);

/// What stands before an exchange's number: receipts and exchanges are counted apart.
const EXCHANGE: &str = "exchange-";

/// Our name of an exchange.
pub fn exchange_id(number: &str) -> String {
    format!("{EXCHANGE}{number}")
}

/// The number of an exchange in our name of it.
pub fn exchange_number(channel_claim_id: &str) -> Option<&str> {
    channel_claim_id.strip_prefix(EXCHANGE)
}

/// A page of cancels, stops and returns.
pub fn claims(envelope: &Envelope, read_at: DateTime<Utc>) -> Result<ReadClaims, BadField> {
    rows(envelope.rows()?, "orderId", |_, row| {
        Ok(claim(ReturnRequest::read(row)?, read_at))
    })
}

/// A page of exchanges.
pub fn exchanges(envelope: &Envelope, read_at: DateTime<Utc>) -> Result<ReadClaims, BadField> {
    rows(envelope.rows()?, "orderId", |_, row| {
        Ok(exchange(Exchange::read(row)?, read_at))
    })
}

/// A page of demands that buyers took back.
pub fn withdrawals(envelope: &Envelope, read_at: DateTime<Utc>) -> Result<ReadClaims, BadField> {
    rows(envelope.rows()?, "orderId", |_, row| {
        Ok(withdrawal(Withdrawal::read(row)?, read_at))
    })
}

/// One cancel, stop or return.
///
/// A stop of a parcel that has not left is reported as a RETURN too: what tells them apart is whether the goods were
/// released. The refund may finish (`RETURNS_COMPLETED`) hours before the release status turns from `N` to `S`.
pub fn claim(request: ReturnRequest, read_at: DateTime<Utc>) -> ChannelClaim {
    let released = |status: &str| {
        let mut items = request.items.iter();
        items.any(|item| item.release_status == status)
    };
    let unreleased = request.receipt_status == "RELEASE_STOP_UNCHECKED" || released("N");
    let kind = if request.receipt_type == "CANCEL" {
        ClaimKind::Cancel
    } else if unreleased || (released("S") && !released("Y") && !released("A")) {
        ClaimKind::StopShipment
    } else {
        ClaimKind::Return
    };
    let collections: Vec<ClaimParcel> = request.deliveries.into_iter().map(collection).collect();
    let stage = match (kind, request.receipt_status.as_str()) {
        (ClaimKind::Cancel, _) | (_, "RETURNS_COMPLETED") => ClaimStage::Completed,
        (ClaimKind::Return, "RETURNS_UNCHECKED") if !collections.is_empty() => {
            ClaimStage::Collecting
        }
        (_, "RELEASE_STOP_UNCHECKED" | "RETURNS_UNCHECKED") => ClaimStage::Requested,
        (_, "VENDOR_WAREHOUSE_CONFIRM") => ClaimStage::Collected,
        (_, "REQUEST_COUPANG_CHECK") => ClaimStage::ChannelCheck,
        (_, word) => ClaimStage::Unknown(word.chars().take(40).collect()),
    };
    let state = match &stage {
        ClaimStage::Completed => ClaimState::Completed,
        ClaimStage::Unknown(_) => ClaimState::Unknown,
        _ => ClaimState::Requested,
    };
    let actions: &[EffectKind] = match (kind, &stage) {
        (ClaimKind::StopShipment, ClaimStage::Requested) => {
            &[EffectKind::ConfirmStop, EffectKind::ReportAlreadyShipped]
        }
        (ClaimKind::Return, ClaimStage::Requested) => {
            &[EffectKind::ConfirmCollected, EffectKind::ReportCollection]
        }
        (ClaimKind::Return, ClaimStage::Collecting) => &[EffectKind::ConfirmCollected],
        (_, ClaimStage::Collected) => &[EffectKind::ApproveClaim],
        _ => &[],
    };
    // Not `modifiedAt`: any later edit moves it, and a deadline that is shown too late is worse than none.
    let deadline = deadline(kind, &stage, request.complete_confirm_date);
    let lines = request.items.into_iter().map(|item| ChannelClaimLine {
        channel_line_id: item.vendor_item_id,
        channel_parcel_id: item.shipment_box_id,
        quantity: item.cancel_count,
        replacement_listing_id: String::new(),
    });
    ChannelClaim {
        channel_claim_id: request.receipt_id,
        channel_order_id: request.order_id,
        kind,
        state,
        lines: lines.collect(),
        requested_at: request.created_at,
        read_at,
        reason: request.reason_code,
        stage,
        actions: actions.to_vec(),
        fault: fault(&request.fault_by_type),
        shipping_charge: request.return_shipping_charge,
        refunds_early: request.pre_refund,
        collections,
        reshipments: Vec::new(),
        updated_at: request.modified_at,
        contact: ClaimContact {
            collect: address(request.requester),
            deliver: Address::default(),
            buyer_note: request.cancel_reason,
        },
        held: false,
        deadline,
        enclosed_charge: request.enclose_price.filter(|price| price.amount_minor > 0),
        extra_charge: None,
        channel_support: None,
        charge_method: String::new(),
    }
}

/// Working days from the confirmation that goods are back until Coupang approves the return by itself: "about three"
/// [doc, texts of its support].
const APPROVED_AFTER: u32 = 3;

/// What Coupang does when the seller does nothing. A stop that is not answered is refunded, nobody says after how long
/// [doc, client]; a return whose goods are back is approved.
fn deadline(
    kind: ClaimKind,
    stage: &ClaimStage,
    confirmed_at: Option<DateTime<Utc>>,
) -> Option<ClaimDeadline> {
    let at = match (kind, stage) {
        (ClaimKind::StopShipment, ClaimStage::Requested) => None,
        (ClaimKind::Return, ClaimStage::Collected) => {
            confirmed_at.and_then(|at| working_days_after(at, APPROVED_AFTER))
        }
        _ => return None,
    };
    Some(ClaimDeadline::refunded_by_rule(at))
}

/// One exchange.
pub fn exchange(exchange: Exchange, read_at: DateTime<Utc>) -> ChannelClaim {
    let left = |parcel: &Reshipment| !parcel.invoice_number.is_empty();
    let (state, stage) = match exchange.exchange_status.as_str() {
        "SUCCESS" => (ClaimState::Completed, ClaimStage::Completed),
        "REJECT" => (ClaimState::Rejected, ClaimStage::Rejected),
        "CANCEL" => (ClaimState::Withdrawn, ClaimStage::Withdrawn),
        "RECEIPT" | "PROGRESS" if exchange.reshipments.iter().any(left) => {
            (ClaimState::Requested, ClaimStage::Reshipped)
        }
        "RECEIPT" | "PROGRESS" => {
            let stage = match exchange.collect_status.as_str() {
                "CompleteCollect" | "NoCollect" => ClaimStage::Collected,
                // `Collecting` stands in samples only.
                "CompleteDirection" | "Delivering" | "Collecting" => ClaimStage::Collecting,
                _ => ClaimStage::Requested,
            };
            (ClaimState::Requested, stage)
        }
        word => {
            let word = word.chars().take(40).collect();
            (ClaimState::Unknown, ClaimStage::Unknown(word))
        }
    };
    let mut actions = Vec::new();
    match &stage {
        ClaimStage::Requested => {
            actions.extend([EffectKind::ConfirmCollected, EffectKind::ReportCollection]);
        }
        ClaimStage::Collecting => actions.push(EffectKind::ConfirmCollected),
        ClaimStage::Collected if !exchange.reshipments.is_empty() => {
            actions.push(EffectKind::ReshipExchange);
        }
        _ => {}
    }
    if exchange.rejectable && state == ClaimState::Requested {
        actions.push(EffectKind::RejectClaim);
    }
    let lines = exchange.items.into_iter().map(|item| ChannelClaimLine {
        replacement_listing_id: match item.target_item_id {
            same if same == item.order_item_id => String::new(),
            other => other,
        },
        channel_line_id: item.order_item_id,
        channel_parcel_id: item.original_shipment_box_id,
        quantity: item.quantity,
    });
    ChannelClaim {
        channel_claim_id: exchange_id(&exchange.exchange_id),
        channel_order_id: exchange.order_id,
        kind: ClaimKind::Exchange,
        state,
        lines: lines.collect(),
        requested_at: exchange.created_at,
        read_at,
        reason: exchange.reason_code,
        stage,
        actions,
        fault: fault(&exchange.fault_type),
        shipping_charge: None,
        refunds_early: false,
        collections: exchange.collections.into_iter().map(collection).collect(),
        reshipments: exchange.reshipments.into_iter().map(reshipment).collect(),
        updated_at: exchange.modified_at,
        contact: ClaimContact {
            collect: address(exchange.collect_from),
            deliver: address(exchange.deliver_to),
            buyer_note: exchange.reason_etc_detail,
        },
        held: false,
        deadline: None,
        enclosed_charge: None,
        extra_charge: None,
        channel_support: None,
        charge_method: String::new(),
    }
}

/// A demand that the buyer took back. The list says neither how many of what nor when it was made; only returns are
/// taken back.
fn withdrawal(withdrawal: Withdrawal, read_at: DateTime<Utc>) -> ChannelClaim {
    let (id, order_id) = (withdrawal.cancel_id, withdrawal.order_id);
    ChannelClaim {
        updated_at: withdrawal.created_at,
        ..ChannelClaim::new(
            id,
            order_id,
            ClaimKind::Return,
            ClaimState::Withdrawn,
            read_at,
        )
    }
}

fn fault(word: &str) -> Option<ClaimFault> {
    match word {
        "CUSTOMER" => Some(ClaimFault::Buyer),
        "VENDOR" => Some(ClaimFault::Merchant),
        // WMS is Coupang's own warehouse.
        "COUPANG" | "WMS" => Some(ClaimFault::Channel),
        "GENERAL" => Some(ClaimFault::Nobody),
        _ => None,
    }
}

fn collection(parcel: Collection) -> ClaimParcel {
    ClaimParcel {
        channel_parcel_id: String::new(),
        carrier: carriers::ours(&parcel.delivery_company_code),
        channel_carrier: parcel.delivery_company_code,
        tracking_number: parcel.delivery_invoice_no,
    }
}

fn reshipment(parcel: Reshipment) -> ClaimParcel {
    ClaimParcel {
        channel_parcel_id: parcel.shipment_box_id,
        carrier: carriers::ours(&parcel.deliver_code),
        channel_carrier: parcel.deliver_code,
        tracking_number: parcel.invoice_number,
    }
}

fn address(place: Place) -> Address {
    Address {
        name: place.name,
        phone: phone(&place.phone),
        postcode: place.postcode,
        address1: place.address,
        address2: place.detail,
    }
}
