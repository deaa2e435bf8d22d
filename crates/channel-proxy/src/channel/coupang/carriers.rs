//! Our carriers in Coupang's words, and what their numbers look like.

use crate::domain::write::{WriteAnswer, WriteOutcome};

/// A carrier at Coupang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// `deliveryCompanyCode`.
    pub code: &'static str,
    /// How many digits a number may have; empty means any.
    digits: &'static [usize],
}

/// Our codes, for a message.
pub const KNOWN: &str = "CJ_LOGISTICS, LOTTE, HANJIN, KOREA_POST, LOGEN, DIRECT";

/// The carrier of one of our codes. `LOTTE`, `LOGEN` and `POST` do not exist at Coupang.
pub fn carrier(code: &str) -> Option<Carrier> {
    let (code, digits): (_, &[usize]) = match code {
        "CJ_LOGISTICS" => ("CJGLS", &[10, 12]),
        "LOTTE" => ("HYUNDAI", &[10, 12, 13]),
        "HANJIN" => ("HANJIN", &[10, 12]),
        "KOREA_POST" => ("EPOST", &[13]),
        "LOGEN" => ("KGB", &[10, 11]),
        "DIRECT" => ("DIRECT", &[]),
        _ => return None,
    };
    Some(Carrier { code, digits })
}

/// What is wrong with a tracking number before it is sent.
pub fn check(ours: &str, tracking_number: &str) -> Result<(), WriteAnswer> {
    let refused =
        |reason, detail: String| Err(WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail));
    let Some(known) = carrier(ours) else {
        return refused(
            "CARRIER_UNKNOWN",
            format!("Coupang has no carrier for this code; the codes are {KNOWN}"),
        );
    };
    match known.check(tracking_number) {
        Ok(()) => Ok(()),
        Err(detail) => refused("TRACKING_NUMBER_INVALID", detail),
    }
}

/// Our code of a carrier at Coupang, if we have one.
pub fn ours(code: &str) -> Option<&'static str> {
    KNOWN
        .split(", ")
        .find(|ours| carrier(ours).is_some_and(|carrier| carrier.code == code))
}

impl Carrier {
    /// What is wrong with a number, if anything: Coupang would refuse the whole batch for it.
    pub fn check(&self, number: &str) -> Result<(), String> {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("a tracking number has digits only, without hyphens and blanks".to_owned());
        }
        if number.len() > 30 {
            return Err("a tracking number has at most 30 digits".to_owned());
        }
        if self.digits.is_empty() || self.digits.contains(&number.len()) {
            return Ok(());
        }
        let lengths: Vec<_> = self.digits.iter().map(usize::to_string).collect();
        Err(format!(
            "a number of this carrier has {} digits, this one has {}",
            lengths.join(" or "),
            number.len()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_carrier_has_a_code_and_its_numbers_are_checked() {
        for code in KNOWN.split(", ") {
            assert!(carrier(code).is_some(), "{code}");
        }
        let cj = carrier("CJ_LOGISTICS").unwrap();
        assert_eq!(cj.code, "CJGLS");
        assert!(cj.check("680405450931").is_ok());
        for wrong in [
            "",
            "6804-0545-0931",
            "68040545093",
            "68040545093a",
            "６８０４０５４５０９３１",
        ] {
            assert!(cj.check(wrong).is_err(), "{wrong}");
        }
        assert!(carrier("DIRECT").unwrap().check("1").is_ok());
        assert_eq!(carrier("CJGLS"), None);
    }
}
