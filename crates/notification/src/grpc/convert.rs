use chrono::{DateTime, Utc};
use moa_proto::moa::notification::v1 as pb;
use moa_service::timestamp;

use crate::domain::message::{Message, MessageState};
use crate::domain::sender::SenderKind;

fn kind(kind: SenderKind) -> pb::SenderKind {
    match kind {
        SenderKind::Solapi => pb::SenderKind::Solapi,
        SenderKind::Slack => pb::SenderKind::Slack,
    }
}

pub(super) fn sender(of: SenderKind, base_url: String, updated_at: DateTime<Utc>) -> pb::Sender {
    pb::Sender {
        kind: kind(of).into(),
        base_url,
        updated_at: Some(timestamp(updated_at)),
    }
}

pub(super) fn inquiry_digest(
    enabled: bool,
    told_at: Option<DateTime<Utc>>,
) -> Option<pb::InquiryDigest> {
    Some(pb::InquiryDigest {
        enabled,
        told_at: told_at.map(timestamp),
    })
}

impl From<Message> for pb::Message {
    fn from(message: Message) -> Self {
        let (state, delivered_at) = match message.state {
            MessageState::Pending => (pb::MessageState::Pending, None),
            MessageState::Accepted => (pb::MessageState::Accepted, None),
            MessageState::Delivered { at } => (pb::MessageState::Delivered, Some(timestamp(at))),
            MessageState::Failed => (pb::MessageState::Failed, None),
        };
        Self {
            message_id: message.id.to_string(),
            sender: kind(message.sender).into(),
            template: message.template.as_str().to_owned(),
            state: state.into(),
            reason: message.reason,
            created_at: Some(timestamp(message.created_at)),
            delivered_at,
        }
    }
}
