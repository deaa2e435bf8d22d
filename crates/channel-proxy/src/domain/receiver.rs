//! Whom a parcel goes to, and how another receiver shows without telling of either.

use std::fmt;

use super::order::Contact;

/// Name and place, as a channel shows them. Prints as `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Receiver {
    /// Who gets it.
    pub name: String,
    /// Five digits in Korea.
    pub postcode: String,
    /// Street and house.
    pub address1: String,
    /// Flat.
    pub address2: String,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Keyed hashes of name and place; absent where the channel shows nothing, or masks it: a mask says nothing of what is
/// behind it. The phone is left out, since channels exchange safe numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiverMark {
    /// Of postcode and address.
    pub place: Option<[u8; 32]>,
    /// Of the name.
    pub name: Option<[u8; 32]>,
}

impl Receiver {
    /// Its mark by a keyed hash of (what, text).
    pub fn mark(&self, hash: impl Fn(&str, &str) -> [u8; 32]) -> ReceiverMark {
        let postcode: String = self.postcode.chars().filter(char::is_ascii_digit).collect();
        let place = shown(&[&self.address1, &self.address2]).filter(|_| !self.address1.is_empty());
        let name = shown(&[&self.name]).filter(|name| !name.is_empty());
        ReceiverMark {
            place: place.map(|place| hash("receiver_place", &format!("{postcode}\n{place}"))),
            name: name.map(|name| hash("receiver_name", &name)),
        }
    }
}

impl ReceiverMark {
    /// Whether both show a part that differs.
    pub fn is_another_than(&self, other: &Self) -> bool {
        let differ =
            |a: Option<[u8; 32]>, b: Option<[u8; 32]>| a.zip(b).is_some_and(|(a, b)| a != b);
        differ(self.place, other.place) || differ(self.name, other.name)
    }
}

/// Texts as they are compared: without blanks, which channels set as they like; none when any of them is masked.
fn shown(texts: &[&str]) -> Option<String> {
    let masked = texts.iter().any(|text| text.contains('*'));
    let letters = texts.iter().flat_map(|text| text.chars());
    let letters = letters.filter(|c| !c.is_whitespace());
    (!masked).then(|| letters.flat_map(char::to_lowercase).collect())
}

impl Contact {
    /// Whom it goes to.
    pub fn receiver(&self) -> Receiver {
        Receiver {
            name: self.receiver_name.clone(),
            postcode: self.postcode.clone(),
            address1: self.address1.clone(),
            address2: self.address2.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seoul(name: &str, address2: &str) -> Receiver {
        Receiver {
            name: name.to_owned(),
            postcode: "04524".to_owned(),
            address1: "서울특별시 중구 세종대로 110".to_owned(),
            address2: address2.to_owned(),
        }
    }

    /// No secret is needed to see what is told apart.
    fn mark(receiver: &Receiver) -> ReceiverMark {
        receiver.mark(|what, text| {
            let mut hash = [0; 32];
            for (at, byte) in what.bytes().chain(text.bytes()).enumerate() {
                let slot: &mut u8 = &mut hash[at % 32];
                *slot = slot.wrapping_mul(31).wrapping_add(byte);
            }
            hash
        })
    }

    #[test]
    fn another_flat_house_or_person_is_another_receiver() {
        let known = mark(&seoul("홍길동", "101호"));
        for other in [
            seoul("홍길동", "102호"),
            seoul("홍길순", "101호"),
            Receiver {
                postcode: "04525".to_owned(),
                ..seoul("홍길동", "101호")
            },
        ] {
            assert!(mark(&other).is_another_than(&known));
        }
    }

    #[test]
    fn blanks_and_masks_make_no_other_receiver() {
        let known = mark(&seoul("홍길동", "101호"));
        for same in [
            seoul("홍 길동", " 101호"),
            seoul("홍*동", "101호"),
            seoul("", "***"),
            Receiver::default(),
        ] {
            assert!(!mark(&same).is_another_than(&known));
            assert!(!known.is_another_than(&mark(&same)));
        }
        let hidden = mark(&seoul("홍*동", "***"));
        assert_eq!(hidden, ReceiverMark::default());
    }

    #[test]
    fn a_receiver_prints_nothing() {
        assert_eq!(format!("{:?}", seoul("홍길동", "101호")), "***");
    }
}
