//! Finding the ids that a question about many is refused for: asked again by halves, and the rest is answered.
//!
//! One product order that is not the seller's was seen to refuse the whole question (101009), where the document says
//! that it is left out of the answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Questions for one page at most: enough to find one id in 300 with certainty, and two most of the time. What was not
/// answered by then is rejected by name and asked for again later.
pub const MOST_QUESTIONS: usize = 24;
/// How long an id is left out before it is asked for again: rights may come.
const LEFT_OUT: Duration = Duration::from_secs(3600);
/// Ids that are remembered at most, of all accounts.
const MOST_KNOWN: usize = 10_000;

/// Which part of many ids is asked for next.
#[derive(Debug)]
pub struct Halves<'a> {
    /// The next one last.
    waiting: Vec<Part<'a>>,
    refused: Vec<&'a str>,
}

#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    ids: &'a [&'a str],
    /// The other half is asked first; when that one is answered, this one holds what the whole was refused for.
    is_other_half: bool,
}

impl<'a> Halves<'a> {
    /// All of them first.
    pub fn of(ids: &'a [&'a str]) -> Self {
        let whole = Part {
            ids,
            is_other_half: false,
        };
        let waiting = if ids.is_empty() {
            Vec::new()
        } else {
            vec![whole]
        };
        Self {
            waiting,
            refused: Vec::new(),
        }
    }

    /// What is asked for next; nothing when all is known.
    pub fn next(&self) -> Option<&'a [&'a str]> {
        self.waiting.last().map(|part| part.ids)
    }

    /// It was answered.
    pub fn answered(&mut self) {
        self.waiting.pop();
        // A single one is asked all the same: what it is refused with is not known yet.
        if let Some(other) = self
            .waiting
            .pop_if(|part| part.is_other_half && part.ids.len() > 1)
        {
            self.split(other.ids);
        }
    }

    /// It was refused for one of its ids.
    pub fn refused(&mut self) {
        let Some(part) = self.waiting.pop() else {
            return;
        };
        // Whatever the other half holds, this one holds some: nothing is known of that one any more.
        if let Some(other) = self.waiting.last_mut() {
            other.is_other_half = false;
        }
        match part.ids {
            [one] => self.refused.push(one),
            many => self.split(many),
        }
    }

    fn split(&mut self, ids: &'a [&'a str]) {
        let (first, second) = ids.split_at(ids.len() / 2);
        self.waiting.push(Part {
            ids: second,
            is_other_half: true,
        });
        self.waiting.push(Part {
            ids: first,
            is_other_half: false,
        });
    }

    /// The ids that were refused by themselves.
    pub fn found(self) -> Vec<&'a str> {
        self.refused
    }
}

/// Ids that were refused lately, by whom: they are not asked for again with each page that names them.
#[derive(Debug, Default)]
pub struct Foreign(Mutex<HashMap<(String, String), Instant>>);

impl Foreign {
    /// Whether an id was refused lately.
    pub fn knows(&self, asker: &str, id: &str, now: Instant) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = known.get(&(asker.to_owned(), id.to_owned()));
        until.is_some_and(|until| *until > now)
    }

    /// Remembers ids that were refused. When there is no room, those that are over make some; then the new ones are
    /// found anew the next time.
    pub fn remember(&self, asker: &str, ids: &[&str], now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len().saturating_add(ids.len()) > MOST_KNOWN {
            known.retain(|_, until| *until > now);
        }
        for id in ids {
            if known.len() < MOST_KNOWN {
                known.insert((asker.to_owned(), (*id).to_owned()), now + LEFT_OUT);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks until all is known; the ids that were answered, those that were refused, and the questions it took.
    fn ask<'a>(ids: &'a [&'a str], foreign: &[&str]) -> (Vec<&'a str>, Vec<&'a str>, usize) {
        let mut halves = Halves::of(ids);
        let (mut answered, mut questions) = (Vec::new(), 0);
        while let Some(part) = halves.next() {
            questions += 1;
            if part.iter().any(|id| foreign.contains(id)) {
                halves.refused();
            } else {
                answered.extend(part);
                halves.answered();
            }
        }
        (answered, halves.found(), questions)
    }

    #[test]
    fn every_id_is_answered_or_refused_by_itself_once() {
        let names: Vec<String> = (0..23).map(|n| n.to_string()).collect();
        let ids: Vec<&str> = names.iter().map(String::as_str).collect();
        for first in 0..23 {
            for second in first..23 {
                let foreign = [ids[first], ids[second]];
                let (answered, refused, _) = ask(&ids, &foreign);
                let expected: Vec<&str> = ids
                    .iter()
                    .copied()
                    .filter(|id| !foreign.contains(id))
                    .collect();
                assert_eq!(answered, expected);
                let mut expected = foreign.to_vec();
                expected.dedup();
                assert_eq!(refused, expected);
            }
        }
        assert_eq!(ask(&ids, &ids).1, ids, "all of them");
        assert_eq!(ask(&[], &[]), (vec![], vec![], 0));
        assert_eq!(ask(&ids, &[]).2, 1, "nothing is wrong: one question");
    }

    #[test]
    fn one_among_three_hundred_is_found_within_the_questions_of_a_page() {
        let names: Vec<String> = (0..300).map(|n| n.to_string()).collect();
        let ids: Vec<&str> = names.iter().map(String::as_str).collect();
        let most = ids.iter().map(|id| ask(&ids, &[id]).2).max();
        assert!(most.unwrap() <= 19, "{most:?}");
        let two = ask(&ids, &[ids[0], ids[299]]).2;
        assert!(two <= 2 * MOST_QUESTIONS, "found in two goes: {two}");
    }

    #[test]
    fn an_id_is_left_out_for_an_hour_and_by_its_asker_alone() {
        let (foreign, now) = (Foreign::default(), Instant::now());
        foreign.remember("a", &["1", "2"], now);
        assert!(foreign.knows("a", "1", now) && foreign.knows("a", "2", now));
        assert!(!foreign.knows("b", "1", now) && !foreign.knows("a", "3", now));
        assert!(!foreign.knows("a", "1", now + LEFT_OUT));
    }

    #[test]
    fn so_many_ids_are_remembered_and_old_ones_make_room() {
        let (foreign, now) = (Foreign::default(), Instant::now());
        let names: Vec<String> = (0..=MOST_KNOWN).map(|n| n.to_string()).collect();
        let ids: Vec<&str> = names.iter().map(String::as_str).collect();
        foreign.remember("a", &ids, now);
        let (last, later) = (ids[MOST_KNOWN], now + LEFT_OUT);
        assert!(!foreign.knows("a", last, now));
        foreign.remember("a", &[last], later);
        assert!(foreign.knows("a", last, later));
    }
}
