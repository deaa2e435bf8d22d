//! The personal data of one order.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Who ordered and who receives. Never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Contact {
    pub(crate) orderer_name: String,
    pub(crate) orderer_phone: String,
    pub(crate) receiver_name: String,
    pub(crate) receiver_phone: String,
    pub(crate) postcode: String,
    pub(crate) address1: String,
    pub(crate) address2: String,
    pub(crate) delivery_note: String,
    pub(crate) email: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Contact {
    fn fields(&self) -> [&str; 9] {
        [
            &self.orderer_name,
            &self.orderer_phone,
            &self.receiver_name,
            &self.receiver_phone,
            &self.postcode,
            &self.address1,
            &self.address2,
            &self.delivery_note,
            &self.email,
        ]
    }

    /// One text that two contacts share exactly when they are equal; only its keyed hash is stored.
    pub(crate) fn canonical(&self) -> String {
        let fields = self.fields();
        let mut text = String::with_capacity(fields.iter().map(|field| field.len() + 5).sum());
        for field in fields {
            // With its length before each field, no two lists of fields give the same text.
            text.push_str(&field.len().to_string());
            text.push(':');
            text.push_str(field);
        }
        text
    }

    /// What is known after a newer read: what that read leaves empty or only masks stays, since channels blank and mask
    /// names and safe numbers some time after delivery.
    pub(crate) fn updated_by(&self, newer: &Self) -> Self {
        let pick = |old: &String, new: &String| {
            let says_less = new.is_empty() || masks(new, old);
            if says_less { old } else { new }.clone()
        };
        Self {
            orderer_name: pick(&self.orderer_name, &newer.orderer_name),
            orderer_phone: pick(&self.orderer_phone, &newer.orderer_phone),
            receiver_name: pick(&self.receiver_name, &newer.receiver_name),
            receiver_phone: pick(&self.receiver_phone, &newer.receiver_phone),
            postcode: pick(&self.postcode, &newer.postcode),
            address1: pick(&self.address1, &newer.address1),
            address2: pick(&self.address2, &newer.address2),
            delivery_note: pick(&self.delivery_note, &newer.delivery_note),
            email: pick(&self.email, &newer.email),
        }
    }

    /// Where the parcel goes; nothing without a name or an address.
    pub(crate) fn destination(&self) -> Option<Destination> {
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(|c| !c.is_whitespace());
            letters.flat_map(char::to_lowercase).collect()
        };
        let place = [
            plain(&self.receiver_name),
            plain(&self.postcode),
            plain(&self.address1),
            plain(&self.address2),
        ];
        let [name, _, address, _] = &place;
        (!name.is_empty() && !address.is_empty()).then_some(Destination(place))
    }

    /// What the orderer and the receiver are searched by.
    pub(crate) fn search_words(&self) -> (SearchWords, SearchWords) {
        (
            SearchWords::of(&self.orderer_name, &self.orderer_phone),
            SearchWords::of(&self.receiver_name, &self.receiver_phone),
        )
    }
}

/// Whether `masked` is `full` with some of its characters hidden.
fn masks(masked: &str, full: &str) -> bool {
    let mut hidden = masked.chars().zip(full.chars());
    masked.contains('*')
        && masked.chars().count() == full.chars().count()
        && hidden.all(|(masked, full)| masked == full || masked == '*')
}

/// Where a parcel goes: equal for two contacts of one receiver, however name and address are spaced. The phone number
/// is left out, since channels give each order a number of its own that leads to it. Never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Destination([String; 4]);

/// What a person is searched by, the same however it is written; empty where there is nothing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SearchWords {
    /// Without spaces, in lower case.
    pub(crate) name: String,
    /// Digits only, a leading +82 as 0.
    pub(crate) phone: String,
    /// The last four of those.
    pub(crate) last_digits: String,
}

/// Digits that a phone number is found by when it is not given whole.
const LAST_DIGITS: usize = 4;
/// The shortest whole number: a company's, as in 1588-0000.
const SHORTEST_PHONE: usize = 8;
/// The longest that a number can have.
const LONGEST_PHONE: usize = 15;

impl SearchWords {
    /// What somebody types who looks for a person: a whole name, a whole number or its last four digits, or both. Else which
    /// field is wrong, and why.
    pub(crate) fn looked_for(
        name: &str,
        phone: &str,
    ) -> Result<Self, (&'static str, &'static str)> {
        let mut words = Self::of(name, phone);
        match words.phone.len() {
            0 if !phone.trim().is_empty() => return Err(("phone", "has no digits")),
            0 if words.name.is_empty() => {
                return Err(("name", "is missing: give a name, a phone number, or both"));
            }
            0 => {}
            LAST_DIGITS => words.phone.clear(),
            SHORTEST_PHONE..=LONGEST_PHONE => {}
            _ => return Err(("phone", "must be a whole number or its last four digits")),
        }
        Ok(words)
    }

    fn of(name: &str, phone: &str) -> Self {
        // Some systems write a syllable as its letters, others as one.
        let letters = name.nfc().filter(|c| !c.is_whitespace());
        let phone = normal_phone(phone);
        let last_four = phone.len().checked_sub(LAST_DIGITS);
        Self {
            name: letters.flat_map(char::to_lowercase).collect(),
            last_digits: last_four
                .and_then(|start| phone.get(start..))
                .unwrap_or_default()
                .to_owned(),
            phone,
        }
    }
}

fn normal_phone(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("82") {
        Some(rest) if phone.trim_start().starts_with('+') => {
            format!("0{}", rest.trim_start_matches('0'))
        }
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kim() -> Contact {
        Contact {
            orderer_name: "김 하늘".to_owned(),
            orderer_phone: "010-1234-5678".to_owned(),
            receiver_name: "김하늘".to_owned(),
            receiver_phone: "+82 10-1234-5678".to_owned(),
            ..Contact::default()
        }
    }

    #[test]
    fn search_words_are_the_same_however_they_are_written() {
        let (orderer, receiver) = kim().search_words();
        assert!(orderer == receiver);
        assert_eq!(orderer.name, "김하늘");
        assert_eq!(orderer.phone, "01012345678");
        assert_eq!(orderer.last_digits, "5678");
        let (nobody, _) = Contact::default().search_words();
        assert!(nobody.last_digits.is_empty());
    }

    #[test]
    fn a_person_is_looked_for_by_a_whole_name_a_whole_number_or_its_last_four_digits() {
        let words = |name, phone| SearchWords::looked_for(name, phone);
        let by_both = words(" 김 하늘 ", "010 1234 5678").ok().unwrap();
        assert!(by_both == kim().search_words().0);
        let in_letters = words(
            "\u{1100}\u{1175}\u{11b7}\u{1112}\u{1161}\u{1102}\u{1173}\u{11af}",
            "",
        );
        assert_eq!(in_letters.ok().unwrap().name, "김하늘");
        let by_end = words("", "5678").ok().unwrap();
        assert_eq!(
            (by_end.phone.as_str(), by_end.last_digits.as_str()),
            ("", "5678")
        );
        for (name, phone, field) in [
            ("", " ", "name"),
            ("", "전화", "phone"),
            ("김하늘", "567", "phone"),
            ("김하늘", "1234567", "phone"),
            ("", "0101234567890123", "phone"),
        ] {
            let refused = words(name, phone).err().map(|(field, _)| field);
            assert_eq!(refused, Some(field), "{name:?} {phone:?}");
        }
    }

    #[test]
    fn a_blanked_field_keeps_what_was_known() {
        let later = Contact {
            receiver_name: "이바다".to_owned(),
            ..Contact::default()
        };
        let known = kim().updated_by(&later);
        assert_eq!(known.receiver_name, "이바다");
        assert_eq!(known.orderer_phone, "010-1234-5678");
    }

    #[test]
    fn a_masked_field_keeps_what_was_known_unless_it_hides_another() {
        let seen = |name: &str| Contact {
            receiver_name: name.to_owned(),
            ..Contact::default()
        };
        for (later, known) in [
            ("김*늘", "김하늘"),
            ("***", "김하늘"),
            ("박*늘", "박*늘"),
            ("김**늘", "김**늘"),
        ] {
            assert_eq!(kim().updated_by(&seen(later)).receiver_name, known);
        }
        let unmasked = seen("김*늘").updated_by(&kim());
        assert_eq!(unmasked.receiver_name, "김하늘");
    }

    #[test]
    fn moving_a_character_between_fields_is_a_change() {
        let (mut a, mut b) = (kim(), kim());
        (a.address1, a.address2) = ("서울".to_owned(), "시".to_owned());
        (b.address1, b.address2) = ("서울시".to_owned(), String::new());
        assert_ne!(a.canonical(), b.canonical());
    }

    #[test]
    fn a_contact_is_never_printed() {
        assert_eq!(format!("{:?}", kim()), "***");
    }
}
