//! Our words as messages.

use moa_money::Money;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::timestamp;
use serde_json::json;

use crate::app::{Inspection, Probed, Verdict};
use crate::channel::ParcelEvent;
use crate::domain::account::{AccountState, AccountTest, ChannelAccount};
use crate::domain::order::{ChannelOrder, ChannelOrderLine, Contact, LineState, RejectedRow};
use crate::domain::permit::Permit;
use crate::domain::probe::Finding;
use crate::domain::receiver::{Receiver, ReceiverMark};
use crate::domain::write::{WriteAnswer, WriteOutcome};

impl From<&ChannelAccount> for pb::ChannelAccount {
    fn from(account: &ChannelAccount) -> Self {
        let state = match account.state {
            AccountState::Active => pb::ChannelAccountState::Active,
            AccountState::Inactive => pb::ChannelAccountState::Inactive,
        };
        Self {
            channel_account_id: account.id.to_string(),
            channel: account.channel.clone(),
            name: account.name.clone(),
            base_url: account.base_url.clone(),
            state: state.into(),
            channel_seller_id: account.channel_seller_id.clone(),
            quota_per_second: i32::try_from(account.quota_per_second).unwrap_or(i32::MAX),
            created_at: Some(timestamp(account.created_at)),
            last_test: account.last_test.clone().map(Into::into),
            version: account.version,
            last_refusal: account
                .last_refusal
                .as_ref()
                .map(|refusal| pb::CallRefusal {
                    at: Some(timestamp(refusal.at)),
                    reason: refusal.reason.clone(),
                    detail: refusal.detail.clone(),
                }),
            merchant_id: account.merchant_id.to_string(),
            capabilities: None,
            key_issued_on: account
                .key
                .issued_on
                .map_or_else(String::new, |day| day.to_string()),
            key_expires_at: account.key.expires_at.map(timestamp),
            credentials_paused: account.credentials_paused(),
        }
    }
}

impl From<AccountTest> for pb::ChannelAccountTest {
    fn from(test: AccountTest) -> Self {
        let ok = test.refusal.is_none();
        let (reason, detail) = test.refusal.unwrap_or_default();
        Self {
            tested_at: Some(timestamp(test.tested_at)),
            ok,
            reason,
            detail,
        }
    }
}

pub fn money(money: Money) -> moa_proto::moa::money::v1::Money {
    moa_proto::moa::money::v1::Money {
        amount_minor: money.amount_minor,
        currency: money.currency.code().to_owned(),
    }
}

/// An order, its receiver marked by `mark`.
pub fn order(order: ChannelOrder, mark: impl Fn(&Receiver) -> ReceiverMark) -> pb::ChannelOrder {
    let mark = mark(&order.contact.receiver());
    let bytes = |hash: Option<[u8; 32]>| hash.map(Vec::from).unwrap_or_default().into();
    pb::ChannelOrder {
        channel_order_id: order.channel_order_id,
        ordered_at: order.ordered_at.map(timestamp),
        paid_at: order.paid_at.map(timestamp),
        lines: order.lines.into_iter().map(Into::into).collect(),
        contact: Some(order.contact.into()),
        shipping_fee: order.shipping_fee.map(money),
        read_at: Some(timestamp(order.read_at)),
        receiver: Some(pb::ReceiverMark {
            place: bytes(mark.place),
            name: bytes(mark.name),
        }),
    }
}

fn line_state(state: LineState) -> (pb::LineState, String) {
    match state {
        LineState::Placed => (pb::LineState::Placed, String::new()),
        LineState::Acknowledged => (pb::LineState::Acknowledged, String::new()),
        LineState::Dispatched => (pb::LineState::Dispatched, String::new()),
        LineState::Delivered => (pb::LineState::Delivered, String::new()),
        LineState::Confirmed => (pb::LineState::Confirmed, String::new()),
        LineState::Cancelled => (pb::LineState::Cancelled, String::new()),
        LineState::Returned => (pb::LineState::Returned, String::new()),
        LineState::Unknown(word) => (pb::LineState::Unspecified, word),
    }
}

/// A step of a parcel's way.
pub fn parcel_event(event: ParcelEvent) -> pb::ParcelEvent {
    let (state, unknown_state) = line_state(event.state);
    pb::ParcelEvent {
        state: state.into(),
        unknown_state,
        at: event.at.map(timestamp),
    }
}

impl From<ChannelOrderLine> for pb::ChannelOrderLine {
    fn from(line: ChannelOrderLine) -> Self {
        let (state, unknown_state) = line_state(line.state);
        Self {
            channel_line_id: line.channel_line_id,
            channel_parcel_id: line.channel_parcel_id,
            channel_listing_id: line.channel_listing_id,
            product_name: line.product_name,
            option_name: line.option_name,
            sku_code: line.sku_code,
            quantity: line.quantity,
            cancelled_quantity: line.cancelled_quantity,
            held_quantity: line.held_quantity,
            unit_price: line.unit_price.map(money),
            line_total: line.line_total.map(money),
            state: state.into(),
            unknown_state,
            tracking_number: line.tracking_number,
            shipping_group: line.shipping_group,
            shipping_fee: line.shipping_fee.map(money),
            discount: line.discounts.total.map(money),
            merchant_discount: line.discounts.by_merchant.map(money),
            expected_settlement: line.expected_settlement.map(money),
        }
    }
}

impl From<Contact> for pb::Contact {
    fn from(contact: Contact) -> Self {
        Self {
            orderer_name: contact.orderer_name,
            orderer_phone: contact.orderer_phone,
            receiver_name: contact.receiver_name,
            receiver_phone: contact.receiver_phone,
            postcode: contact.postcode,
            address1: contact.address1,
            address2: contact.address2,
            delivery_note: contact.delivery_note,
            email: contact.email,
        }
    }
}

impl From<RejectedRow> for pb::RejectedRow {
    fn from(row: RejectedRow) -> Self {
        Self {
            index: i32::try_from(row.index).unwrap_or(i32::MAX),
            channel_order_id: row.channel_order_id,
            reason: row.reason,
        }
    }
}

/// The answer to one write.
pub fn write_result(effect_id: String, answer: WriteAnswer) -> pb::WriteResult {
    let outcome = match answer.outcome {
        WriteOutcome::Confirmed => pb::WriteOutcome::Confirmed,
        WriteOutcome::RefusedFinal => pb::WriteOutcome::RefusedFinal,
        WriteOutcome::RefusedLater => pb::WriteOutcome::RefusedLater,
        WriteOutcome::Unclear => pb::WriteOutcome::Unclear,
        WriteOutcome::Blocked => pb::WriteOutcome::Blocked,
    };
    pb::WriteResult {
        effect_id,
        outcome: outcome.into(),
        reason: answer.reason,
        detail: answer.detail,
        retry_at: answer.retry_at.map(timestamp),
        evidence_json: or_empty_object(answer.evidence),
    }
}

fn or_empty_object(evidence: String) -> String {
    if evidence.is_empty() {
        json!({}).to_string()
    } else {
        evidence
    }
}

impl From<Inspection> for pb::Inspection {
    fn from(inspection: Inspection) -> Self {
        let mut message = Self {
            effect_id: inspection.effect_id.to_string(),
            evidence_json: or_empty_object(inspection.evidence),
            ..Self::default()
        };
        match inspection.verdict {
            Verdict::Clear {
                permit,
                oldest_read_at,
                ..
            } => {
                message.set_verdict(pb::InspectionVerdict::Clear);
                message.permit = Some(permit_message(permit, oldest_read_at));
            }
            Verdict::Blocked { reason, detail } => {
                message.set_verdict(pb::InspectionVerdict::Blocked);
                (message.reason, message.detail) = (reason, detail);
            }
            Verdict::Later {
                reason,
                detail,
                retry_at,
            } => {
                message.set_verdict(pb::InspectionVerdict::Later);
                (message.reason, message.detail) = (reason, detail);
                message.retry_at = retry_at.map(timestamp);
            }
            Verdict::AlreadyDispatched { tracking_number } => {
                message.set_verdict(pb::InspectionVerdict::AlreadyDispatched);
                message.reason = "PARCEL_ALREADY_DISPATCHED".to_owned();
                message.detail =
                    format!("the channel has this parcel dispatched under {tracking_number}");
            }
        }
        message
    }
}

fn permit_message(permit: Permit, oldest_read_at: chrono::DateTime<chrono::Utc>) -> pb::Permit {
    pb::Permit {
        permit_id: permit.id.to_string(),
        expires_at: Some(timestamp(permit.expires_at)),
        evidence_hash: permit.evidence_hash,
        oldest_read_at: Some(timestamp(oldest_read_at)),
    }
}

impl From<Probed> for pb::ProbeEffectResponse {
    fn from(probed: Probed) -> Self {
        let (verdict, reason, detail, evidence) = match probed {
            Probed::Later { reason, detail } => {
                (pb::ProbeVerdict::Later, reason, detail, String::new())
            }
            Probed::Refused {
                reason,
                detail,
                evidence,
            } => (pb::ProbeVerdict::Blocked, reason, detail, evidence),
            Probed::Found { finding, evidence } => {
                let (verdict, reason, detail) = match finding {
                    Finding::Happened => (pb::ProbeVerdict::Happened, "", String::new()),
                    Finding::Clean => (pb::ProbeVerdict::Clean, "", String::new()),
                    Finding::Blocked { reason, detail } => {
                        (pb::ProbeVerdict::Blocked, reason, detail)
                    }
                    Finding::Conflict { reason, detail } => {
                        (pb::ProbeVerdict::Conflict, reason, detail)
                    }
                };
                (verdict, reason.to_owned(), detail, evidence)
            }
        };
        Self {
            verdict: verdict.into(),
            reason,
            detail,
            evidence_json: or_empty_object(evidence),
        }
    }
}
