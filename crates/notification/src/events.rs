//! What the hub hears of us.

use chrono::{DateTime, Utc};
use moa_id::Ids;
use moa_outbox::NewEvent;
use moa_proto::moa::notification::v1 as pb;

use crate::domain::message::Message;

/// Messages.
pub(crate) const MESSAGES: &str = "messages";

/// The provider took it. Consumer: admin-gateway.
pub(crate) fn message_accepted(ids: &Ids, message: &Message, now: DateTime<Utc>) -> NewEvent {
    let told = pb::MessageAccepted {
        message_id: message.id.to_string(),
        subject_id: message.subject_id.to_string(),
        order_id: order_id(message),
        template: message.template.as_str().to_owned(),
    };
    event(ids, message, now, &told)
}

/// It arrived. Consumers: fulfillment (dispatches the digital line), admin-gateway.
pub(crate) fn message_delivered(ids: &Ids, message: &Message, now: DateTime<Utc>) -> NewEvent {
    let told = pb::MessageDelivered {
        message_id: message.id.to_string(),
        subject_id: message.subject_id.to_string(),
        order_id: order_id(message),
        template: message.template.as_str().to_owned(),
    };
    event(ids, message, now, &told)
}

/// It will not arrive by itself. Consumer: admin-gateway.
pub(crate) fn message_failed(ids: &Ids, message: &Message, now: DateTime<Utc>) -> NewEvent {
    let told = pb::MessageFailed {
        message_id: message.id.to_string(),
        subject_id: message.subject_id.to_string(),
        order_id: order_id(message),
        template: message.template.as_str().to_owned(),
        reason: message.reason.clone(),
    };
    event(ids, message, now, &told)
}

fn order_id(message: &Message) -> String {
    message
        .order_id
        .map(|id| id.to_string())
        .unwrap_or_default()
}

fn event<M: prost::Message + prost::Name>(
    ids: &Ids,
    message: &Message,
    now: DateTime<Utc>,
    told: &M,
) -> NewEvent {
    NewEvent::new(
        ids.next(),
        message.merchant_id,
        MESSAGES,
        message.id.as_uuid(),
        message.version,
        now,
        told,
    )
}
