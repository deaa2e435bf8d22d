//! Whose orders are collected.

use moa_id::{ChannelAccountId, MerchantId};

/// One merchant's log-in at a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Account {
    pub(crate) merchant_id: MerchantId,
    pub(crate) channel_account_id: ChannelAccountId,
    /// Channel code: "coupang".
    pub(crate) channel: String,
}
