//! channel-proxy's messages to our values. A row that cannot be read says which field and why, never the value.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::parse_timestamp;
use prost::Message as _;
use prost_types::Timestamp;

use super::convert_amounts::{amounts, money};
use crate::domain::account::Discovery;
use crate::domain::claim::{ClaimKind, ClaimLine, ClaimState, FetchedClaim};
use crate::domain::contact::Contact;
use crate::domain::order::{
    ContactDigest, FetchedContact, FetchedLine, FetchedOrder, LineFacts, OrderFacts, ReceiverMark,
};
use crate::domain::seen::Seen;
use crate::domain::state::LineState;

/// Longer ids come from no channel.
const ID_CHARS: usize = 200;
/// Seconds, when channel-proxy does not say.
const DEFAULT_OVERLAP: i64 = 1800;
/// Seconds, when channel-proxy does not say.
const DEFAULT_VISIBILITY_LAG: i64 = 600;
/// A day, in seconds.
const LONGEST_OVERLAP: i64 = 24 * 3600;
/// More lines are in no order.
const MAX_LINES: usize = 1000;
/// Longer names and addresses come from no channel; one that does would weigh on every list that shows it.
const TEXT_CHARS: usize = 2000;

/// A time to the microsecond, as PostgreSQL keeps it; none when absent or nonsense.
pub(crate) fn time(at: Option<Timestamp>) -> Option<DateTime<Utc>> {
    let at = parse_timestamp("at", at).ok()?;
    at.duration_trunc(TimeDelta::microseconds(1)).ok()
}

/// How an account's orders are found. A channel-proxy that does not say so knows lists alone.
pub(crate) fn discovery(account: &pb::ChannelAccount) -> Result<Discovery, &'static str> {
    let Some(capabilities) = &account.capabilities else {
        return Ok(Discovery::BoxesByState);
    };
    match capabilities.order_discovery() {
        pb::OrderDiscovery::BoxesByState => Ok(Discovery::BoxesByState),
        pb::OrderDiscovery::ChangesFeed => Ok(Discovery::ChangesFeed),
        pb::OrderDiscovery::Unspecified => {
            Err("the account's capabilities.order_discovery is unknown")
        }
    }
}

/// How far a window reaches back behind the last one.
pub(crate) fn overlap(account: &pb::ChannelAccount) -> TimeDelta {
    let told = account.capabilities.as_ref();
    let told = told.and_then(|capabilities| capabilities.poll_overlap);
    let seconds = told.map_or(DEFAULT_OVERLAP, |overlap| overlap.seconds);
    TimeDelta::seconds(seconds.clamp(0, LONGEST_OVERLAP))
}

/// How long an order may stay out of the channel's lists.
pub(crate) fn visibility_lag(account: &pb::ChannelAccount) -> TimeDelta {
    let told = account.capabilities.as_ref();
    let told = told.and_then(|capabilities| capabilities.visibility_lag);
    let seconds = told.map_or(DEFAULT_VISIBILITY_LAG, |lag| lag.seconds);
    TimeDelta::seconds(seconds.clamp(0, LONGEST_OVERLAP))
}

/// An order, with the keyed hash of its contact.
pub(crate) fn order(
    order: pb::ChannelOrder,
    page_read_at: DateTime<Utc>,
    digest: impl Fn(&Contact) -> ContactDigest,
) -> Result<FetchedOrder, String> {
    let read_at = time(order.read_at).unwrap_or(page_read_at);
    let channel_order_id = id("channel_order_id", order.channel_order_id)?;
    if order.lines.is_empty() || order.lines.len() > MAX_LINES {
        return Err(format!("lines must be 1 to {MAX_LINES}"));
    }
    let (shipping_fee, currency) = money("shipping_fee", order.shipping_fee.as_ref())?.unzip();
    // A page may show a part of the order, and then a part of its fee; the lines say it each for itself.
    let counted_by_line = order
        .lines
        .iter()
        .any(|line| !line.shipping_group.is_empty());
    let shipping_fee = shipping_fee.filter(|_| !counted_by_line);
    let ordered_at = time(order.ordered_at)
        .ok_or("ordered_at is missing, or no time between the years 1678 and 2262")?;
    let lines = order.lines.into_iter().enumerate();
    let lines = lines.map(|(index, line)| {
        self::line(line, read_at).map_err(|reason| format!("lines[{index}].{reason}"))
    });
    let receiver = receiver_mark(order.receiver.unwrap_or_default())?;
    let contact = order.contact.map(contact).transpose()?;
    let contact = contact.map(|contact| FetchedContact {
        digest: digest(&contact),
        contact,
        receiver,
    });
    Ok(FetchedOrder {
        channel_order_id,
        facts: OrderFacts {
            ordered_at: Seen::new(Some(ordered_at), read_at),
            paid_at: Seen::new(time(order.paid_at), read_at),
            shipping_fee: Seen::new(shipping_fee, read_at),
            currency: Seen::new(currency, read_at),
        },
        lines: lines.collect::<Result<_, String>>()?,
        contact,
        read_at,
    })
}

fn receiver_mark(mark: pb::ReceiverMark) -> Result<ReceiverMark, String> {
    let hash = |field: &str, bytes: &[u8]| match bytes {
        [] => Ok(None),
        bytes => match <[u8; 32]>::try_from(bytes) {
            Ok(hash) => Ok(Some(hash)),
            Err(_) => Err(format!("receiver.{field} must be empty or 32 bytes")),
        },
    };
    Ok(ReceiverMark {
        place: hash("place", &mark.place)?,
        name: hash("name", &mark.name)?,
    })
}

fn line(line: pb::ChannelOrderLine, read_at: DateTime<Utc>) -> Result<FetchedLine, String> {
    let amounts = amounts(&line)?;
    let channel_line_id = id("channel_line_id", line.channel_line_id)?;
    let quantities = [
        ("quantity", line.quantity, 1),
        ("cancelled_quantity", line.cancelled_quantity, 0),
        ("held_quantity", line.held_quantity, 0),
    ];
    for (field, quantity, least) in quantities {
        if quantity < least {
            return Err(format!("{field} must be at least {least}"));
        }
    }
    let state = match pb::LineState::try_from(line.state) {
        Ok(pb::LineState::Placed) => Some(LineState::Placed),
        Ok(pb::LineState::Acknowledged) => Some(LineState::Acknowledged),
        Ok(pb::LineState::Dispatched) => Some(LineState::Dispatched),
        Ok(pb::LineState::Delivered) => Some(LineState::Delivered),
        Ok(pb::LineState::Confirmed) => Some(LineState::Confirmed),
        Ok(pb::LineState::Cancelled) => Some(LineState::Cancelled),
        Ok(pb::LineState::Returned) => Some(LineState::Returned),
        Ok(pb::LineState::Unspecified) | Err(_) => None,
    };
    let unknown_state = match state {
        Some(_) => String::new(),
        None if line.unknown_state.is_empty() => format!("#{}", line.state),
        None => line.unknown_state,
    };
    let texts = [
        ("channel_parcel_id", &line.channel_parcel_id),
        ("channel_listing_id", &line.channel_listing_id),
        ("product_name", &line.product_name),
        ("option_name", &line.option_name),
        ("sku_code", &line.sku_code),
        ("tracking_number", &line.tracking_number),
        ("shipping_group", &line.shipping_group),
    ];
    for (field, text) in texts {
        check_length(field, text)?;
    }
    let text = |value: String| Seen::new((!value.is_empty()).then_some(value), read_at);
    Ok(FetchedLine {
        channel_line_id,
        state,
        facts: LineFacts {
            channel_parcel_id: text(line.channel_parcel_id),
            channel_listing_id: text(line.channel_listing_id),
            product_name: text(line.product_name),
            option_name: text(line.option_name),
            sku_code: text(line.sku_code),
            quantity: Seen::new(Some(line.quantity), read_at),
            cancelled_quantity: Seen::new(Some(line.cancelled_quantity), read_at),
            held_quantity: Seen::new(Some(line.held_quantity), read_at),
            unit_price: Seen::new(amounts.unit_price, read_at),
            line_total: Seen::new(amounts.line_total, read_at),
            currency: Seen::new(amounts.currency, read_at),
            unknown_state: Seen::new(Some(unknown_state), read_at),
            tracking_number: text(line.tracking_number),
            shipping_group: text(line.shipping_group),
            shipping_fee: Seen::new(amounts.shipping_fee, read_at),
            discount: Seen::new(amounts.discount, read_at),
            merchant_discount: Seen::new(amounts.merchant_discount, read_at),
            expected_settlement: Seen::new(amounts.expected_settlement, read_at),
        },
    })
}

fn contact(contact: pb::Contact) -> Result<Contact, String> {
    let texts = [
        ("orderer_name", &contact.orderer_name),
        ("orderer_phone", &contact.orderer_phone),
        ("receiver_name", &contact.receiver_name),
        ("receiver_phone", &contact.receiver_phone),
        ("postcode", &contact.postcode),
        ("address1", &contact.address1),
        ("address2", &contact.address2),
        ("delivery_note", &contact.delivery_note),
        ("email", &contact.email),
    ];
    for (field, text) in texts {
        check_length(field, text).map_err(|reason| format!("contact.{reason}"))?;
    }
    Ok(Contact {
        orderer_name: contact.orderer_name,
        orderer_phone: contact.orderer_phone,
        receiver_name: contact.receiver_name,
        receiver_phone: contact.receiver_phone,
        postcode: contact.postcode,
        address1: contact.address1,
        address2: contact.address2,
        delivery_note: contact.delivery_note,
        email: contact.email,
    })
}

fn check_length(field: &str, text: &str) -> Result<(), String> {
    // Cheap for what is short, which is nearly everything.
    if text.len() > TEXT_CHARS && text.chars().count() > TEXT_CHARS {
        return Err(format!("{field} must have at most {TEXT_CHARS} characters"));
    }
    Ok(())
}

/// A claim. A kind or state without a word of ours is kept as unknown, which holds the lines.
pub(crate) fn claim(
    claim: pb::ChannelClaim,
    page_read_at: DateTime<Utc>,
) -> Result<FetchedClaim, String> {
    let read_at = time(claim.read_at).unwrap_or(page_read_at);
    let shown = pb::ChannelClaim {
        contact: None,
        ..claim.clone()
    };
    let kind = match pb::ClaimKind::try_from(claim.kind) {
        Ok(pb::ClaimKind::Cancel) => ClaimKind::Cancel,
        Ok(pb::ClaimKind::StopShipment) => ClaimKind::StopShipment,
        Ok(pb::ClaimKind::Return) => ClaimKind::Return,
        Ok(pb::ClaimKind::Exchange) => ClaimKind::Exchange,
        Ok(pb::ClaimKind::Unspecified) | Err(_) => ClaimKind::Unknown,
    };
    let state = match pb::ClaimState::try_from(claim.state) {
        Ok(pb::ClaimState::Requested) => ClaimState::Requested,
        Ok(pb::ClaimState::Completed) => ClaimState::Completed,
        // Refused by the merchant: like one taken back, it asks for nothing any more.
        Ok(pb::ClaimState::Withdrawn | pb::ClaimState::Rejected) => ClaimState::Withdrawn,
        Ok(pb::ClaimState::Unspecified) | Err(_) => ClaimState::Unknown,
    };
    let lines = claim.lines.into_iter().enumerate();
    let lines = lines.map(|(index, line)| {
        if line.quantity < 1 {
            return Err(format!("lines[{index}].quantity must be at least 1"));
        }
        Ok(ClaimLine {
            channel_line_id: id("channel_line_id", line.channel_line_id)
                .map_err(|reason| format!("lines[{index}].{reason}"))?,
            quantity: line.quantity,
        })
    });
    Ok(FetchedClaim {
        channel_claim_id: id("channel_claim_id", claim.channel_claim_id)?,
        channel_order_id: id("channel_order_id", claim.channel_order_id)?,
        kind,
        state,
        lines: lines.collect::<Result<_, String>>()?,
        requested_at: time(claim.requested_at).unwrap_or(read_at),
        read_at,
        shown: shown.encode_to_vec(),
        due_at: claim.deadline.and_then(|deadline| time(deadline.at)),
    })
}

/// An id as a channel gives it, within what the tables take.
pub(super) fn id(field: &str, text: String) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("{field} is missing"));
    }
    if text.chars().count() > ID_CHARS || text.contains('\0') {
        return Err(format!(
            "{field} must have at most {ID_CHARS} characters and no NUL"
        ));
    }
    Ok(text)
}

/// The channel's box that a state stands for.
pub(crate) fn line_state_to_pb(state: LineState) -> pb::LineState {
    match state {
        LineState::Placed => pb::LineState::Placed,
        LineState::Acknowledged => pb::LineState::Acknowledged,
        LineState::Dispatched => pb::LineState::Dispatched,
        LineState::Delivered => pb::LineState::Delivered,
        LineState::Confirmed => pb::LineState::Confirmed,
        LineState::Cancelled => pb::LineState::Cancelled,
        LineState::Returned => pb::LineState::Returned,
    }
}
