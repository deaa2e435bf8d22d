//! `Authorization: HMAC-SHA256 apiKey=…, date=…, salt=…, signature=…`, signed over date and salt as sent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Channel, Fact};

/// How far a date may be from now, and how long a signature is remembered.
const SKEW: TimeDelta = TimeDelta::minutes(15);

/// Signatures seen lately. Real time only, so that a moved clock changes nothing.
#[derive(Default)]
pub struct Signatures(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    at: HashMap<String, DateTime<Utc>>,
    swept_at: Option<DateTime<Utc>>,
}

impl Signatures {
    /// Remembers a signature; `false` when it was seen within the last 15 minutes.
    fn remember(&self, signature: &str, now: DateTime<Utc>) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen
            .swept_at
            .is_none_or(|at| now - at > TimeDelta::minutes(1))
        {
            seen.at.retain(|_, at| now - *at <= SKEW);
            seen.swept_at = Some(now);
        }
        seen.at
            .insert(signature.to_owned(), now)
            .is_none_or(|earlier| now - earlier > SKEW)
    }
}

/// Why a call is refused: the code, and what to say.
type Refused = (&'static str, &'static str);

const FORBIDDEN: Refused = (
    "Forbidden",
    "Authorization header is missing or not supported",
);
const INVALID_KEY: Refused = ("InvalidAPIKey", "The API key is not valid");
const TOO_SKEWED: Refused = (
    "RequestTimeTooSkewed",
    "The difference between the request time and now is too large",
);
const MISMATCH: Refused = ("SignatureDoesNotMatch", "The signature does not match");
const DUPLICATED: Refused = ("DuplicatedSignature", "The signature was used already");

pub async fn admit(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    match signer(&shared, header.unwrap_or_default(), shared.clock.real()) {
        Ok(account) => {
            request.extensions_mut().insert(Caller(account));
            next.run(request).await
        }
        Err((account, (code, message))) => {
            shared.note(Fact::BadSignature {
                channel: Channel::Solapi,
                account,
                reason: code.to_owned(),
            });
            answer::error(StatusCode::FORBIDDEN, code, message)
        }
    }
}

fn signer(
    shared: &Shared,
    header: &str,
    now: DateTime<Utc>,
) -> Result<u32, (Option<u32>, Refused)> {
    let parts = Parts::read(header).ok_or((None, FORBIDDEN))?;
    let store = shared.store();
    let found = store.world.account_with_key(parts.api_key);
    let (index, account) = found
        .filter(|(_, account)| account.solapi_key == parts.api_key)
        .ok_or((None, INVALID_KEY))?;
    parts
        .verify(&account.solapi_secret, now)
        .map_err(|refused| (Some(index), refused))?;
    drop(store);
    if !shared.signatures.remember(parts.signature, now) {
        return Err((Some(index), DUPLICATED));
    }
    Ok(index)
}

struct Parts<'a> {
    api_key: &'a str,
    date: &'a str,
    salt: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    /// Names are read in any case: one SDK writes `apiKey`, another `ApiKey`.
    fn read(header: &'a str) -> Option<Self> {
        let (scheme, rest) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("HMAC-SHA256") {
            return None;
        }
        let (mut api_key, mut date, mut salt, mut signature) = (None, None, None, None);
        for part in rest.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            match name.to_ascii_lowercase().as_str() {
                "apikey" => api_key = Some(value),
                "date" => date = Some(value),
                "salt" => salt = Some(value),
                "signature" => signature = Some(value),
                _ => return None,
            }
        }
        let salt = salt.filter(|salt: &&str| (12..=64).contains(&salt.len()))?;
        Some(Self {
            api_key: api_key?,
            date: date?,
            salt,
            signature: signature?,
        })
    }

    fn verify(&self, secret: &str, now: DateTime<Utc>) -> Result<(), Refused> {
        let date = DateTime::parse_from_rfc3339(self.date).map_err(|_| TOO_SKEWED)?;
        if (now - date.to_utc()).abs() > SKEW {
            return Err(TOO_SKEWED);
        }
        let claimed = hex::decode(self.signature).map_err(|_| MISMATCH)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| MISMATCH)?;
        mac.update(self.date.as_bytes());
        mac.update(self.salt.as_bytes());
        mac.verify_slice(&claimed).map_err(|_| MISMATCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_once_in_fifteen_minutes() {
        let signatures = Signatures::default();
        let start = DateTime::UNIX_EPOCH;
        assert!(signatures.remember("a", start));
        assert!(!signatures.remember("a", start + TimeDelta::minutes(15)));
        assert!(signatures.remember("a", start + TimeDelta::minutes(31)));
    }

    #[test]
    fn both_spellings_are_read_and_short_salts_are_not() {
        let node =
            "HMAC-SHA256 apiKey=K, date=2026-11-20T17:18:51Z, salt=abcdefghijkl, signature=00";
        let python =
            "HMAC-SHA256 ApiKey=K, Date=2026-11-20T17:18:51Z, salt=abcdefghijkl, Signature=00";
        assert_eq!(Parts::read(node).unwrap().api_key, "K");
        assert_eq!(Parts::read(python).unwrap().signature, "00");
        assert!(Parts::read(&node.replace("abcdefghijkl", "abc")).is_none());
        assert!(Parts::read("Bearer token").is_none());
    }

    #[test]
    fn a_date_too_far_away_is_refused_before_the_signature() {
        let parts = Parts {
            api_key: "K",
            date: "2026-11-20T17:18:51Z",
            salt: "abcdefghijkl",
            signature: "00",
        };
        let date = DateTime::parse_from_rfc3339(parts.date).unwrap().to_utc();
        assert_eq!(
            parts.verify("s", date + TimeDelta::minutes(16)),
            Err(TOO_SKEWED)
        );
        assert_eq!(
            parts.verify("s", date + TimeDelta::minutes(14)),
            Err(MISMATCH)
        );
    }
}
