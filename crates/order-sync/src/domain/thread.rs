//! What was said about a question: personal data from the first word to the last.

use std::fmt;

use chrono::{DateTime, Utc};

/// Letters of an excerpt, at most.
const EXCERPT_CHARS: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Author {
    /// The channel does not say.
    Unknown,
    Buyer,
    Merchant,
    Channel,
}

/// A message of a thread. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Empty where the channel gives none.
    pub(crate) channel_answer_id: String,
    pub(crate) author: Author,
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) text: String,
    /// The channel waits for the merchant's answer to this one.
    pub(crate) needs_answer: bool,
}

/// A question with its answers and follow-ups. Never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Thread {
    /// The buyer's words; empty where the channel keeps them in the messages.
    pub(crate) text: String,
    /// Who asked, as the channel shows people.
    pub(crate) asked_by: String,
    /// Oldest first.
    pub(crate) messages: Vec<Message>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Message {
    /// Whether both are the same message, perhaps edited since. Where a channel gives no ids there is one per author.
    fn is(&self, other: &Self) -> bool {
        self.channel_answer_id == other.channel_answer_id
            && (!self.channel_answer_id.is_empty() || self.author == other.author)
    }
}

impl Thread {
    /// What both say, `newer` where they differ: what was said once stays, whatever a later list leaves out.
    pub(crate) fn updated_by(&self, newer: &Self) -> Self {
        let pick =
            |older: &String, newer: &String| if newer.is_empty() { older } else { newer }.clone();
        let gone = self.messages.iter().filter(|older| {
            let mut shown = newer.messages.iter();
            !shown.any(|message| message.is(older))
        });
        let mut messages: Vec<Message> = gone
            .map(|message| Message {
                // Nobody waits for an answer to what is not shown any more.
                needs_answer: false,
                ..message.clone()
            })
            .collect();
        messages.extend(newer.messages.iter().cloned());
        messages.sort_by_key(|message| message.at);
        Self {
            text: pick(&self.text, &newer.text),
            asked_by: pick(&self.asked_by, &newer.asked_by),
            messages,
        }
    }

    /// The newest message that the channel wants an answer to.
    pub(crate) fn waits_for_answer(&self) -> Option<&Message> {
        self.messages
            .iter()
            .rev()
            .find(|message| message.needs_answer)
    }

    /// What was not said by the merchant.
    pub(crate) fn theirs(&self) -> impl Iterator<Item = &str> {
        let messages = self.messages.iter();
        let others = messages.filter(|message| message.author != Author::Merchant);
        std::iter::once(self.text.as_str()).chain(others.map(|message| message.text.as_str()))
    }

    /// One text that two threads share exactly when they are equal; only its keyed hash is stored.
    pub(crate) fn canonical(&self) -> String {
        let mut text = String::new();
        let mut push = |field: &str| {
            // With its length before each field, no two lists of fields give the same text.
            text.push_str(&field.len().to_string());
            text.push(':');
            text.push_str(field);
        };
        push(&self.text);
        push(&self.asked_by);
        for message in &self.messages {
            push(&message.channel_answer_id);
            push(match message.author {
                Author::Unknown => "?",
                Author::Buyer => "b",
                Author::Merchant => "m",
                Author::Channel => "c",
            });
            push(&message.at.map_or(0, |at| at.timestamp_micros()).to_string());
            push(&message.text);
            push(if message.needs_answer { "1" } else { "" });
        }
        text
    }

    /// The beginning of what was asked, for lists: digits and mail addresses are hidden, so that no number and no address
    /// can be read there. A name that somebody wrote out stays readable; the whole is for those who ask for it.
    pub(crate) fn masked_excerpt(&self) -> String {
        let asked = self.theirs().find(|text| !text.trim().is_empty());
        let words = asked.unwrap_or_default().split_whitespace();
        let mut excerpt = String::new();
        for word in words {
            if excerpt.chars().count() >= EXCERPT_CHARS {
                break;
            }
            if !excerpt.is_empty() {
                excerpt.push(' ');
            }
            if word.contains('@') {
                excerpt.push_str("***");
            } else {
                excerpt.extend(word.chars().map(|c| if c.is_numeric() { '*' } else { c }));
            }
        }
        if excerpt.chars().count() > EXCERPT_CHARS {
            excerpt = excerpt.chars().take(EXCERPT_CHARS - 1).collect();
            excerpt.push('…');
        }
        excerpt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, author: Author, second: i64, text: &str) -> Message {
        Message {
            channel_answer_id: id.to_owned(),
            author,
            at: DateTime::from_timestamp(second, 0),
            text: text.to_owned(),
            needs_answer: false,
        }
    }

    fn thread(text: &str, messages: &[Message]) -> Thread {
        Thread {
            text: text.to_owned(),
            asked_by: String::new(),
            messages: messages.to_vec(),
        }
    }

    fn texts(thread: &Thread) -> Vec<&str> {
        let messages = thread.messages.iter();
        messages.map(|message| message.text.as_str()).collect()
    }

    #[test]
    fn what_was_said_stays_when_a_later_list_leaves_it_out() {
        let first = thread("언제 와요?", &[message("1", Author::Merchant, 1, "내일요")]);
        let second = thread("", &[message("2", Author::Buyer, 2, "정말요?")]);
        let both = first.updated_by(&second);
        assert_eq!(both.text, "언제 와요?");
        assert_eq!(texts(&both), ["내일요", "정말요?"]);
    }

    #[test]
    fn an_edited_answer_replaces_the_one_before_also_without_an_id() {
        let first = thread("q", &[message("", Author::Merchant, 1, "월요일")]);
        let second = thread("q", &[message("", Author::Merchant, 2, "금요일")]);
        assert_eq!(texts(&first.updated_by(&second)), ["금요일"]);
    }

    #[test]
    fn a_message_that_is_gone_waits_for_no_answer() {
        let mut asks = message("1", Author::Channel, 1, "확인해 주세요");
        asks.needs_answer = true;
        let first = thread("", &[asks]);
        assert!(first.waits_for_answer().is_some());
        let second = thread("", &[message("2", Author::Merchant, 2, "네")]);
        assert!(first.updated_by(&second).waits_for_answer().is_none());
    }

    #[test]
    fn threads_that_differ_anywhere_hash_from_different_texts() {
        let one = thread("a", &[message("1", Author::Buyer, 1, "b")]);
        let mut other = one.clone();
        other.messages[0].needs_answer = true;
        assert_ne!(one.canonical(), other.canonical());
        assert_ne!(thread("ab", &[]).canonical(), thread("a", &[]).canonical());
    }

    #[test]
    fn an_excerpt_hides_numbers_and_mail_addresses_and_is_short() {
        let asked = thread("저는 hong@example.com, 010-1234-5678 입니다", &[]);
        assert_eq!(asked.masked_excerpt(), "저는 *** ***-****-**** 입니다");
        let long = thread(&"가".repeat(500), &[]).masked_excerpt();
        assert_eq!(long.chars().count(), EXCERPT_CHARS);
        assert!(long.ends_with('…'));
        let spoken = thread("", &[message("1", Author::Channel, 1, "고객이 물었습니다")]);
        assert_eq!(spoken.masked_excerpt(), "고객이 물었습니다");
    }

    #[test]
    fn nothing_is_printed() {
        let asked = thread("비밀", &[message("1", Author::Buyer, 1, "비밀")]);
        assert_eq!(format!("{asked:?} {:?}", asked.messages[0]), "*** ***");
    }
}
