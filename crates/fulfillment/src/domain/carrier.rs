//! Who carries a parcel, and what its waybill number looks like.

use std::fmt;

use moa_id::OrderId;
use sha2::{Digest, Sha256};

/// Who carries a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// CJ대한통운.
    CjLogistics,
    /// 롯데택배.
    Lotte,
    /// 한진택배.
    Hanjin,
    /// 우체국택배.
    KoreaPost,
    /// 로젠택배.
    Logen,
    /// Nobody: digital goods, or the merchant's own delivery.
    Direct,
}

impl Carrier {
    /// Every carrier Moa knows.
    pub const ALL: [Self; 6] = [
        Self::CjLogistics,
        Self::Lotte,
        Self::Hanjin,
        Self::KoreaPost,
        Self::Logen,
        Self::Direct,
    ];

    /// Our code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CjLogistics => "CJ_LOGISTICS",
            Self::Lotte => "LOTTE",
            Self::Hanjin => "HANJIN",
            Self::KoreaPost => "KOREA_POST",
            Self::Logen => "LOGEN",
            Self::Direct => "DIRECT",
        }
    }

    /// The carrier of a code.
    pub fn parse(code: &str) -> Result<Self, CarrierUnknown> {
        Self::ALL
            .into_iter()
            .find(|carrier| carrier.code() == code)
            .ok_or_else(|| CarrierUnknown {
                code: code.chars().take(40).collect(),
            })
    }

    /// Every code, for messages to people.
    pub fn known() -> String {
        Self::ALL.map(Self::code).join(", ")
    }

    fn takes(self, digits: usize) -> bool {
        match self {
            Self::CjLogistics | Self::Hanjin => matches!(digits, 10 | 12),
            Self::Lotte => matches!(digits, 10 | 12 | 13),
            Self::KoreaPost => digits == 13,
            Self::Logen => matches!(digits, 10 | 11),
            Self::Direct => (1..=30).contains(&digits),
        }
    }

    /// How many digits its numbers have, for people.
    pub const fn digits(self) -> &'static str {
        match self {
            Self::CjLogistics | Self::Hanjin => "10 or 12",
            Self::Lotte => "10, 12 or 13",
            Self::KoreaPost => "13",
            Self::Logen => "10 or 11",
            Self::Direct => "1 to 30",
        }
    }
}

/// A carrier code that Moa does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "carrier \"{code}\" is unknown; the known ones are {}",
    Carrier::known()
)]
pub struct CarrierUnknown {
    /// What was given.
    pub code: String,
}

/// A waybill number: digits, as many as its carrier uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingNumber(String);

impl TrackingNumber {
    /// Reads a number as people type it: hyphens and spaces are dropped.
    pub fn parse(carrier: Carrier, text: &str) -> Result<Self, TrackingNumberMalformed> {
        let digits: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        if digits.bytes().all(|b| b.is_ascii_digit()) && carrier.takes(digits.len()) {
            Ok(Self(digits))
        } else {
            Err(TrackingNumberMalformed { carrier })
        }
    }

    /// The number under which a channel is told of a direct delivery: at most twenty digits, the same for a parcel
    /// each time and another for each parcel, since channels refuse a number that they know.
    pub fn direct(order_id: OrderId, channel_parcel_id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(order_id.as_uuid().as_bytes());
        hash.update(channel_parcel_id.as_bytes());
        let bytes = hash.finalize();
        let fold = |low: u64, byte: &u8| (low << 8) | u64::from(*byte);
        Self(bytes.iter().take(8).fold(0, fold).to_string())
    }

    /// A number that was checked when it was stored.
    pub fn from_stored(digits: String) -> Self {
        Self(digits)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number that its carrier cannot have given out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a tracking number of {} has {} digits; only digits, hyphens and spaces are allowed",
    carrier.code(),
    carrier.digits()
)]
pub struct TrackingNumberMalformed {
    /// The carrier whose rule was broken.
    pub carrier: Carrier,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_carrier_takes_its_own_lengths_only() {
        let lengths: &[(Carrier, &[usize])] = &[
            (Carrier::CjLogistics, &[10, 12]),
            (Carrier::Lotte, &[10, 12, 13]),
            (Carrier::Hanjin, &[10, 12]),
            (Carrier::KoreaPost, &[13]),
            (Carrier::Logen, &[10, 11]),
        ];
        for (carrier, allowed) in lengths {
            for length in 0..=31 {
                let parsed = TrackingNumber::parse(*carrier, &"7".repeat(length));
                assert_eq!(
                    parsed.is_ok(),
                    allowed.contains(&length),
                    "{carrier:?} with {length} digits"
                );
            }
        }
        for length in 0..=31 {
            let parsed = TrackingNumber::parse(Carrier::Direct, &"7".repeat(length));
            assert_eq!(
                parsed.is_ok(),
                (1..=30).contains(&length),
                "DIRECT with {length} digits"
            );
        }
    }

    #[test]
    fn each_digital_parcel_has_its_own_number_and_keeps_it() {
        let ids = moa_id::Ids::seeded(9);
        let orders: [OrderId; 2] = [ids.next(), ids.next()];
        let mut numbers = std::collections::BTreeSet::new();
        for order_id in orders {
            for parcel in ["box-1", "box-2"] {
                let number = TrackingNumber::direct(order_id, parcel);
                assert_eq!(number, TrackingNumber::direct(order_id, parcel));
                assert!(number.as_str().len() <= 20);
                let parsed = TrackingNumber::parse(Carrier::Direct, number.as_str());
                assert_eq!(parsed, Ok(number.clone()));
                numbers.insert(number.to_string());
            }
        }
        assert_eq!(numbers.len(), 4);
    }

    #[test]
    fn hyphens_and_spaces_are_dropped_and_other_characters_refused() {
        let typed = TrackingNumber::parse(Carrier::CjLogistics, " 6804-0545 0931").unwrap();
        assert_eq!(typed.as_str(), "680405450931");
        for text in [
            "68040545093A",
            "６８０４０５４５０９３１",
            "680405450931;",
            "",
        ] {
            assert!(
                TrackingNumber::parse(Carrier::CjLogistics, text).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_carrier_names_the_known_ones() {
        let error = Carrier::parse("PIGEON").unwrap_err().to_string();
        assert!(
            error.contains("PIGEON") && error.contains("CJ_LOGISTICS") && error.contains("DIRECT")
        );
        for carrier in Carrier::ALL {
            assert_eq!(Carrier::parse(carrier.code()), Ok(carrier));
        }
    }
}
