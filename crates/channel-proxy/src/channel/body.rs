//! An answer's body while it is read: bounded, and cut where a single text makes it too long.
//!
//! One row with a name of ten megabytes is no reason to lose the others of its page, and neither are two. So a body that
//! passes its bound is gone through once more: of each text in it so much is kept that whoever reads the row still sees that
//! it is too long, and refuses that row alone. That works for every list, also for one without pages, and costs no call.

use bytes::{Bytes, BytesMut};

use crate::domain::failure::{CallFailure, FailureKind};

/// The longest body that is kept.
pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// Room that is made at once for a body that tells its length, at most.
const EXPECTED: u64 = 1024 * 1024;
/// Nobody sends more in one answer; the connection is given up then.
const MAX_READ: usize = 128 * 1024 * 1024;
/// What is kept of one text of a body that is too long, in characters as its reader counts them: one more than any field may
/// have (20,000, of a question), so that whoever checks a text's length refuses the row; one that nobody checks, as a claim's
/// reason, is shown cut.
const KEPT: usize = 20_001;
/// Stands where a text was cut.
const MARK: &str = "…";

/// A body under way. Within the bound it is kept exactly as it comes.
#[derive(Debug, Default)]
pub struct Body {
    kept: BytesMut,
    read: usize,
    /// Once it passed the bound.
    cutter: Option<Cutter>,
}

impl Body {
    /// A body of about this length, as its sender says.
    pub fn expecting(length: Option<u64>) -> Self {
        let length = length.unwrap_or_default().min(EXPECTED);
        Self {
            kept: BytesMut::with_capacity(usize::try_from(length).unwrap_or_default()),
            ..Self::default()
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), CallFailure> {
        self.read = self.read.saturating_add(piece.len());
        if self.read > MAX_READ {
            return Err(too_long(MAX_READ));
        }
        if self.cutter.is_none() && self.read > MAX_BODY {
            let whole = std::mem::take(&mut self.kept);
            let mut cutter = Cutter::default();
            cutter.push(&whole, &mut self.kept);
            self.cutter = Some(cutter);
        }
        match &mut self.cutter {
            Some(cutter) => cutter.push(piece, &mut self.kept),
            None => self.kept.extend_from_slice(piece),
        }
        if self.kept.len() > MAX_BODY {
            return Err(too_long(MAX_BODY));
        }
        Ok(())
    }

    /// The body, once all of it came.
    pub fn done(self) -> Bytes {
        if self.cutter.is_some() {
            metrics::counter!("moa_channel_answers_cut_total").increment(1);
            tracing::warn!(
                "an answer of a channel has {} bytes; its texts of more than {KEPT} characters were cut, so that its other \
                 rows can be read",
                self.read
            );
        }
        self.kept.freeze()
    }
}

fn too_long(bound: usize) -> CallFailure {
    CallFailure::perhaps(
        FailureKind::MalformedAnswer,
        format!("the answer is longer than {bound} bytes"),
    )
}

/// Goes through JSON byte by byte and leaves out what a text has beyond its bound. What comes out is JSON if what went in
/// was: no letter and no escape is cut in two.
#[derive(Debug, Default)]
struct Cutter {
    place: Place,
    /// Characters of the text so far: one for each letter and each escape, also for two escapes that are one letter.
    length: usize,
    cutting: bool,
    /// The first half of a letter that takes two escapes has passed.
    half_pair: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Between,
    Text,
    /// Behind a backslash.
    Escape,
    /// Behind `\u`: how many digits have passed, and their value.
    Digits(u8, u32),
}

impl Cutter {
    fn push(&mut self, mut bytes: &[u8], kept: &mut BytesMut) {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.keeps(*byte, kept) {
                kept.extend_from_slice(&[*byte]);
            }
            bytes = rest;
            if self.cutting && self.place == Place::Text {
                // Nothing else ends what is left out.
                let ends = |byte: &u8| matches!(byte, b'"' | b'\\');
                let end = bytes.iter().position(ends).unwrap_or(bytes.len());
                bytes = bytes.get(end..).unwrap_or_default();
            }
        }
    }

    fn keeps(&mut self, byte: u8, kept: &mut BytesMut) -> bool {
        match (self.place, byte) {
            (Place::Between, b'"') => {
                *self = Self {
                    place: Place::Text,
                    ..Self::default()
                };
                return true;
            }
            (Place::Between, _) => return true,
            (Place::Text, b'"') => {
                if self.cutting {
                    kept.extend_from_slice(MARK.as_bytes());
                }
                self.place = Place::Between;
                return true;
            }
            (Place::Text, b'\\') => {
                // What follows the first half of a letter may be its second, so it stays.
                self.cutting |= self.length >= KEPT && !self.half_pair;
                self.place = Place::Escape;
            }
            (Place::Text, _) => {
                // Only a letter's first byte may be the first that is left out.
                let begins = byte & 0xC0 != 0x80;
                self.cutting |= begins && self.length >= KEPT;
                self.half_pair = false;
                self.length += usize::from(begins);
            }
            (Place::Escape, b'u') => self.place = Place::Digits(0, 0),
            (Place::Escape, _) => {
                self.half_pair = false;
                self.length += 1;
                self.place = Place::Text;
            }
            (Place::Digits(passed, value), _) => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let value = value * 16 + digit;
                self.place = Place::Digits(passed + 1, value);
                if passed == 3 {
                    let second = self.half_pair && (0xDC00..0xE000).contains(&value);
                    self.half_pair = (0xD800..0xDC00).contains(&value);
                    self.length += usize::from(!second);
                    self.place = Place::Text;
                }
            }
        }
        !self.cutting
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &[u8], piece: usize) -> Result<Bytes, CallFailure> {
        let mut whole = Body::default();
        for piece in body.chunks(piece) {
            whole.push(piece)?;
        }
        Ok(whole.done())
    }

    fn cut(body: &str) -> String {
        let (mut cutter, mut kept) = (Cutter::default(), BytesMut::new());
        // In pieces that respect no letter.
        for piece in body.as_bytes().chunks(7) {
            cutter.push(piece, &mut kept);
        }
        String::from_utf8(kept.to_vec()).unwrap()
    }

    #[test]
    fn two_names_of_ten_megabytes_leave_the_other_rows_whole() {
        let huge = "긴".repeat(10 * 1024 * 1024 / 3);
        let row = |name: &str| json!({"orderId": 1, "name": name, "note": "문 앞에 \"조용히\""});
        let body =
            json!({"data": [row(&huge), row("사과"), row(&huge)], "nextToken": "7"}).to_string();
        let kept = read(body.as_bytes(), 64 * 1024).unwrap();
        let seen: Value = serde_json::from_slice(&kept).unwrap();
        assert_eq!(seen["data"][1], row("사과"));
        assert_eq!(seen["nextToken"], "7");
        for row in [0, 2] {
            let name = seen["data"][row]["name"].as_str().unwrap();
            assert!(
                name.chars().count() > 20_000,
                "it still shows that it is too long"
            );
            assert!(name.chars().count() == KEPT + 1 && name.ends_with(MARK));
            assert_eq!(seen["data"][row]["note"], "문 앞에 \"조용히\"");
        }
    }

    #[test]
    fn a_body_within_the_bound_is_kept_exactly() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(KEPT * 2));
        assert_eq!(read(long.as_bytes(), 1000).unwrap(), long.as_bytes());
    }

    #[test]
    fn what_is_too_long_without_long_texts_is_refused() {
        let numbers = "1,".repeat(MAX_BODY / 2 + 1);
        let refused = read(numbers.as_bytes(), 1 << 20).unwrap_err();
        assert_eq!(refused.kind, FailureKind::MalformedAnswer);
        let endless = "x".repeat(1 << 20);
        let mut body = Body::default();
        body.push(b"\"").unwrap();
        let ended = (0..200).find_map(|_| body.push(endless.as_bytes()).err());
        assert_eq!(ended.unwrap().kind, FailureKind::MalformedAnswer);
    }

    #[test]
    fn however_its_letters_are_written_a_cut_text_is_longer_than_a_question_may_be() {
        for letter in [
            "x",
            "긴",
            "😀",
            "\\n",
            "\\uac00",
            "\\ud83d\\ude00",
            "\\ud83d\\ude00a",
        ] {
            let body = format!("[\"{}\"]", letter.repeat(30_000));
            let seen: Value = serde_json::from_str(&cut(&body)).unwrap();
            let kept = seen[0].as_str().unwrap().chars().count();
            assert_eq!(kept, 20_002, "{letter}");
        }
        let whole = format!("[\"{}\"]", "\\ud83d\\ude00".repeat(20_000));
        assert_eq!(cut(&whole), whole, "the longest question that is taken");
    }

    #[test]
    fn no_escape_is_cut_in_two() {
        for letters in ["\\ud83d\\ude00", "\\uac00", "\\\"", "\\\\", "긴", "a\\n"] {
            for before in 0..7 {
                let text = format!("{}{}", "x".repeat(before), letters.repeat(KEPT + 1));
                let body = format!("[\"{text}\", \"\\ud83d\\ude00 end\"]");
                let seen: Value = serde_json::from_str(&cut(&body)).unwrap();
                assert!(seen[0].as_str().unwrap().ends_with(MARK), "{letters}");
                assert_eq!(seen[1], "\u{1F600} end", "{letters}");
            }
        }
    }

    proptest! {
        #[test]
        fn json_with_short_texts_passes_unchanged(text in ".{0,80}", key in "[a-z\\\\\"]{0,5}") {
            let body = json!({key: [text, 1, null]}).to_string();
            prop_assert_eq!(cut(&body), body);
        }

        #[test]
        fn anything_passes_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut kept = BytesMut::new();
            Cutter::default().push(&bytes, &mut kept);
            prop_assert!(kept.len() <= bytes.len());
        }
    }
}
