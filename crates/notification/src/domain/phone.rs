//! Numbers that text messages reach.

use moa_vault::Pii;

/// A Korean mobile number, or a safe number that a marketplace lends: digits only. Prints as `***`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhoneNumber(Pii<String>);

impl PhoneNumber {
    /// Reads a number with or without hyphens, blanks and the country's prefix; `None` when no text message reaches
    /// it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > 40 {
            return None;
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let national = match digits.strip_prefix("82") {
            Some(rest) if digits.len() >= 11 => format!("0{}", rest.trim_start_matches('0')),
            _ => digits,
        };
        let mobile = national.starts_with("01") && (10..=11).contains(&national.len());
        let safe = national.starts_with("050") && (11..=12).contains(&national.len());
        (mobile || safe).then(|| Self(Pii::new(national)))
    }

    /// The digits, to be sent to the provider and hashed, nothing else.
    pub(crate) fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Option<String> {
        PhoneNumber::parse(text).map(|number| number.reveal().to_owned())
    }

    #[test]
    fn a_number_is_read_as_people_and_marketplaces_write_it() {
        for text in [
            "010-1234-5678",
            "010 1234 5678",
            "01012345678",
            "+82 10-1234-5678",
            "+82-010-1234-5678",
            "821012345678",
        ] {
            assert_eq!(digits(text).as_deref(), Some("01012345678"), "{text}");
        }
        assert_eq!(digits("0502-1234-5678").as_deref(), Some("050212345678"));
        assert_eq!(digits("011-123-4567").as_deref(), Some("0111234567"));
    }

    #[test]
    fn what_no_text_message_reaches_is_refused() {
        for text in [
            "",
            "02-1234-5678",
            "1588-1234",
            "010-1234",
            "***-****-****",
            "+1 415 555 0100",
        ] {
            assert_eq!(digits(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_does_not_print() {
        let number = PhoneNumber::parse("010-1234-5678").unwrap();
        assert!(!format!("{number:?}").contains("1234"));
    }
}
