//! Whose orders are collected.

use chrono::TimeDelta;
use moa_id::{ChannelAccountId, MerchantId};

/// How a channel's orders are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Discovery {
    /// A list per state, by creation time.
    BoxesByState,
    /// A feed of what changed.
    ChangesFeed,
}

impl Discovery {
    /// As stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::BoxesByState => "BOXES_BY_STATE",
            Self::ChangesFeed => "CHANGES_FEED",
        }
    }

    /// Reads the stored word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::BoxesByState, Self::ChangesFeed]
            .into_iter()
            .find(|one| one.as_str() == word)
    }
}

/// One merchant's log-in at a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// Whose log-in it is.
    pub merchant_id: MerchantId,
    /// Which.
    pub channel_account_id: ChannelAccountId,
    /// Channel code: "coupang".
    pub channel: String,
    /// How its orders are found.
    pub discovery: Discovery,
    /// How far a window reaches back behind the last one, as the channel asks for.
    pub overlap: TimeDelta,
}
