//! How strict this Coupang is where the real one is not known to be, and who may call.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer;
use super::door::Door;
use super::quota::Quota;
use crate::config::Config;
use crate::shared::Shared;

/// Where refusals say why, unless the rules say otherwise.
const MESSAGE: &str = "message";
const WORDS: [&str; 4] = [MESSAGE, "errorMessage", "reason", "resultMessage"];
/// No refusal is longer.
const LONGEST_REFUSAL: usize = 1024 * 1024;

/// The switches of `PUT /control/coupang`. The defaults are what most reports say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Who may call, up to ten addresses as with the real one; empty means everybody.
    pub allowed_addresses: Vec<IpAddr>,
    /// Where calls seem to come from, in place of where they do.
    pub seen_address: Option<IpAddr>,
    /// How many errors within ten seconds bring a ban; 0 never does, absent is six times the calls a second.
    pub ban_after_errors: Option<u32>,
    /// How long a ban lasts, in seconds.
    pub ban_seconds: u32,
    /// How many calls for another vendor within a minute bring a block; 0 never does.
    pub block_after_wrong_vendors: u32,
    /// How long a block lasts, in seconds.
    pub block_seconds: u32,
    /// How long the gateway waits for an answer, in milliseconds, unless `X-EXTENDED-TIMEOUT` says longer.
    pub gateway_patience_ms: u32,
    /// Names come as `홍*동`.
    pub mask_names: bool,
    /// Safe numbers are null, as they were for hours on 2021-07-07.
    pub null_safe_numbers: bool,
    /// The refusals that some clients saw in English are in English.
    pub english_refusals: bool,
    /// `createdAtTo` of daily lists is not part of the window.
    pub exclusive_end: bool,
    /// v4 of the read by order shows one object instead of an array.
    pub old_order_is_object: bool,
    /// v5 of a box's history has `data` where v4 has `details`.
    pub new_history_nests_data: bool,
    /// "Already shipped" ends the receipt instead of starting a return.
    pub already_shipped_completes: bool,
    /// Refusals of the product API come with status 200.
    pub product_errors_are_ok: bool,
    /// The list of products is empty unless `nextToken` is sent, be it empty.
    pub products_need_token: bool,
    /// Calls without `X-MARKET` and `X-Requested-By` are refused.
    pub strict_headers: bool,
    /// The code of a parcel that cannot be acknowledged.
    pub refused_acknowledge_code: String,
    /// Under which name refusals say why: `message`, `errorMessage`, `reason` or `resultMessage`.
    pub refusal_words_in: String,
    /// Lists of completed returns over more than 14 days take too long, as they do for sellers of very many.
    pub slow_completed_returns: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            allowed_addresses: Vec::new(),
            seen_address: None,
            ban_after_errors: None,
            ban_seconds: 10,
            block_after_wrong_vendors: 20,
            block_seconds: 300,
            gateway_patience_ms: 3_000,
            mask_names: false,
            null_safe_numbers: false,
            english_refusals: false,
            exclusive_end: false,
            old_order_is_object: false,
            new_history_nests_data: false,
            already_shipped_completes: false,
            product_errors_are_ok: false,
            products_need_token: false,
            strict_headers: false,
            refused_acknowledge_code: "INVALID_STATUS".to_owned(),
            refusal_words_in: MESSAGE.to_owned(),
            slow_completed_returns: false,
        }
    }
}

impl Rules {
    /// What is wrong with them, by field.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if self.allowed_addresses.len() > 10 {
            return Err((
                "allowed_addresses",
                "Coupang takes up to 10 addresses".to_owned(),
            ));
        }
        for (field, seconds) in [
            ("ban_seconds", self.ban_seconds),
            ("block_seconds", self.block_seconds),
        ] {
            if !(1..=86_400).contains(&seconds) {
                return Err((field, format!("{seconds} is outside 1 to 86400")));
            }
        }
        let words = &self.refusal_words_in;
        if !WORDS.contains(&words.as_str()) {
            let reason = format!("\"{words}\" is not one of {}", WORDS.join(", "));
            return Err(("refusal_words_in", reason));
        }
        if !(10..=600_000).contains(&self.gateway_patience_ms) {
            let reason = format!("{} is outside 10 to 600000", self.gateway_patience_ms);
            return Err(("gateway_patience_ms", reason));
        }
        Ok(())
    }

    /// A name as reads show it: the letters between first and last are stars when masked.
    pub fn name<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if !self.mask_names {
            return Cow::Borrowed(name);
        }
        let last = name.chars().count().saturating_sub(1);
        let stars = name.chars().enumerate().map(|(place, letter)| {
            let open = place == 0 || (place == last && last > 1);
            if open { letter } else { '*' }
        });
        Cow::Owned(stars.collect())
    }

    /// A safe number as reads show it.
    pub fn safe_number(&self, number: String) -> Option<String> {
        (!self.null_safe_numbers).then_some(number)
    }
}

/// Moves the words of refusals to where the rules say they stand.
pub async fn move_words(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let name = shared.coupang.rules().refusal_words_in;
    if response.status().is_success() || name == MESSAGE {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LONGEST_REFUSAL).await else {
        return answer::internal();
    };
    let moved = serde_json::from_slice(&bytes)
        .ok()
        .and_then(|mut value: Value| {
            let members = value.as_object_mut()?;
            let words = members.remove(MESSAGE)?;
            members.insert(name, words);
            Some(value.to_string())
        });
    let body = moved.map_or(Body::from(bytes), Body::from);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, body)
}

/// What the counter of Coupang keeps apart from the world.
#[derive(Default)]
pub struct Counter {
    pub quota: Quota,
    pub door: Door,
    rules: Mutex<Rules>,
}

impl Counter {
    pub fn new(config: &Config) -> Self {
        let counter = Self::default();
        counter.set_rules(Rules {
            allowed_addresses: config.coupang_addresses.clone(),
            strict_headers: config.strict_headers,
            ..Rules::default()
        });
        counter
    }

    pub fn rules(&self) -> Rules {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn set_rules(&self, rules: Rules) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_names_keep_their_ends() {
        let rules = Rules {
            mask_names: true,
            ..Rules::default()
        };
        assert_eq!(rules.name("홍길동"), "홍*동");
        assert_eq!(rules.name("남궁서연"), "남**연");
        assert_eq!(rules.name("김철"), "김*");
        assert_eq!(Rules::default().name("홍길동"), "홍길동");
    }
}
