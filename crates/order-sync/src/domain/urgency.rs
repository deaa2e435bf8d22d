//! Which questions cannot wait: by words, by a claim, by how much of the time is left.

use chrono::{DateTime, TimeDelta, Utc};

use super::inquiry::Inquiry;

/// Where a channel names no time, a day is what a buyer waits without asking again.
const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// Words of people who are in a hurry, who want their money back, or whose goods are not what they should be.
const URGENT_WORDS: &[&str] = &[
    "급해",
    "급합",
    "급하게",
    "긴급",
    "빨리",
    "당장",
    "오늘까지",
    "오늘 안에",
    "환불",
    "취소",
    "반품",
    "파손",
    "깨져",
    "깨졌",
    "불량",
    "고장",
    "오배송",
    "잘못 왔",
    "누락",
    "안 왔",
    "안왔",
    "소비자원",
    "신고",
    "고소",
    "urgent",
    "refund",
    "cancel",
    "broken",
];

/// Whether a text says that it cannot wait.
pub(crate) fn has_urgent_words(text: &str) -> bool {
    let text = text.to_lowercase();
    URGENT_WORDS.iter().any(|word| text.contains(word))
}

/// From when on an open question is urgent, apart from its orders' claims: at once by its words, else when the last
/// third of the merchant's time begins, else after a day.
pub(crate) fn urgent_from(
    waiting_since: DateTime<Utc>,
    answer_by: Option<DateTime<Utc>>,
    has_urgent_words: bool,
) -> DateTime<Utc> {
    if has_urgent_words {
        return waiting_since;
    }
    match answer_by {
        Some(by) => (by - (by - waiting_since) / 3).max(waiting_since),
        None => waiting_since
            .checked_add_signed(PATIENCE)
            .unwrap_or(waiting_since),
    }
}

/// Why a question is urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    Words,
    Claim,
    Deadline,
    Age,
}

impl Because {
    /// As told.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "WORDS",
            Self::Claim => "CLAIM",
            Self::Deadline => "DEADLINE",
            Self::Age => "AGE",
        }
    }
}

/// Why it is urgent now; none when it is not. The list's filter says the same in SQL.
pub(crate) fn urgency(
    inquiry: &Inquiry,
    has_open_claim: bool,
    now: DateTime<Utc>,
) -> Option<Because> {
    if !inquiry.facts.state.is_open() {
        return None;
    }
    if has_open_claim {
        return Some(Because::Claim);
    }
    if now < inquiry.urgent_from {
        return None;
    }
    Some(match (inquiry.has_urgent_words, inquiry.facts.answer_by) {
        (true, _) => Because::Words,
        (false, Some(_)) => Because::Deadline,
        (false, None) => Because::Age,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + hour * 3600, 0).unwrap()
    }

    #[test]
    fn the_last_third_of_the_time_is_urgent() {
        assert_eq!(urgent_from(hour(0), Some(hour(24)), false), hour(16));
        assert_eq!(urgent_from(hour(0), None, false), hour(24));
    }

    #[test]
    fn words_make_it_urgent_at_once_and_a_past_deadline_too() {
        assert_eq!(urgent_from(hour(0), Some(hour(24)), true), hour(0));
        assert_eq!(urgent_from(hour(5), Some(hour(2)), false), hour(5));
    }

    #[test]
    fn people_in_a_hurry_are_heard_in_both_languages() {
        for text in [
            "상품이 파손되어 왔어요",
            "빨리 보내 주세요",
            "I want a Refund",
        ] {
            assert!(has_urgent_words(text), "{text}");
        }
        for text in ["색상이 어떻게 되나요?", "재입고 예정이 있나요?", ""] {
            assert!(!has_urgent_words(text), "{text}");
        }
    }
}
