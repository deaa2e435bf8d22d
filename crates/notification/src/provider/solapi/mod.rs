//! SOLAPI (CoolSMS), messages v4: short and long text messages.
//!
//! There is no idempotency key. Each message carries its effect's id in `customFields`, so that SOLAPI can be asked
//! what became of a call without an answer.

mod ask;
mod meaning;
mod send;
mod sign;
mod wire;

pub(crate) use ask::Found;
pub(crate) use send::Letter;

use chrono::{DateTime, SecondsFormat, Utc};
use rand::Rng;
use secrecy::ExposeSecret;

use crate::domain::sender::{Sender, SolapiCredentials};
use crate::provider::http::Http;

/// The custom field that carries the effect's id.
const EFFECT_ID: &str = "effect_id";

/// One merchant's way to SOLAPI.
pub(crate) struct Solapi<'a> {
    http: &'a Http,
    base_url: &'a str,
    credentials: &'a SolapiCredentials,
}

impl<'a> Solapi<'a> {
    pub(crate) fn new(
        http: &'a Http,
        sender: &'a Sender,
        credentials: &'a SolapiCredentials,
    ) -> Self {
        Self {
            http,
            base_url: &sender.base_url,
            credentials,
        }
    }

    /// The header of one call; a signature is good once and for 15 minutes.
    fn authorization(&self, now: DateTime<Utc>) -> String {
        let mut salt = [0; 16];
        rand::rng().fill_bytes(&mut salt);
        sign::authorization(
            &self.credentials.api_key,
            self.credentials.api_secret.expose_secret(),
            &now.to_rfc3339_opts(SecondsFormat::Millis, true),
            &hex::encode(salt),
        )
    }
}
