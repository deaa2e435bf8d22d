//! What a buyer asked, and what has to be written when a read shows it.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{ChannelAccountId, InquiryId};

use super::claim::stored_words;
use super::thread::Thread;
use super::urgency::{has_urgent_words, urgent_from};

/// Where a question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InquiryKind {
    /// On a product's page.
    Product,
    /// About an order, by the buyer.
    Order,
    /// Passed on by the channel's call centre.
    CallCenter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InquiryState {
    /// The channel's word has none of ours: as careful as `Waiting`.
    Unknown,
    Waiting,
    Answered,
    /// To be confirmed, not answered.
    ToConfirm,
    /// No answer is taken any more.
    Closed,
}

stored_words!(InquiryKind {
    Product = "PRODUCT",
    Order = "ORDER",
    CallCenter = "CALL_CENTER",
});
stored_words!(InquiryState {
    Unknown = "UNKNOWN",
    Waiting = "WAITING",
    Answered = "ANSWERED",
    ToConfirm = "TO_CONFIRM",
    Closed = "CLOSED",
});

impl InquiryState {
    /// Whether it waits for the merchant.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Unknown | Self::Waiting | Self::ToConfirm)
    }
}

/// A keyed hash of what was said.
pub(crate) type ThreadDigest = [u8; 32];

/// What names a question inside an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct InquiryKey {
    pub(crate) kind: InquiryKind,
    pub(crate) channel_inquiry_id: String,
}

/// What a channel shows about a question, apart from its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InquiryFacts {
    pub(crate) state: InquiryState,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) answered_at: Option<DateTime<Utc>>,
    /// Until when the merchant should answer, as this channel tells of this question.
    pub(crate) answer_by: Option<DateTime<Utc>>,
    pub(crate) channel_order_ids: Vec<String>,
    pub(crate) channel_listing_ids: Vec<String>,
    pub(crate) channel_product_id: String,
    pub(crate) product_name: String,
    pub(crate) category: String,
}

impl InquiryFacts {
    /// What both say, `newer` where both say something: nothing never overwrites something.
    fn updated_by(&self, newer: &Self) -> Self {
        fn pick<T: Clone>(older: &[T], newer: &[T]) -> Vec<T> {
            if newer.is_empty() { older } else { newer }.to_vec()
        }
        let text =
            |older: &String, newer: &String| if newer.is_empty() { older } else { newer }.clone();
        Self {
            state: newer.state,
            asked_at: self.asked_at.min(newer.asked_at),
            answered_at: newer.answered_at.or(self.answered_at),
            // An answered question has no deadline any more; its silence says so.
            answer_by: newer.answer_by,
            channel_order_ids: pick(&self.channel_order_ids, &newer.channel_order_ids),
            channel_listing_ids: pick(&self.channel_listing_ids, &newer.channel_listing_ids),
            channel_product_id: text(&self.channel_product_id, &newer.channel_product_id),
            product_name: text(&self.product_name, &newer.product_name),
            category: text(&self.category, &newer.category),
        }
    }
}

/// A question as one read shows it.
#[derive(Debug, Clone)]
pub(crate) struct FetchedInquiry {
    pub(crate) key: InquiryKey,
    pub(crate) facts: InquiryFacts,
    pub(crate) thread: Thread,
    pub(crate) read_at: DateTime<Utc>,
}

/// A question as all reads together show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inquiry {
    pub(crate) inquiry_id: InquiryId,
    pub(crate) version: i64,
    pub(crate) channel: String,
    pub(crate) channel_account_id: ChannelAccountId,
    pub(crate) key: InquiryKey,
    pub(crate) facts: InquiryFacts,
    /// Since when the channel waits for the merchant.
    pub(crate) waiting_since: DateTime<Utc>,
    pub(crate) urgent_from: DateTime<Utc>,
    pub(crate) has_urgent_words: bool,
    /// The message that waits for an answer; empty when it is the question itself.
    pub(crate) channel_parent_answer_id: String,
    pub(crate) message_count: i32,
    pub(crate) digest: ThreadDigest,
    pub(crate) read_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Whose question it is, and what is said of all of them there.
pub(crate) struct Origin<'a> {
    pub(crate) channel: &'a str,
    pub(crate) channel_account_id: ChannelAccountId,
    /// How long the merchant has, where the channel says so.
    pub(crate) answer_within: Option<TimeDelta>,
}

impl Inquiry {
    /// First sight.
    pub(crate) fn new(
        inquiry_id: InquiryId,
        origin: &Origin<'_>,
        fetched: &FetchedInquiry,
        digest: ThreadDigest,
        now: DateTime<Utc>,
    ) -> Self {
        let mut inquiry = Self {
            inquiry_id,
            version: 1,
            channel: origin.channel.to_owned(),
            channel_account_id: origin.channel_account_id,
            key: fetched.key.clone(),
            facts: fetched.facts.clone(),
            waiting_since: fetched.facts.asked_at,
            urgent_from: fetched.facts.asked_at,
            has_urgent_words: false,
            channel_parent_answer_id: String::new(),
            message_count: 0,
            digest,
            read_at: fetched.read_at,
            created_at: now,
            updated_at: now,
        };
        inquiry.listen(origin, &fetched.thread);
        inquiry
    }

    /// Takes over what a read shows, `fetched.thread` being completed by what is stored already; none when it shows
    /// nothing new. A read that is older than the last one changes nothing.
    pub(crate) fn updated_by(
        &self,
        origin: &Origin<'_>,
        fetched: &FetchedInquiry,
        digest: ThreadDigest,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        if fetched.read_at < self.read_at {
            return None;
        }
        let mut after = Self {
            facts: self.facts.updated_by(&fetched.facts),
            digest,
            ..self.clone()
        };
        after.listen(origin, &fetched.thread);
        (after != *self).then(|| Self {
            version: self.version + 1,
            read_at: fetched.read_at,
            updated_at: now,
            ..after
        })
    }

    /// What the words mean for how it waits.
    fn listen(&mut self, origin: &Origin<'_>, thread: &Thread) {
        let waits = thread.waits_for_answer();
        self.channel_parent_answer_id =
            waits.map_or_else(String::new, |message| message.channel_answer_id.clone());
        self.waiting_since = waits
            .and_then(|message| message.at)
            .unwrap_or(self.facts.asked_at);
        if self.facts.state.is_open() && self.facts.answer_by.is_none() {
            let within = origin.answer_within;
            let by = within.and_then(|within| self.waiting_since.checked_add_signed(within));
            self.facts.answer_by = by;
        }
        self.has_urgent_words = thread.theirs().any(has_urgent_words);
        self.urgent_from = urgent_from(
            self.waiting_since,
            self.facts.answer_by,
            self.has_urgent_words,
        );
        self.message_count = i32::try_from(thread.messages.len()).unwrap_or(i32::MAX);
    }
}

/// Joins the sights of each question in a page and sorts by key, so that transactions lock in one order.
pub(crate) fn joined(fetched: Vec<FetchedInquiry>) -> Vec<FetchedInquiry> {
    let mut joined: Vec<FetchedInquiry> = Vec::with_capacity(fetched.len());
    let mut sorted = fetched;
    sorted.sort_by(|a, b| (&a.key, a.read_at).cmp(&(&b.key, b.read_at)));
    for read in sorted {
        match joined.last_mut().filter(|last| last.key == read.key) {
            Some(last) => {
                last.facts = last.facts.updated_by(&read.facts);
                last.thread = last.thread.updated_by(&read.thread);
                last.read_at = read.read_at;
            }
            None => joined.push(read),
        }
    }
    joined
}

#[cfg(test)]
#[path = "inquiry_tests.rs"]
mod tests;
