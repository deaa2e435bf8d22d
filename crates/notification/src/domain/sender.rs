//! By which means a merchant reaches people.

use moa_id::MerchantId;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use uuid::Uuid;

/// SOLAPI's own address.
const SOLAPI_PRODUCTION: &str = "https://api.solapi.com";

/// A kind of sender; a merchant has one of each at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SenderKind {
    Solapi,
    Slack,
}

impl SenderKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Solapi => "SOLAPI",
            Self::Slack => "SLACK",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Solapi, Self::Slack]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// The lane of its effects. The same for every merchant, who is part of a lane anyway, and there before the
    /// sender is: a link may be due before the merchant has registered one.
    pub(crate) const fn lane(self) -> Uuid {
        match self {
            Self::Solapi => Uuid::from_u128(1),
            Self::Slack => Uuid::from_u128(2),
        }
    }
}

/// A sender ready for use.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) merchant_id: MerchantId,
    /// Without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) credentials: Credentials,
}

/// What a provider knows a merchant by.
#[derive(Debug, Clone)]
pub(crate) enum Credentials {
    Solapi(SolapiCredentials),
    Slack { webhook_url: SecretString },
}

#[derive(Debug, Clone)]
pub(crate) struct SolapiCredentials {
    pub(crate) api_key: String,
    pub(crate) api_secret: SecretString,
    /// The registered sender number, digits.
    pub(crate) from: String,
}

impl Credentials {
    pub(crate) const fn kind(&self) -> SenderKind {
        match self {
            Self::Solapi(_) => SenderKind::Solapi,
            Self::Slack { .. } => SenderKind::Slack,
        }
    }
}

/// A field that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct SenderRefused {
    /// As the request names it.
    pub field: &'static str,
    /// What is wrong, and what would be right.
    pub reason: &'static str,
}

const fn refused(field: &'static str, reason: &'static str) -> SenderRefused {
    SenderRefused { field, reason }
}

impl Sender {
    /// A SOLAPI account. An empty address is SOLAPI's own.
    pub(crate) fn try_solapi(
        merchant_id: MerchantId,
        base_url: &str,
        api_key: &str,
        api_secret: SecretString,
        from: &str,
    ) -> Result<Self, SenderRefused> {
        let base_url = match base_url.trim() {
            "" => SOLAPI_PRODUCTION.to_owned(),
            text => parse_base_url(text)?,
        };
        let api_key = api_key.trim();
        if !is_word(api_key, 64) {
            return Err(refused(
                "solapi.api_key",
                "must be 1 to 64 letters and digits, as SOLAPI's console shows it",
            ));
        }
        let secret = api_secret.expose_secret().trim();
        if !is_word(secret, 128) {
            return Err(refused(
                "solapi.api_secret",
                "must be 1 to 128 letters and digits, as SOLAPI's console shows it",
            ));
        }
        let from: String = from.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        if !(8..=11).contains(&from.len()) || !from.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused(
                "solapi.from",
                "must be a registered sender number of 8 to 11 digits",
            ));
        }
        Ok(Self {
            merchant_id,
            base_url,
            credentials: Credentials::Solapi(SolapiCredentials {
                api_key: api_key.to_owned(),
                api_secret: secret.to_owned().into(),
                from,
            }),
        })
    }

    /// A Slack webhook. What is shown of it is its origin: its path is the secret.
    pub(crate) fn try_slack(
        merchant_id: MerchantId,
        base_url: &str,
        webhook_url: &SecretString,
    ) -> Result<Self, SenderRefused> {
        if !base_url.trim().is_empty() {
            return Err(refused(
                "base_url",
                "must be empty for Slack, whose address is its webhook's",
            ));
        }
        let bad = refused(
            "slack.webhook_url",
            "must be an address such as https://hooks.slack.com/services/T…/B…/…",
        );
        let text = webhook_url.expose_secret().trim();
        let url = parse_http(text).ok_or(bad.clone())?;
        if text.len() > 500 || url.path().len() < 2 || url.fragment().is_some() {
            return Err(bad);
        }
        Ok(Self {
            merchant_id,
            base_url: url.origin().ascii_serialization(),
            credentials: Credentials::Slack {
                webhook_url: String::from(url).into(),
            },
        })
    }
}

fn parse_base_url(text: &str) -> Result<String, SenderRefused> {
    let bad = refused(
        "base_url",
        "must be an address such as https://api.solapi.com, by http or https, without user, query or fragment",
    );
    let url = parse_http(text).ok_or(bad.clone())?;
    if text.len() > 300 || url.query().is_some() || url.fragment().is_some() {
        return Err(bad);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn parse_http(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_http = matches!(url.scheme(), "http" | "https");
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_http && is_plain && url.has_host()).then_some(url)
}

/// Goes into a header between commas, so nothing but letters, digits and a few harmless marks.
fn is_word(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;

    use super::*;

    fn solapi(base_url: &str, api_key: &str, from: &str) -> Result<Sender, &'static str> {
        let merchant = Ids::seeded(1).next();
        Sender::try_solapi(merchant, base_url, api_key, "SECRET".into(), from).map_err(|e| e.field)
    }

    #[test]
    fn an_empty_address_is_solapis_own_and_a_number_loses_its_hyphens() {
        let sender = solapi("", "NCSKEY", "02-1234-5678").unwrap();
        assert_eq!(sender.base_url, SOLAPI_PRODUCTION);
        let Credentials::Solapi(credentials) = sender.credentials else {
            panic!("another kind")
        };
        assert_eq!(credentials.from, "0212345678");
        assert_eq!(
            solapi("http://127.0.0.1:9104/", "K", "0212345678")
                .unwrap()
                .base_url,
            "http://127.0.0.1:9104"
        );
    }

    #[test]
    fn a_bad_field_is_named() {
        for bad in [
            "ftp://a.example",
            "file:///etc/passwd",
            "https://u:p@a.example",
            "a.example",
            "https://a.example?x=1",
        ] {
            assert_eq!(
                solapi(bad, "KEY", "0212345678").unwrap_err(),
                "base_url",
                "{bad}"
            );
        }
        assert_eq!(
            solapi("", "KEY, salt=x", "0212345678").unwrap_err(),
            "solapi.api_key"
        );
        assert_eq!(solapi("", "", "0212345678").unwrap_err(), "solapi.api_key");
        assert_eq!(
            solapi("", "KEY", "+82212345678").unwrap_err(),
            "solapi.from"
        );
    }

    #[test]
    fn a_webhook_shows_its_origin_only() {
        let merchant = Ids::seeded(1).next();
        let url: SecretString = "https://hooks.slack.com/services/T1/B1/canary".into();
        let sender = Sender::try_slack(merchant, "", &url).unwrap();
        assert_eq!(sender.base_url, "https://hooks.slack.com");
        assert!(!format!("{sender:?}").contains("canary"));
        for bad in [
            "https://hooks.slack.com",
            "slack",
            "ftp://hooks.slack.com/services",
        ] {
            let refused = Sender::try_slack(merchant, "", &bad.into()).unwrap_err();
            assert_eq!(refused.field, "slack.webhook_url");
        }
    }
}
