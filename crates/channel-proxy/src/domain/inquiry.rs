//! A buyer's question as a channel shows it, in our words.

use std::fmt;

use chrono::{DateTime, Utc};

/// One question with what was said to it.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelInquiry {
    /// The channel's id.
    pub channel_inquiry_id: String,
    /// Where it was asked.
    pub kind: InquiryKind,
    /// Whether it waits.
    pub state: InquiryState,
    /// When it was asked, where the channel says so.
    pub asked_at: Option<DateTime<Utc>>,
    /// When it was answered, where the channel says so.
    pub answered_at: Option<DateTime<Utc>>,
    /// The buyer's words; empty when they stand in the messages.
    pub text: String,
    /// The orders it is about.
    pub channel_order_ids: Vec<String>,
    /// The listings it is about.
    pub channel_listing_ids: Vec<String>,
    /// The product it is about.
    pub channel_product_id: String,
    /// Its name.
    pub product_name: String,
    /// As the channel sorts it.
    pub category: String,
    /// Who asked.
    pub asked_by: String,
    /// Oldest first.
    pub messages: Vec<InquiryMessage>,
    /// When the read that showed this was sent.
    pub read_at: DateTime<Utc>,
    /// Until when it should be answered, where the channel says so.
    pub answer_by: Option<DateTime<Utc>>,
}

impl fmt::Debug for ChannelInquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} question {} ({:?}): ***",
            self.kind, self.channel_inquiry_id, self.state
        )
    }
}

/// A message in a question's thread.
#[derive(Clone, PartialEq, Eq)]
pub struct InquiryMessage {
    /// The channel's id.
    pub channel_answer_id: String,
    /// Empty for one to the question itself.
    pub channel_parent_answer_id: String,
    /// Who wrote it.
    pub author: InquiryAuthor,
    /// When, where the channel says so.
    pub at: Option<DateTime<Utc>>,
    /// What.
    pub text: String,
    /// The channel waits for the merchant's answer to this one.
    pub needs_answer: bool,
}

impl fmt::Debug for InquiryMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "message {} by {:?}: ***",
            self.channel_answer_id, self.author
        )
    }
}

/// Where a question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InquiryKind {
    /// On a product's page.
    Product,
    /// About an order, by the buyer.
    Order,
    /// Passed on by the channel's call centre.
    CallCenter,
}

/// Whether a question waits for the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InquiryState {
    /// For an answer.
    Waiting,
    /// No more.
    Answered,
    /// To be confirmed, not answered.
    ToConfirm,
    /// Closed by the channel: no answer is taken.
    Closed,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InquiryAuthor {
    /// The buyer.
    Buyer,
    /// The merchant.
    Merchant,
    /// The channel.
    Channel,
    /// The channel's word is none of ours.
    Unknown,
}
