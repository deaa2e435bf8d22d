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
    /// SmartStore's.
    SmartStore(SmartStoreCredentials),
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

/// An application of SmartStore's API centre.
#[derive(Clone)]
pub struct SmartStoreCredentials {
    /// Names the application.
    pub client_id: String,
    /// A bcrypt salt. The signature of a token call begins with it, so whoever reads one such call has the secret.
    pub client_secret: SecretString,
    /// For whom the application calls.
    pub acts_as: ActsAs,
}

/// For whom an application of SmartStore calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActsAs {
    /// For the store it belongs to.
    Own,
    /// For this seller (id or UID), as a solution.
    Seller(String),
}

impl fmt::Debug for SmartStoreCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmartStoreCredentials({}, ***)", self.client_id)
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
    Smartstore {
        client_id: &'a str,
        client_secret: &'a str,
        /// Absent when the application calls for its own store.
        account_id: Option<&'a str>,
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
    Smartstore {
        client_id: String,
        client_secret: SecretString,
        account_id: Option<String>,
    },
}

impl Credentials {
    /// The channel they are for.
    pub const fn channel(&self) -> &'static str {
        match self {
            Self::Coupang(_) => super::coupang::CODE,
            Self::SmartStore(_) => super::smartstore::CODE,
        }
    }

    /// The channel's own name of the seller.
    pub fn seller_id(&self) -> &str {
        match self {
            Self::Coupang(coupang) => &coupang.vendor_id,
            Self::SmartStore(smartstore) => smartstore.account(),
        }
    }

    /// Whose calls the channel counts together.
    pub fn counted_as(&self) -> &str {
        match self {
            Self::Coupang(coupang) => &coupang.vendor_id,
            Self::SmartStore(smartstore) => &smartstore.client_id,
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
            Self::SmartStore(smartstore) => ToSeal::Smartstore {
                client_id: &smartstore.client_id,
                client_secret: smartstore.client_secret.expose_secret(),
                account_id: match &smartstore.acts_as {
                    ActsAs::Own => None,
                    ActsAs::Seller(account_id) => Some(account_id),
                },
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
            Sealed::Smartstore {
                client_id,
                client_secret,
                account_id,
            } => Self::SmartStore(SmartStoreCredentials {
                client_id,
                client_secret,
                acts_as: account_id.map_or(ActsAs::Own, ActsAs::Seller),
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

impl SmartStoreCredentials {
    /// Reads what a merchant copied from the API centre.
    pub fn parse(
        client_id: &str,
        client_secret: &str,
        acts_as: ActsAs,
    ) -> Result<Self, InvalidField> {
        let (client_id, client_secret) = (client_id.trim(), client_secret.trim());
        if !is_word(client_id) {
            return Err(InvalidField::new(
                "credentials.smartstore.client_id",
                "must be 1 to 64 letters, digits, - or _, as the API centre shows it",
            ));
        }
        super::smartstore::check_secret(client_secret).map_err(|no_salt| {
            InvalidField::new("credentials.smartstore.client_secret", no_salt.to_string())
        })?;
        let acts_as = match acts_as {
            ActsAs::Own => ActsAs::Own,
            ActsAs::Seller(account_id) if is_word(account_id.trim()) => {
                ActsAs::Seller(account_id.trim().to_owned())
            }
            ActsAs::Seller(_) => {
                return Err(InvalidField::new(
                    "credentials.smartstore.account_id",
                    "must be the seller's id or UID (ncp_…): 1 to 64 letters, digits, - or _",
                ));
            }
        };
        Ok(Self {
            client_id: client_id.to_owned(),
            client_secret: SecretString::from(client_secret),
            acts_as,
        })
    }

    /// The channel's name of the account: the seller called for, or the application itself.
    pub fn account(&self) -> &str {
        match &self.acts_as {
            ActsAs::Own => &self.client_id,
            ActsAs::Seller(account_id) => account_id,
        }
    }
}

fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
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
        let Credentials::Coupang(coupang) = &back else {
            panic!("the channel changed");
        };
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

    #[test]
    fn an_application_calls_for_its_own_store_or_for_one_seller() {
        const SECRET: &str = "$2a$04$abcdefghijklmnopqrstuu";
        let parse = |id: &str, secret: &str, acts_as| {
            SmartStoreCredentials::parse(id, secret, acts_as).map(Credentials::SmartStore)
        };
        let own = parse(" app1 ", SECRET, ActsAs::Own).unwrap();
        assert_eq!((own.seller_id(), own.counted_as()), ("app1", "app1"));
        let seller = parse("app1", SECRET, ActsAs::Seller("ncp_1".to_owned())).unwrap();
        assert_eq!((seller.seller_id(), seller.counted_as()), ("ncp_1", "app1"));
        let back = Credentials::from_plaintext(&seller.to_plaintext().unwrap()).unwrap();
        assert_eq!(back.seller_id(), "ncp_1");
        assert!(!format!("{back:?}").contains("$2a$"), "{back:?}");

        let refused = |id: &str, secret: &str, acts_as| {
            let error = parse(id, secret, acts_as).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
            error.field
        };
        assert_eq!(
            refused("a b", SECRET, ActsAs::Own),
            "credentials.smartstore.client_id"
        );
        assert_eq!(
            refused("app1", "hunter2", ActsAs::Own),
            "credentials.smartstore.client_secret"
        );
        assert_eq!(
            refused("app1", SECRET, ActsAs::Seller(String::new())),
            "credentials.smartstore.account_id"
        );
    }
}
