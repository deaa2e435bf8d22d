//! Whose orders are collected.

use chrono::TimeDelta;
use moa_id::{ChannelAccountId, MerchantId};

use super::inquiry::InquiryKind;
use super::schedule::CallQuota;
use super::stream::Stream;

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
    /// How long after it was placed an order may stay out of the channel's lists.
    pub visibility_lag: TimeDelta,
    /// What buyers ask there.
    pub inquiries: InquirySource,
    /// What it may ask of its channel.
    pub quota: CallQuota,
}

/// What buyers ask at a channel, as far as it lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct InquirySource {
    /// Each has a list of its own.
    pub kinds: Vec<InquiryKind>,
    /// How long the merchant has to answer; absent when the channel names no time.
    pub answer_within: Option<TimeDelta>,
}

impl Account {
    /// Everything that is read of it.
    pub fn streams(&self) -> Vec<Stream> {
        let inquiries = self.inquiries.kinds.iter();
        let orders = Stream::of(self.discovery).iter().copied();
        orders
            .chain(inquiries.map(|kind| Stream::Inquiries(*kind)))
            .collect()
    }
}
