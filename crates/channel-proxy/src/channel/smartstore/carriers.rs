//! Our carriers in SmartStore's words.

/// A way to deliver at SmartStore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// By a carrier: its `deliveryCompanyCode`.
    Courier(Courier),
    /// The merchant brings it, or there is nothing to bring. The channel takes no number.
    Direct,
}

/// A carrier at SmartStore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Courier {
    /// `deliveryCompanyCode`.
    pub code: &'static str,
    /// How many digits a number may have.
    digits: &'static [usize],
}

/// Our codes.
pub const KNOWN: [&str; 6] = [
    "CJ_LOGISTICS",
    "LOTTE",
    "HANJIN",
    "KOREA_POST",
    "LOGEN",
    "DIRECT",
];

/// The way of one of our codes.
pub fn delivery(code: &str) -> Option<Delivery> {
    let (code, digits): (_, &[usize]) = match code {
        "CJ_LOGISTICS" => ("CJGLS", &[10, 12]),
        "LOTTE" => ("HYUNDAI", &[10, 12, 13]),
        "HANJIN" => ("HANJIN", &[10, 12]),
        "KOREA_POST" => ("EPOST", &[13]),
        "LOGEN" => ("KGB", &[10, 11]),
        "DIRECT" => return Some(Delivery::Direct),
        _ => return None,
    };
    Some(Delivery::Courier(Courier { code, digits }))
}

/// Our code of one of the channel's; nothing when it is none of ours.
pub fn ours(channel_code: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|code| match delivery(code) {
        Some(Delivery::Courier(courier)) => courier.code == channel_code,
        _ => false,
    })
}

impl Courier {
    /// What is wrong with a number, if anything.
    pub fn check(&self, number: &str) -> Result<(), String> {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("a tracking number has digits only, without hyphens and blanks".to_owned());
        }
        if self.digits.contains(&number.len()) {
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
        for code in KNOWN {
            match delivery(code).unwrap() {
                Delivery::Courier(courier) => assert_eq!(ours(courier.code), Some(code)),
                Delivery::Direct => assert_eq!(code, "DIRECT"),
            }
        }
        let Some(Delivery::Courier(cj)) = delivery("CJ_LOGISTICS") else {
            panic!("CJ is a courier");
        };
        assert_eq!(cj.code, "CJGLS");
        assert!(cj.check("680405450931").is_ok());
        for wrong in [
            "",
            "6804-0545-0931",
            "68040545093",
            "６８０４０５４５０９３１",
        ] {
            assert!(cj.check(wrong).is_err(), "{wrong}");
        }
        assert_eq!(delivery("CJGLS"), None);
        assert_eq!(ours("GS더프레시"), None);
    }
}
