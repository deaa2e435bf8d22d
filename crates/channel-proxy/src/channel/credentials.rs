//! What proves to a channel who is calling.

use std::fmt;

use moa_vault::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::domain::account::InvalidField;

/// The secrets of one account, by channel.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Coupang's.
    Coupang(CoupangCredentials),
}

/// A vendor's key at Coupang.
#[derive(Clone)]
pub struct CoupangCredentials {
    /// "A" and 8 or 9 digits.
    pub vendor_id: String,
    /// Names the key.
    pub access_key: SecretString,
    /// Signs with it; used as text.
    pub secret_key: SecretString,
}

impl fmt::Debug for CoupangCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CoupangCredentials({}, ***)", self.vendor_id)
    }
}

/// How credentials stand inside the envelope, to be written.
#[derive(Serialize)]
#[serde(tag = "channel", rename_all = "snake_case")]
enum ToSeal<'a> {
    Coupang {
        vendor_id: &'a str,
        access_key: &'a str,
        secret_key: &'a str,
    },
}

/// The same, to be read.
#[derive(Deserialize)]
#[serde(tag = "channel", rename_all = "snake_case")]
enum Sealed {
    Coupang {
        vendor_id: String,
        access_key: SecretString,
        secret_key: SecretString,
    },
}

impl Credentials {
    /// The channel they are for.
    pub const fn channel(&self) -> &'static str {
        match self {
            Self::Coupang(_) => super::coupang::CODE,
        }
    }

    /// The channel's own name of the seller.
    pub fn seller_id(&self) -> &str {
        match self {
            Self::Coupang(coupang) => &coupang.vendor_id,
        }
    }

    /// The text to be sealed.
    pub fn to_plaintext(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        let to_seal = match self {
            Self::Coupang(coupang) => ToSeal::Coupang {
                vendor_id: &coupang.vendor_id,
                access_key: coupang.access_key.expose_secret(),
                secret_key: coupang.secret_key.expose_secret(),
            },
        };
        serde_json::to_vec(&to_seal).map(Zeroizing::new)
    }

    /// From the text that was sealed.
    pub fn from_plaintext(plaintext: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::from_slice(plaintext)? {
            Sealed::Coupang {
                vendor_id,
                access_key,
                secret_key,
            } => Self::Coupang(CoupangCredentials {
                vendor_id,
                access_key,
                secret_key,
            }),
        })
    }
}

impl CoupangCredentials {
    /// Reads what a merchant copied from the channel's own screen.
    pub fn parse(
        vendor_id: &str,
        access_key: &str,
        secret_key: &str,
    ) -> Result<Self, InvalidField> {
        let vendor_id = vendor_id.trim();
        let digits = vendor_id.strip_prefix('A').unwrap_or_default();
        if !matches!(digits.len(), 8 | 9) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidField::new(
                "credentials.coupang.vendor_id",
                "must be the letter A and 8 or 9 digits, as WING shows it",
            ));
        }
        Ok(Self {
            vendor_id: vendor_id.to_owned(),
            access_key: parse_key("credentials.coupang.access_key", access_key)?,
            secret_key: parse_key("credentials.coupang.secret_key", secret_key)?,
        })
    }
}

/// A key goes into a header, so it is printable ASCII.
fn parse_key(field: &'static str, key: &str) -> Result<SecretString, InvalidField> {
    let key = key.trim();
    let printable = key
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !(1..=200).contains(&key.len()) || !printable {
        return Err(InvalidField::new(
            field,
            "must be 1 to 200 letters, digits or signs without blanks and commas, as WING shows it",
        ));
    }
    Ok(SecretString::from(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_survive_the_envelope_and_never_print() {
        let given = CoupangCredentials::parse(" A00012345 ", "access", "hunter2").unwrap();
        let plaintext = Credentials::Coupang(given).to_plaintext().unwrap();
        let back = Credentials::from_plaintext(&plaintext).unwrap();
        assert_eq!(back.seller_id(), "A00012345");
        let Credentials::Coupang(coupang) = &back;
        assert_eq!(coupang.secret_key.expose_secret(), "hunter2");
        let printed = format!("{back:?}");
        assert!(
            !printed.contains("hunter2") && !printed.contains("access"),
            "{printed}"
        );
    }

    #[test]
    fn wrong_credentials_name_their_field_and_not_their_value() {
        let refused = |vendor, access, secret| {
            let error = CoupangCredentials::parse(vendor, access, secret).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
            error.field
        };
        for vendor in ["", "12345678", "A1234567", "A1234567x", "A0001234567"] {
            assert_eq!(refused(vendor, "a", "s"), "credentials.coupang.vendor_id");
        }
        assert_eq!(
            refused("A00012345", "", "s"),
            "credentials.coupang.access_key"
        );
        assert_eq!(
            refused("A00012345", "a", "hunter2\n x"),
            "credentials.coupang.secret_key"
        );
    }
}
