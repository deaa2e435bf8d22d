//! Logging in: a password becomes a session.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::App;
use crate::domain::session::SessionTimes;
use crate::domain::throttle::Subject;
use crate::error::Error;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::operators::{self, Operator};
use crate::store::{login_attempts, sessions};

/// Longer than any address; a longer one is not looked at.
const MAX_EMAIL_BYTES: usize = 320;
/// Longer than any password.
const MAX_PASSWORD_BYTES: usize = 1024;

/// Who wants in.
pub struct LogIn {
    /// As typed.
    pub email: String,
    /// As typed.
    pub password: SecretString,
    /// Keep the session on this device.
    pub remember: bool,
    /// The network address of the other end.
    pub address: IpAddr,
    /// Name of the request in the logs.
    pub request_id: String,
}

/// A session that has begun.
pub struct NewSession {
    /// For the cookie; nowhere else.
    pub token: String,
    /// For how long the browser keeps it; `None` until it is closed.
    pub cookie_seconds: Option<i64>,
    /// Whose it is.
    pub operator: Operator,
}

impl App {
    /// Checks the password and begins a session.
    ///
    /// Attempts count before they are heard: five wrong ones by one person from one address, fifty from one address, then
    /// the window of 15 minutes must end.
    #[tracing::instrument(name = "admin_gateway.log_in", skip_all)]
    pub async fn log_in(&self, command: LogIn) -> Result<NewSession, Error> {
        let email = command.email.trim().to_lowercase();
        if email.len() > MAX_EMAIL_BYTES
            || command.password.expose_secret().len() > MAX_PASSWORD_BYTES
        {
            return Err(Error::CredentialsRefused);
        }
        let now = self.clock.now();
        let subjects = Subjects::new(&email, command.address);
        self.count_attempt(&subjects, now).await?;

        let known = {
            let mut conn = self.db.acquire().await?;
            operators::find_by_email(&mut conn, &email).await?
        };
        let found = self.find_by_password(&known, &command.password).await?;
        let Some(operator) = found else {
            for (operator, _) in &known {
                let entry = self.log_in_entry(operator, &command, now);
                let mut conn = self.db.acquire().await?;
                audit::insert(&mut conn, &entry, Some(401)).await?;
            }
            metrics::counter!("moa_logins_total", "result" => "refused").increment(1);
            return Err(Error::CredentialsRefused);
        };
        metrics::counter!("moa_logins_total", "result" => "accepted").increment(1);
        self.begin_session(operator, &command, &subjects, now).await
    }

    async fn count_attempt(&self, subjects: &Subjects, now: DateTime<Utc>) -> Result<(), Error> {
        let mut conn = self.db.acquire().await?;
        for (subject, hash) in subjects.all() {
            let (attempts, began) = login_attempts::count(&mut conn, hash, now).await?;
            if let Some(retry_after_s) = subject.wait(attempts, began, now) {
                metrics::counter!("moa_logins_total", "result" => "throttled").increment(1);
                tracing::warn!("log-in attempts are throttled for {retry_after_s} s ({subject:?})");
                return Err(Error::LoginThrottled { retry_after_s });
            }
        }
        Ok(())
    }

    async fn find_by_password(
        &self,
        known: &[(Operator, String)],
        password: &SecretString,
    ) -> Result<Option<Operator>, Error> {
        if known.is_empty() {
            self.passwords.verify_nobody(password).await?;
        }
        for (operator, hash) in known {
            if self.passwords.verify(password, hash).await? {
                return Ok(Some(operator.clone()));
            }
        }
        Ok(None)
    }

    async fn begin_session(
        &self,
        operator: Operator,
        command: &LogIn,
        subjects: &Subjects,
        now: DateTime<Utc>,
    ) -> Result<NewSession, Error> {
        let token = SessionToken::new(operator.merchant_id);
        let times = SessionTimes {
            created_at: now,
            last_seen_at: now,
            remembered: command.remember,
        };
        let entry = self.log_in_entry(&operator, command, now);
        let mut tx = moa_service::begin(&self.db).await?;
        sessions::insert(&mut tx, &operator, &token.hash(), times).await?;
        login_attempts::forget(&mut tx, &subjects.pair).await?;
        login_attempts::uncount(&mut tx, &subjects.address).await?;
        audit::insert(&mut tx, &entry, Some(200)).await?;
        tx.commit().await?;
        Ok(NewSession {
            token: token.text(),
            cookie_seconds: times.cookie_seconds(),
            operator,
        })
    }

    fn log_in_entry(
        &self,
        operator: &Operator,
        command: &LogIn,
        now: DateTime<Utc>,
    ) -> NewAuditEntry {
        NewAuditEntry {
            merchant_id: operator.merchant_id,
            audit_id: self.ids.uuid(),
            at: now,
            operator_id: Some(operator.operator_id),
            action: "LOG_IN".to_owned(),
            subject: "/api/v1/session".to_owned(),
            address: command.address.to_string(),
            request_id: command.request_id.clone(),
        }
    }
}

/// What attempts are counted by, hashed.
struct Subjects {
    pair: Vec<u8>,
    address: Vec<u8>,
}

impl Subjects {
    fn new(email: &str, address: IpAddr) -> Self {
        // Whoever has an IPv6 address has its whole /64.
        let network = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
        };
        Self {
            pair: hash(&[b"pair", network.as_slice(), email.as_bytes()]),
            address: hash(&[b"address", network.as_slice()]),
        }
    }

    fn all(&self) -> [(Subject, &[u8]); 2] {
        [
            (Subject::Address, self.address.as_slice()),
            (Subject::Pair, self.pair.as_slice()),
        ]
    }
}

fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// What the cookie carries: the merchant, so that the row is found by its key, and 256 random bits.
pub struct SessionToken([u8; 48]);

impl SessionToken {
    fn new(merchant_id: MerchantId) -> Self {
        let mut bytes = [0; 48];
        let (merchant, secret) = bytes.split_at_mut(16);
        merchant.copy_from_slice(merchant_id.as_uuid().as_bytes());
        rand::rng().fill_bytes(secret);
        Self(bytes)
    }

    /// Reads a cookie; `None` when it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The merchant it says it belongs to.
    pub fn merchant_id(&self) -> MerchantId {
        let (merchant, _) = self.0.split_at(16);
        MerchantId::from_uuid(Uuid::from_slice(merchant).unwrap_or_default())
    }

    /// What is stored.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }

    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}
