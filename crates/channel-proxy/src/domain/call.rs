//! One call to a channel, as it is kept for people who look for what happened.

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use uuid::Uuid;

/// The most ids that are kept of one call: a batch of parcels with their orders.
pub const MAX_ABOUT: usize = 100;
/// The longest id that is kept.
const MAX_ID: usize = 64;
/// The longest name of a call that a channel may give.
const MAX_TRACE: usize = 128;

/// What a call is, without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallName {
    /// Our stable name, e.g. "coupang.ordersheets.list".
    pub api: &'static str,
    /// The channel's ids of orders, parcels, claims and products that it is about. Never anything of a person.
    pub about: Vec<String>,
}

impl CallName {
    /// A call about these ids: those that are no ids, and those beyond [`MAX_ABOUT`], are left out.
    pub fn new(api: &'static str, about: impl IntoIterator<Item = String>) -> Self {
        let mut kept: Vec<String> = Vec::new();
        for id in about {
            if kept.len() == MAX_ABOUT {
                break;
            }
            if is_id(&id) && !kept.contains(&id) {
                kept.push(id);
            }
        }
        let about = kept;
        Self { api, about }
    }

    /// A call that an adapter did not name.
    pub fn unnamed() -> Self {
        Self::new("unnamed", [])
    }
}

/// Letters, digits, `-`, `_` and `.`: what channels make ids of, and neither a name nor an address.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_ID).contains(&text.len())
        && text.bytes().all(plain)
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A channel's own name of a call as it may be kept: printable, without blanks, not too long.
pub fn channel_trace_id(text: &str) -> String {
    let printable = text.chars().filter(char::is_ascii_graphic);
    printable.take(MAX_TRACE).collect()
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Whose account it was made for.
    pub merchant_id: MerchantId,
    /// The account.
    pub channel_account_id: ChannelAccountId,
    /// Ours; later calls have higher ones.
    pub call_id: Uuid,
    /// The channel's code.
    pub channel: String,
    /// What it was.
    pub name: CallName,
    /// When it was sent.
    pub called_at: DateTime<Utc>,
    /// Absent when there was no answer.
    pub http_status: Option<u16>,
    /// Until the answer was complete or given up.
    pub duration_ms: u64,
    /// The request that it was made for.
    pub request_id: String,
    /// Empty when no trace is recorded.
    pub trace_id: String,
    /// The channel's own name of it; empty when it gave none.
    pub channel_trace_id: String,
    /// Of the request's body.
    pub bytes_out: u64,
    /// Of the answer's body.
    pub bytes_in: u64,
    /// The stable reason; absent when it went well.
    pub failure: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_are_kept_once_each_and_not_too_many() {
        let given = [
            "642538970006401429",
            "홍길동",
            "642538970006401429",
            "010 1234 5678",
            "",
            "name",
            "2026-03-01-77",
            "a@b.c1",
        ];
        let name = CallName::new("x", given.map(str::to_owned));
        assert_eq!(name.about, ["642538970006401429", "2026-03-01-77"]);
        let many = CallName::new("x", (0..500).map(|n| n.to_string()));
        assert_eq!(many.about.len(), MAX_ABOUT);
        assert!(CallName::new("x", ["1".repeat(65)]).about.is_empty());
    }

    #[test]
    fn a_channels_name_of_a_call_is_one_short_word() {
        assert_eq!(channel_trace_id("cr3-0^173\n0 é1^67"), "cr3-0^17301^67");
        assert_eq!(channel_trace_id(&"x".repeat(500)).len(), 128);
    }
}
