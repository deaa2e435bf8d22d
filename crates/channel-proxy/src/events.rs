//! What the hub hears of us.

use chrono::{DateTime, Utc};
use moa_id::Ids;
use moa_outbox::NewEvent;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::timestamp;

use crate::channel::Channels;
use crate::domain::account::ChannelAccount;
use crate::domain::drift::DriftFinding;
use crate::grpc::channel_account;

/// The topic of accounts.
pub const CHANNEL_ACCOUNTS: &str = "channel_accounts";

/// The topic of what somebody should look at.
pub const CHANNEL_WARNINGS: &str = "channel_warnings";

/// All topics.
pub const TOPICS: &[&str] = &[CHANNEL_ACCOUNTS, CHANNEL_WARNINGS];

/// A key ends soon.
pub fn key_expiring(
    ids: &Ids,
    account: &ChannelAccount,
    expires_at: DateTime<Utc>,
    within_days: i32,
    at: DateTime<Utc>,
) -> NewEvent {
    let message = pb::ChannelKeyExpiring {
        merchant_id: account.merchant_id.to_string(),
        channel_account_id: account.id.to_string(),
        channel: account.channel.clone(),
        name: account.name.clone(),
        key_expires_at: Some(timestamp(expires_at)),
        within_days,
    };
    NewEvent::new(
        ids.next(),
        account.merchant_id,
        CHANNEL_WARNINGS,
        account.id.as_uuid(),
        account.key.warnings,
        at,
        &message,
    )
}

/// A channel said something that this version does not know, for the first time.
pub fn drift_found(ids: &Ids, finding: &DriftFinding, at: DateTime<Utc>) -> NewEvent {
    let message = pb::ChannelDriftFound {
        merchant_id: finding.merchant_id.to_string(),
        finding: Some(finding.into()),
    };
    NewEvent::new(
        ids.next(),
        finding.merchant_id,
        CHANNEL_WARNINGS,
        finding.id,
        1,
        at,
        &message,
    )
}

/// An account was registered, activated or deactivated.
pub fn account_changed(
    ids: &Ids,
    channels: &Channels,
    account: &ChannelAccount,
    at: DateTime<Utc>,
) -> NewEvent {
    let message = pb::ChannelAccountChanged {
        channel_account: Some(channel_account(channels, account)),
    };
    NewEvent::new(
        ids.next(),
        account.merchant_id,
        CHANNEL_ACCOUNTS,
        account.id.as_uuid(),
        account.version,
        at,
        &message,
    )
}
