//! Whose orders are collected.

use moa_id::{ChannelAccountId, MerchantId};

/// One merchant's log-in at a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// Whose log-in it is.
    pub merchant_id: MerchantId,
    /// Which.
    pub channel_account_id: ChannelAccountId,
    /// Channel code: "coupang".
    pub channel: String,
}
