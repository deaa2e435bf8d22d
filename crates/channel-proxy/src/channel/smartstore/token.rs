//! Tokens: one per application and account, shared by all calls and renewed before it ends.
//!
//! SmartStore answers the same token while more than half an hour of it is left, so asking early costs nothing, and
//! a new one afterwards, while the old one goes on to its end. Calls that break the token API's rules by a field earn a
//! penalty of one call an hour, so what is sent is exactly what the reference says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::calls::conclude;
use super::errors::{Refusal, malformed};
use super::{buckets, credentials, path_url, sign, wire};
use crate::channel::{ActsAs, Session, SmartStoreCredentials};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::quota::CallClass;

/// A token with less left is renewed: from here on the channel gives a new one.
const RENEWED_BEFORE: Duration = Duration::from_secs(30 * 60);
/// How soon a token that the channel does not renew yet is asked for again.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// A token is not used in its last moments: the call must still arrive.
const UNUSED_BEFORE: Duration = Duration::from_secs(20);
/// A signature's time must not lie in the channel's future; ours may run ahead of it by so much.
const BACKDATED: TimeDelta = TimeDelta::seconds(5);
/// The longest life that is believed.
const LONGEST: u64 = 24 * 3600;

/// A token of the channel.
#[derive(Debug, Clone)]
pub struct Token {
    text: Arc<SecretString>,
    renew_at: Instant,
    unused_from: Instant,
}

impl Token {
    /// The header's value.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.text.expose_secret())
    }
}

/// Where, who, and with which secret: a new secret asks for a token of its own.
type Owner = (String, String, String, [u8; 32]);
type Cell = Arc<tokio::sync::Mutex<Option<Token>>>;

/// The tokens of all accounts. Kept in memory only.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<HashMap<Owner, Cell>>);

impl Tokens {
    fn cell(&self, session: &Session) -> Result<Cell, CallFailure> {
        let keys = credentials(session)?;
        let owner = (
            session.base_url().to_owned(),
            keys.client_id.clone(),
            keys.account().to_owned(),
            Sha256::digest(keys.client_secret.expose_secret().as_bytes()).into(),
        );
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(cells.entry(owner).or_default()))
    }

    /// A token that outlives the next call. Whoever comes while one is asked for waits for it.
    pub async fn get(&self, session: &Session, deadline: Instant) -> Result<Token, Refusal> {
        let cell = self.cell(session)?;
        let Ok(mut cell) = tokio::time::timeout_at(deadline, cell.lock()).await else {
            return Err(CallFailure::without_effect(
                FailureKind::TimedOut,
                "the channel did not give a token in time",
            )
            .into());
        };
        let now = Instant::now();
        let usable = cell.as_ref().filter(|token| now < token.unused_from);
        if let Some(token) = usable.filter(|token| now < token.renew_at) {
            return Ok(token.clone());
        }
        match ask(session, deadline).await {
            Ok(token) => {
                *cell = Some(token.clone());
                Ok(token)
            }
            // The old one is good for a while: that the token API is away concerns nobody yet.
            Err(refusal) => match usable.cloned() {
                Some(mut token) => {
                    tracing::warn!(
                        reason = refusal.failure.kind.reason(),
                        "a token was not renewed yet: {}",
                        refusal.failure
                    );
                    token.renew_at = now + ASKED_AGAIN_AFTER;
                    *cell = Some(token.clone());
                    Ok(token)
                }
                None => Err(refusal),
            },
        }
    }

    /// The channel does not take this token any more.
    pub async fn forget(&self, session: &Session, token: &Token) -> Result<(), CallFailure> {
        let cell = self.cell(session)?;
        let mut cell = cell.lock().await;
        if cell
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(&known.text, &token.text))
        {
            *cell = None;
        }
        Ok(())
    }

    /// Asks for a token whatever is known: whether the credentials are good is the question.
    pub async fn prove(&self, session: &Session, deadline: Instant) -> Result<(), Refusal> {
        let cell = self.cell(session)?;
        let mut cell = cell.lock().await;
        *cell = Some(ask(session, deadline).await?);
        Ok(())
    }
}

async fn ask(session: &Session, deadline: Instant) -> Result<Token, Refusal> {
    let keys = credentials(session)?;
    let slot = session
        .slot_in(buckets::TOKEN, CallClass::Gate, deadline)
        .await?;
    let body = match form(keys, session.now()).await {
        Ok(body) => body,
        Err(failure) => {
            slot.unused();
            return Err(failure.into());
        }
    };
    let asked = Instant::now();
    let build = |_: DateTime<Utc>| {
        let url = path_url(session, "/v1/oauth2/token", "")?;
        session
            .http()
            .request(Method::POST, url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .body(body)
            .build()
            .map_err(|error| super::unsendable(&error))
    };
    let reply = session.exchange(slot, build).await?;
    let answer = conclude(&reply).map_err(refused_token);
    match answer.and_then(|answer| read(&answer, asked)) {
        Ok(token) => {
            session.quota().worked(buckets::TOKEN);
            Ok(token)
        }
        Err(refusal) => Err(Refusal {
            failure: session.note_failure_in(buckets::TOKEN, refusal.failure),
            ..refusal
        }),
    }
}

/// The fields, in the body and nowhere else. `account_id` goes with `SELLER` only.
async fn form(keys: &SmartStoreCredentials, now: DateTime<Utc>) -> Result<String, CallFailure> {
    let timestamp = (now - BACKDATED).timestamp_millis();
    let (client_id, secret) = (keys.client_id.clone(), keys.client_secret.clone());
    let signing =
        tokio::task::spawn_blocking(move || sign::signature(&client_id, &secret, timestamp));
    let signature = match signing.await {
        Ok(signature) => signature.map_err(|no_salt| {
            CallFailure::without_effect(
                FailureKind::CredentialsRefused,
                format!("the client secret {no_salt}"),
            )
        })?,
        Err(error) => {
            return Err(CallFailure::without_effect(
                FailureKind::Fault,
                format!("the signature was not finished: {error}"),
            ));
        }
    };
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &keys.client_id)
        .append_pair("timestamp", &timestamp.to_string())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_secret_sign", &signature);
    match &keys.acts_as {
        ActsAs::Own => form.append_pair("type", "SELF"),
        ActsAs::Seller(account_id) => form
            .append_pair("type", "SELLER")
            .append_pair("account_id", account_id),
    };
    Ok(form.finish())
}

/// A 400 of the token API is about our clock or about the credentials, and a 403 about the credentials too: every
/// application may ask for its token.
fn refused_token(refusal: Refusal) -> Refusal {
    let (FailureKind::Refused | FailureKind::NotGranted) = refusal.failure.kind else {
        return refusal;
    };
    let said = &refusal.message;
    let failure = if said.contains("timestamp") {
        CallFailure::without_effect(
            FailureKind::ClockSkewed,
            format!(
                "the channel finds our signature's time wrong ({said}); check this machine's clock"
            ),
        )
    } else {
        CallFailure::without_effect(
            FailureKind::CredentialsRefused,
            format!(
                "the channel refused the application's id or secret ({said}); copy both from the API centre again"
            ),
        )
    };
    Refusal { failure, ..refusal }
}

pub fn read(answer: &serde_json::Value, asked: Instant) -> Result<Token, Refusal> {
    let text = wire::text(answer, "access_token");
    let expires_in = wire::text(answer, "expires_in").parse::<u64>();
    let (Ok(expires_in), true) = (expires_in, is_header_value(&text)) else {
        let error = wire::bad("access_token", "is missing, or its expires_in is");
        return Err(malformed(&error).into());
    };
    let life = Duration::from_secs(expires_in.min(LONGEST));
    let renewed_after = life.saturating_sub(RENEWED_BEFORE).max(ASKED_AGAIN_AFTER);
    Ok(Token {
        text: Arc::new(SecretString::from(text)),
        renew_at: asked + renewed_after,
        unused_from: asked + life.saturating_sub(UNUSED_BEFORE),
    })
}

/// The token goes into a header as it is.
fn is_header_value(text: &str) -> bool {
    (1..=4096).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_renewed_half_an_hour_before_it_ends_and_not_asked_for_all_the_time() {
        let asked = Instant::now();
        let after = |expires_in: u64| {
            let answer =
                json!({"access_token": "abc", "expires_in": expires_in, "token_type": "Bearer"});
            let token = read(&answer, asked).unwrap();
            (
                (token.renew_at - asked).as_secs(),
                (token.unused_from - asked).as_secs(),
            )
        };
        assert_eq!(after(10_800), (9_000, 10_780));
        assert_eq!(after(1_795), (60, 1_775));
        assert_eq!(after(10), (60, 0), "never used, so asked for each time");
    }

    #[test]
    fn a_token_never_prints_and_a_strange_one_is_none() {
        let asked = Instant::now();
        let token = read(
            &json!({"access_token": "hunter2", "expires_in": 10_800}),
            asked,
        )
        .unwrap();
        assert!(!format!("{token:?}").contains("hunter2"));
        assert_eq!(token.bearer(), "Bearer hunter2");
        for strange in [
            json!({"access_token": "a\nb", "expires_in": 10_800}),
            json!({"access_token": "", "expires_in": 10_800}),
            json!({"access_token": "abc"}),
            json!([]),
        ] {
            assert!(read(&strange, asked).is_err(), "{strange}");
        }
    }

    #[tokio::test]
    async fn the_form_says_exactly_what_the_reference_says() {
        let own = SmartStoreCredentials::parse(
            "aaaabbbbcccc",
            "$2a$04$abcdefghijklmnopqrstuu",
            ActsAs::Own,
        )
        .unwrap();
        let now = DateTime::from_timestamp_millis(1_643_961_623_299).unwrap();
        let body = form(&own, now).await.unwrap();
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "client_id",
                "timestamp",
                "grant_type",
                "client_secret_sign",
                "type"
            ]
        );
        assert_eq!(fields[1].1, "1643961618299", "five seconds in the past");
        assert_eq!(fields[4].1, "SELF");
        let seller = SmartStoreCredentials {
            acts_as: ActsAs::Seller("ncp_1".to_owned()),
            ..own
        };
        let body = form(&seller, now).await.unwrap();
        assert!(body.ends_with("&type=SELLER&account_id=ncp_1"), "{body}");
    }
}
