//! Reading requests, with refusals that name the field.

use std::collections::HashSet;

use chrono::NaiveDate;
use moa_id::{ChannelAccountId, EffectId, MerchantId};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{invalid_field, parse_id};
use tonic::Status;

use super::parse_operation::Message;
use super::parse_part;
use crate::app::{AcknowledgeItem, DispatchItem, InspectItem, Intended, ProbeQuestion};
use crate::channel::{
    AcknowledgeParcel, ActsAs, ClaimList, CoupangCredentials, Credentials, DispatchParcel,
    SmartStoreCredentials,
};
use crate::domain::facts::PackedLine;
use crate::domain::inquiry::InquiryState;
use crate::domain::order::LineState;
use crate::domain::permit::Cargo;
use crate::domain::quota::CallClass;
use crate::domain::receiver::ReceiverMark;
use crate::error::Error;

/// The most items of one call: what the channel takes at once.
const MAX_ITEMS: usize = 50;
/// The most lines of one parcel.
pub const MAX_LINES: usize = 200;
/// The longest id of a channel.
const MAX_ID: usize = 64;

pub fn account(
    merchant_id: &str,
    channel_account_id: &str,
) -> Result<(MerchantId, ChannelAccountId), Status> {
    Ok((
        parse_id("merchant_id", merchant_id)?,
        parse_id("channel_account_id", channel_account_id)?,
    ))
}

pub fn credentials(credentials: Option<pb::Credentials>) -> Result<Credentials, Status> {
    let parsed = match credentials.and_then(|credentials| credentials.channel) {
        Some(pb::credentials::Channel::Coupang(coupang)) => {
            CoupangCredentials::parse(&coupang.vendor_id, &coupang.access_key, &coupang.secret_key)
                .map(Credentials::Coupang)
        }
        Some(pb::credentials::Channel::Smartstore(smartstore)) => SmartStoreCredentials::parse(
            &smartstore.client_id,
            &smartstore.client_secret,
            acts_as(smartstore.account_type(), smartstore.account_id.clone())?,
        )
        .map(Credentials::SmartStore),
        None => {
            return Err(invalid_field(
                "credentials",
                "are missing; give those of one channel",
            ));
        }
    };
    parsed.map_err(|field| Error::Invalid(field).into())
}

/// `account_id` goes with SELLER alone: a call that breaks this earns the channel's penalty.
fn acts_as(account_type: pb::SmartStoreAccountType, account_id: String) -> Result<ActsAs, Status> {
    match account_type {
        pb::SmartStoreAccountType::Self_ if account_id.is_empty() => Ok(ActsAs::Own),
        pb::SmartStoreAccountType::Self_ => Err(invalid_field(
            "credentials.smartstore.account_id",
            "must be absent when account_type is SELF",
        )),
        pb::SmartStoreAccountType::Seller => Ok(ActsAs::Seller(account_id)),
        pb::SmartStoreAccountType::Unspecified => Err(invalid_field(
            "credentials.smartstore.account_type",
            "must be SELF or SELLER",
        )),
    }
}

pub fn class(class: i32) -> Result<CallClass, Status> {
    match pb::CallClass::try_from(class) {
        Ok(pb::CallClass::Gate) => Ok(CallClass::Gate),
        Ok(pb::CallClass::Poll) => Ok(CallClass::Poll),
        Ok(pb::CallClass::Sweep) => Ok(CallClass::Sweep),
        _ => Err(invalid_field("call_class", "must be GATE, POLL or SWEEP")),
    }
}

/// The box to look into; none asks for what changed.
pub fn box_or_changes(state: i32) -> Result<Option<LineState>, Status> {
    if state == i32::from(pb::LineState::Unspecified) {
        return Ok(None);
    }
    self::state(state).map(Some)
}

fn state(state: i32) -> Result<LineState, Status> {
    match pb::LineState::try_from(state) {
        Ok(pb::LineState::Placed) => Ok(LineState::Placed),
        Ok(pb::LineState::Acknowledged) => Ok(LineState::Acknowledged),
        Ok(pb::LineState::Dispatched) => Ok(LineState::Dispatched),
        Ok(pb::LineState::Delivered) => Ok(LineState::Delivered),
        Ok(pb::LineState::Confirmed) => Ok(LineState::Confirmed),
        Ok(pb::LineState::Cancelled) => Ok(LineState::Cancelled),
        Ok(pb::LineState::Returned) => Ok(LineState::Returned),
        _ => Err(invalid_field("state", "is missing or unknown")),
    }
}

/// A channel's id: short, printable, without signs that would change a path.
pub fn channel_id(field: &str, text: &str) -> Result<String, Status> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > MAX_ID || !text.chars().all(plain) {
        return Err(invalid_field(
            field,
            format!("must be the channel's own id: 1 to {MAX_ID} letters, digits, - _ ."),
        ));
    }
    Ok(text.to_owned())
}

fn check_count(items: usize) -> Result<(), Status> {
    if (1..=MAX_ITEMS).contains(&items) {
        return Ok(());
    }
    Err(invalid_field("items", format!("must be 1 to {MAX_ITEMS}")))
}

/// An effect stands once in a request, and a parcel too: their results could not be told apart.
#[derive(Default)]
struct Once {
    effects: HashSet<EffectId>,
    parcels: HashSet<String>,
}

impl Once {
    fn effect(&mut self, at: usize, effect_id: &str, fence: i64) -> Result<EffectId, Status> {
        let field = format!("items[{at}].effect_id");
        let effect_id: EffectId = parse_id(&field, effect_id)?;
        if fence < 1 {
            return Err(invalid_field(
                &format!("items[{at}].fence"),
                "must be at least 1",
            ));
        }
        if !self.effects.insert(effect_id) {
            return Err(invalid_field(&field, "stands twice in this request"));
        }
        Ok(effect_id)
    }

    fn parcel(&mut self, at: usize, id: &str) -> Result<String, Status> {
        let field = format!("items[{at}].channel_parcel_id");
        let id = channel_id(&field, id)?;
        if !self.parcels.insert(id.clone()) {
            return Err(invalid_field(&field, "stands twice in this request"));
        }
        Ok(id)
    }
}

fn order_id(at: usize, id: &str) -> Result<String, Status> {
    channel_id(&format!("items[{at}].channel_order_id"), id)
}

fn lines(at: usize, lines: Vec<pb::InspectLine>) -> Result<Vec<PackedLine>, Status> {
    let field = format!("items[{at}].lines");
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(invalid_field(&field, format!("must be 1 to {MAX_LINES}")));
    }
    let mut seen = HashSet::new();
    let mut packed = Vec::with_capacity(lines.len());
    for line in lines {
        let channel_line_id =
            channel_id(&format!("{field}.channel_line_id"), &line.channel_line_id)?;
        if line.quantity < 1 {
            return Err(invalid_field(
                &format!("{field}.quantity"),
                "must be at least 1",
            ));
        }
        if !seen.insert(channel_line_id.clone()) {
            return Err(invalid_field(
                &format!("{field}.channel_line_id"),
                "stands twice",
            ));
        }
        packed.push(PackedLine {
            channel_line_id,
            quantity: line.quantity,
        });
    }
    Ok(packed)
}

pub fn acknowledge_items(items: Vec<pb::AcknowledgeItem>) -> Result<Vec<AcknowledgeItem>, Status> {
    check_count(items.len())?;
    let mut once = Once::default();
    let parse = |(at, item): (usize, pb::AcknowledgeItem)| {
        Ok(AcknowledgeItem {
            effect_id: once.effect(at, &item.effect_id, item.fence)?,
            fence: item.fence,
            parcel: AcknowledgeParcel {
                channel_order_id: order_id(at, &item.channel_order_id)?,
                channel_parcel_id: once.parcel(at, &item.channel_parcel_id)?,
            },
        })
    };
    items.into_iter().enumerate().map(parse).collect()
}

pub fn inspect_items(items: Vec<pb::InspectItem>) -> Result<Vec<InspectItem>, Status> {
    check_count(items.len())?;
    let mut once = Once::default();
    let parse = |(at, item): (usize, pb::InspectItem)| {
        Ok(InspectItem {
            effect_id: once.effect(at, &item.effect_id, item.fence)?,
            fence: item.fence,
            cargo: {
                let packed = lines(at, item.lines)?;
                let (part, _) = parse_part::part(at, item.part.map(Into::into), &packed)?;
                Cargo::new(
                    order_id(at, &item.channel_order_id)?,
                    once.parcel(at, &item.channel_parcel_id)?,
                    packed,
                )
                .with_part(part)
            },
            receiver: receiver(at, item.receiver.unwrap_or_default())?,
        })
    };
    items.into_iter().enumerate().map(parse).collect()
}

fn receiver(at: usize, mark: pb::ReceiverMark) -> Result<ReceiverMark, Status> {
    let field = |name| format!("items[{at}].receiver.{name}");
    Ok(ReceiverMark {
        place: hash(&field("place"), &mark.place)?,
        name: hash(&field("name"), &mark.name)?,
    })
}

/// A hash, or none.
pub fn hash(field: &str, bytes: &[u8]) -> Result<Option<[u8; 32]>, Status> {
    match bytes {
        [] => Ok(None),
        bytes => <[u8; 32]>::try_from(bytes)
            .map(Some)
            .map_err(|_| invalid_field(field, "must be empty or 32 bytes")),
    }
}

pub fn dispatch_items(items: Vec<pb::DispatchItem>) -> Result<Vec<DispatchItem>, Status> {
    check_count(items.len())?;
    let mut once = Once::default();
    let parse = |(at, item): (usize, pb::DispatchItem)| {
        let packed = lines(at, item.lines)?;
        let (part, planned) = parse_part::part(at, item.part.map(Into::into), &packed)?;
        Ok(DispatchItem {
            effect_id: once.effect(at, &item.effect_id, item.fence)?,
            fence: item.fence,
            // No permit, or no id at all, is refused per item: PERMIT_INVALID.
            permit_id: item.permit_id.parse().ok(),
            parcel: DispatchParcel {
                cargo: Cargo::new(
                    order_id(at, &item.channel_order_id)?,
                    once.parcel(at, &item.channel_parcel_id)?,
                    packed,
                )
                .with_part(part),
                carrier: item.carrier,
                tracking_number: item.tracking_number,
                planned,
            },
        })
    };
    items.into_iter().enumerate().map(parse).collect()
}

/// Acknowledge and dispatch are asked for by order and parcel; other operations name themselves what they are about.
pub fn probe_question(request: pb::ProbeEffectRequest) -> Result<ProbeQuestion, Status> {
    let intended = intended(request.intended)?;
    let id = |field, id: &str| match intended {
        Intended::Operation(_) => Ok(String::new()),
        Intended::Acknowledge | Intended::Dispatch { .. } => channel_id(field, id),
    };
    Ok(ProbeQuestion {
        effect_id: parse_id("effect_id", &request.effect_id)?,
        channel_order_id: id("channel_order_id", &request.channel_order_id)?,
        channel_parcel_id: id("channel_parcel_id", &request.channel_parcel_id)?,
        intended,
    })
}

fn intended(intended: Option<pb::probe_effect_request::Intended>) -> Result<Intended, Status> {
    use pb::probe_effect_request::Intended as Asked;
    let operation = match intended {
        Some(Asked::Acknowledge(_)) => return Ok(Intended::Acknowledge),
        Some(Asked::Dispatch(dispatch)) => {
            let ids = dispatch.channel_line_ids.iter();
            let ids = ids.map(|id| channel_id("dispatch.channel_line_ids", id));
            return Ok(Intended::Dispatch {
                carrier: dispatch.carrier,
                tracking_number: dispatch.tracking_number,
                line_ids: ids.collect::<Result<_, _>>()?,
            });
        }
        Some(Asked::StopConfirmation(told)) => told.read(),
        Some(Asked::AlreadyShippedReport(told)) => told.read(),
        Some(Asked::LinesCancellation(told)) => told.read(),
        Some(Asked::ClaimApproval(told)) => told.read(),
        Some(Asked::ClaimRejection(told)) => told.read(),
        Some(Asked::CollectionConfirmation(told)) => told.read(),
        Some(Asked::CollectionReport(told)) => told.read(),
        Some(Asked::ExchangeReshipment(told)) => told.read(),
        Some(Asked::ClaimHold(told)) => told.read(),
        Some(Asked::ClaimRelease(told)) => told.read(),
        Some(Asked::TrackingCorrection(told)) => told.read(),
        Some(Asked::DispatchDelay(told)) => told.read(),
        Some(Asked::DeliveryReport(told)) => told.read(),
        Some(Asked::InquiryAnswer(told)) => told.read(),
        Some(Asked::InquiryConfirmation(told)) => told.read(),
        Some(Asked::StockChange(told)) => told.read(),
        Some(Asked::PriceChange(told)) => told.read(),
        Some(Asked::SaleStop(told)) => told.read(),
        Some(Asked::SaleResumption(told)) => told.read(),
        None => return Err(invalid_field("intended", "is missing")),
    };
    operation.map(Intended::Operation)
}

/// Which lists of claims; none means all.
pub fn claim_lists(lists: &[i32]) -> Result<Vec<ClaimList>, Status> {
    let read = |list: &i32| match pb::ClaimList::try_from(*list) {
        Ok(pb::ClaimList::Returns) => Ok(ClaimList::Returns),
        Ok(pb::ClaimList::Exchanges) => Ok(ClaimList::Exchanges),
        Ok(pb::ClaimList::Withdrawals) => Ok(ClaimList::Withdrawals),
        Ok(pb::ClaimList::OpenReturns) => Ok(ClaimList::OpenReturns),
        Ok(pb::ClaimList::CompletedReturns) => Ok(ClaimList::CompletedReturns),
        Ok(pb::ClaimList::Unspecified) | Err(_) => Err(invalid_field(
            "lists",
            "must be RETURNS, EXCHANGES, WITHDRAWALS, OPEN_RETURNS or COMPLETED_RETURNS",
        )),
    };
    lists.iter().map(read).collect()
}

/// A Korean calendar day.
pub fn day(field: &str, text: &str) -> Result<NaiveDate, Status> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| invalid_field(field, "must be a day such as 2026-03-01"))
}

/// Only these questions; unspecified means all.
pub fn inquiry_state(state: i32) -> Result<Option<InquiryState>, Status> {
    match pb::InquiryState::try_from(state) {
        Ok(pb::InquiryState::Unspecified) => Ok(None),
        Ok(pb::InquiryState::Waiting) => Ok(Some(InquiryState::Waiting)),
        Ok(pb::InquiryState::Answered) => Ok(Some(InquiryState::Answered)),
        Ok(pb::InquiryState::ToConfirm) => Ok(Some(InquiryState::ToConfirm)),
        Ok(pb::InquiryState::Closed) => Ok(Some(InquiryState::Closed)),
        Err(_) => Err(invalid_field("state", "is unknown")),
    }
}
