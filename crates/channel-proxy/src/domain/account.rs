//! One merchant's log-in at one channel.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use url::Url;

use crate::domain::key_calendar;

/// A log-in without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelAccount {
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// Ours.
    pub id: ChannelAccountId,
    /// The channel's code, e.g. "coupang".
    pub channel: String,
    /// What the merchant calls it.
    pub name: String,
    /// Scheme, host and port of the channel's API, without a slash at the end.
    pub base_url: String,
    /// Whether it may be used.
    pub state: AccountState,
    /// The channel's own name of the seller. Not a secret.
    pub channel_seller_id: String,
    /// Calls a second the channel allows.
    pub quota_per_second: u32,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// The last test, if there was one.
    pub last_test: Option<AccountTest>,
    /// The last refusal by the channel, if there was one.
    pub last_refusal: Option<Refusal>,
    /// How often in a row the channel refused the credentials in use.
    pub credential_strikes: u32,
    /// When the key in use was issued and ends.
    pub key: KeyDates,
    /// Where the channel saw us when it refused our address; nothing since it takes our calls.
    pub egress: Option<EgressReport>,
    /// Raised by every change; observations (tests, refusals) are none.
    pub version: i64,
}

/// Refusals of the credentials after which only a person goes on: one may be a channel's hiccup, the next is none, and
/// channels ban whoever asks on and on.
const STRIKES: u32 = 2;

impl ChannelAccount {
    /// Whether calls rest until a person tests the account or puts other credentials to use.
    pub const fn credentials_paused(&self) -> bool {
        self.credential_strikes >= STRIKES
    }
}

/// When a key was issued and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyDates {
    /// The day, in Korea; absent when nobody said.
    pub issued_on: Option<NaiveDate>,
    /// Absent when the day is, or when the channel's keys do not end.
    pub expires_at: Option<DateTime<Utc>>,
    /// The warning given last, in days before the end.
    pub warned_days: Option<i32>,
    /// How many warnings were given to this account.
    pub warnings: i64,
}

impl KeyDates {
    /// Dates of a key that was issued on this day at a channel whose keys live so many days. Warnings begin anew; their
    /// number goes on.
    pub fn issued(self, issued_on: Option<NaiveDate>, life_days: Option<u32>) -> Self {
        let ends = |day| key_calendar::ends_at(day, life_days?);
        Self {
            issued_on,
            expires_at: issued_on.and_then(ends),
            warned_days: None,
            warnings: self.warnings,
        }
    }
}

/// Where a channel saw us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EgressReport {
    /// The address that it refused.
    pub address: IpAddr,
    /// When.
    pub at: DateTime<Utc>,
}

/// What follows from where a channel saw us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EgressVerdict {
    /// It takes our calls.
    Accepted,
    /// It does not know the address that it sees.
    NotRegistered,
    /// It sees another address than the configured one.
    Unexpected,
}

/// Compares where a channel saw us with where we should leave from.
pub fn judge_egress(reported: Option<EgressReport>, configured: Option<IpAddr>) -> EgressVerdict {
    match (reported, configured) {
        (None, _) => EgressVerdict::Accepted,
        (Some(seen), Some(own)) if seen.address != own => EgressVerdict::Unexpected,
        (Some(_), _) => EgressVerdict::NotRegistered,
    }
}

/// What shall be changed; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// What the merchant calls it.
    pub name: Option<String>,
    /// Where its channel is.
    pub base_url: Option<String>,
    /// Calls a second.
    pub quota_per_second: Option<u32>,
    /// When the key in use was issued and ends.
    pub key: Option<KeyDates>,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Polled and written to.
    Active,
    /// Left alone; what was collected stays.
    Inactive,
}

impl AccountState {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// What a test with the stored credentials showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTest {
    /// When.
    pub tested_at: DateTime<Utc>,
    /// Nothing was wrong, or what was.
    pub refusal: Option<(String, String)>,
}

/// A call that the channel refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// When.
    pub at: DateTime<Utc>,
    /// Stable reason.
    pub reason: String,
    /// For people, without secrets.
    pub detail: String,
}

/// Whether a command changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Applied,
    /// It was so already.
    AlreadyApplied,
}

impl ChannelAccount {
    /// Lets polling and writes begin.
    pub fn activate(&mut self) -> Outcome {
        self.move_to(AccountState::Active)
    }

    /// Stops polling and writes.
    pub fn deactivate(&mut self) -> Outcome {
        self.move_to(AccountState::Inactive)
    }

    /// Changes what is given.
    pub fn change(&mut self, change: AccountChange) -> Outcome {
        let before = self.clone();
        if let Some(name) = change.name {
            self.name = name;
        }
        if let Some(base_url) = change.base_url {
            self.base_url = base_url;
        }
        if let Some(quota) = change.quota_per_second {
            self.quota_per_second = quota;
        }
        // The same day again must not repeat the warnings.
        if let Some(key) = change.key
            && key.issued_on != self.key.issued_on
        {
            self.key = key;
        }
        if *self == before {
            return Outcome::AlreadyApplied;
        }
        self.version += 1;
        Outcome::Applied
    }

    /// Puts other keys to use.
    pub fn use_keys(&mut self, key: KeyDates) {
        self.key = key;
        self.version += 1;
    }

    fn move_to(&mut self, state: AccountState) -> Outcome {
        if self.state == state {
            return Outcome::AlreadyApplied;
        }
        self.state = state;
        self.version += 1;
        Outcome::Applied
    }
}

/// A field of a registration that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct InvalidField {
    /// The field's path in the request.
    pub field: &'static str,
    /// Completes "`field` …".
    pub reason: String,
}

impl InvalidField {
    /// A wrong field.
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { field, reason }
    }
}

/// The most calls a second an account may be registered with.
pub const MAX_QUOTA: u32 = 1000;

/// Reads where a channel's API is: `http` or `https`, a host, perhaps a port, and nothing else.
///
/// Empty means the channel's production address.
pub fn parse_base_url(text: &str, production: &str) -> Result<String, InvalidField> {
    let refuse = |reason: &str| InvalidField::new("base_url", reason);
    let text = text.trim();
    if text.is_empty() {
        return Ok(production.to_owned());
    }
    let url = Url::parse(text)
        .map_err(|_| refuse("is no absolute URL; give one like https://api-gateway.coupang.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("must not carry a user or a password"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse(
            "must end after the host and port: the paths are the channel's own",
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Reads what the merchant calls the account.
pub fn parse_name(text: &str) -> Result<String, InvalidField> {
    let text = text.trim();
    match text.chars().count() {
        1..=80 if !text.contains('\0') => Ok(text.to_owned()),
        _ => Err(InvalidField::new("name", "must have 1 to 80 characters")),
    }
}

/// Reads the calls a second; 0 means the channel's documented default.
pub fn parse_quota(asked: i32, default: u32) -> Result<u32, InvalidField> {
    match u32::try_from(asked) {
        Ok(0) => Ok(default),
        Ok(calls) if calls <= MAX_QUOTA => Ok(calls),
        _ => Err(InvalidField::new(
            "quota_per_second",
            format!("must be between 0 (the channel's default) and {MAX_QUOTA}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(state: AccountState) -> ChannelAccount {
        let ids = moa_id::Ids::seeded(1);
        ChannelAccount {
            merchant_id: ids.next(),
            id: ids.next(),
            channel: "coupang".to_owned(),
            name: "쿠팡 본점".to_owned(),
            base_url: "http://127.0.0.1:9101".to_owned(),
            state,
            channel_seller_id: "A00012345".to_owned(),
            quota_per_second: 5,
            created_at: DateTime::UNIX_EPOCH,
            last_test: None,
            last_refusal: None,
            credential_strikes: 0,
            key: KeyDates::default(),
            egress: None,
            version: 1,
        }
    }

    #[test]
    fn a_change_that_changes_nothing_is_none() {
        let mut account = account(AccountState::Active);
        let same = || AccountChange {
            name: Some("쿠팡 본점".to_owned()),
            quota_per_second: Some(5),
            ..AccountChange::default()
        };
        assert_eq!(account.change(same()), Outcome::AlreadyApplied);
        assert_eq!(account.version, 1);
        let other = AccountChange {
            base_url: Some("https://x".to_owned()),
            ..same()
        };
        assert_eq!(account.change(other), Outcome::Applied);
        assert_eq!(
            (account.version, account.base_url.as_str()),
            (2, "https://x")
        );
    }

    #[test]
    fn another_day_of_issue_begins_the_warnings_anew_and_the_same_does_not() {
        let mut account = account(AccountState::Active);
        let day = |text: &str| Some(text.parse().unwrap());
        account.key = KeyDates::default().issued(day("2026-01-01"), Some(180));
        account.key.warned_days = Some(30);
        account.key.warnings = 1;
        let change = |key: KeyDates| AccountChange {
            key: Some(key),
            ..AccountChange::default()
        };
        let same = account.key.issued(day("2026-01-01"), Some(180));
        assert_eq!(account.change(change(same)), Outcome::AlreadyApplied);
        assert_eq!(account.key.warned_days, Some(30));
        let other = account.key.issued(day("2026-06-01"), Some(180));
        assert_eq!(account.change(change(other)), Outcome::Applied);
        assert_eq!((account.key.warned_days, account.key.warnings), (None, 1));
        assert!(
            account
                .key
                .issued(day("2026-06-01"), None)
                .expires_at
                .is_none()
        );
    }

    #[test]
    fn where_a_channel_sees_us_is_compared_with_where_we_should_leave_from() {
        let ip = |last: u8| IpAddr::from([203, 0, 113, last]);
        let seen = |last: u8| {
            Some(EgressReport {
                address: ip(last),
                at: DateTime::UNIX_EPOCH,
            })
        };
        let table = [
            (None, None, EgressVerdict::Accepted),
            (None, Some(ip(1)), EgressVerdict::Accepted),
            (seen(1), None, EgressVerdict::NotRegistered),
            (seen(1), Some(ip(1)), EgressVerdict::NotRegistered),
            (seen(2), Some(ip(1)), EgressVerdict::Unexpected),
        ];
        for (reported, configured, expected) in table {
            assert_eq!(judge_egress(reported, configured), expected);
        }
    }

    #[test]
    fn a_second_deactivation_changes_nothing() {
        let mut account = account(AccountState::Active);
        assert_eq!(account.deactivate(), Outcome::Applied);
        assert_eq!(account.version, 2);
        assert_eq!(account.deactivate(), Outcome::AlreadyApplied);
        assert_eq!(account.version, 2);
        assert_eq!(account.activate(), Outcome::Applied);
        assert_eq!(account.version, 3);
    }

    #[test]
    fn a_base_url_is_a_bare_origin() {
        let read = |text: &str| parse_base_url(text, "https://production");
        assert_eq!(read("").unwrap(), "https://production");
        assert_eq!(
            read("http://127.0.0.1:9101/").unwrap(),
            "http://127.0.0.1:9101"
        );
        for wrong in [
            "ftp://host",
            "host:80",
            "https://host/v2",
            "https://host/?a=1",
            "https://me:secret@host",
            "file:///etc/passwd",
        ] {
            assert_eq!(read(wrong).unwrap_err().field, "base_url", "{wrong}");
        }
    }

    #[test]
    fn a_quota_is_bounded_and_zero_means_the_default() {
        assert_eq!(parse_quota(0, 5).unwrap(), 5);
        assert_eq!(parse_quota(50, 5).unwrap(), 50);
        assert!(parse_quota(-1, 5).is_err());
        assert!(parse_quota(1001, 5).is_err());
    }
}
