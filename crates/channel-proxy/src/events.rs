//! What the hub hears of us.

use moa_id::Ids;
use moa_outbox::NewEvent;
use moa_proto::moa::channel_proxy::v1 as pb;

use crate::channel::Channels;
use crate::domain::account::ChannelAccount;
use crate::grpc::channel_account;

/// The topic of accounts.
pub const CHANNEL_ACCOUNTS: &str = "channel_accounts";

/// All topics.
pub const TOPICS: &[&str] = &[CHANNEL_ACCOUNTS];

/// An account was registered, activated or deactivated.
pub fn account_changed(
    ids: &Ids,
    channels: &Channels,
    account: &ChannelAccount,
    at: chrono::DateTime<chrono::Utc>,
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
