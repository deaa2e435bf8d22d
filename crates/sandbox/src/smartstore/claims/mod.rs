//! 취소, 반품, 교환: what the seller does about claims. Each call is about one product order, and answers the two lists
//! of all writes: what went wrong with the product order stands in the second one.

pub mod cancel;
pub mod exchange;
pub mod holdback;
pub mod returns;

use axum::Router;
use axum::routing::post;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de};

use super::answer::Answer;
use super::confirm::{CHECK_STATUS, ItemRefusal, UNKNOWN, failure, results};
use super::params::{self, BAD_PARAMETER};
use super::query::find;
use super::rules::Rules;
use super::world::{Claim, ClaimKind, ProductOrder};
use crate::shared::Shared;
use crate::world::Fact;

/// The calls, each beneath `…/product-orders/{id}/claim`. None rejects a cancel: there is no such call.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/cancel/request", post(cancel::request))
        .route("/cancel/approve", post(cancel::approve))
        .route("/return/request", post(returns::request))
        .route("/return/approve", post(returns::approve))
        .route("/return/reject", post(returns::reject))
        .route("/return/holdback", post(holdback::hold_return))
        .route("/return/holdback/release", post(holdback::release_return))
        .route("/exchange/collect/approve", post(exchange::approve_collect))
        .route("/exchange/dispatch", post(exchange::dispatch))
        .route("/exchange/reject", post(exchange::reject))
        .route("/exchange/holdback", post(holdback::hold_exchange))
        .route(
            "/exchange/holdback/release",
            post(holdback::release_exchange),
        )
}

/// No claim of this kind that could be moved on.
pub const CHECK_CLAIM: ItemRefusal = ("104442", "클레임 상태를 확인해주세요.");
pub const HELD: ItemRefusal = (
    "104442",
    "보류 상태를 확인해주세요. 보류 해제 후 처리할 수 있습니다.",
);

/// A call about one product order of this account.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub shared: &'a Shared,
    pub account: u32,
    pub id: &'a str,
}

/// What a decision may look at.
pub struct Scene<'a> {
    pub product_order: &'a ProductOrder,
    pub rules: &'a Rules,
    pub now: DateTime<Utc>,
    pub next_claim: i64,
}

impl Call<'_> {
    /// Decides about the product order, records what follows, and answers. No facts means that it was so already.
    pub fn decide(
        self,
        decide: impl FnOnce(&Scene<'_>) -> Result<Vec<Fact>, ItemRefusal>,
    ) -> Result<Answer, Answer> {
        let rules = self.shared.smartstore.rules();
        let now = self.shared.clock.world();
        let mut store = self.shared.store();
        let known = &store.world.smartstore;
        let found = params::id(self.id).and_then(|id| find(known, self.account, id));
        let decided = found.ok_or(UNKNOWN).and_then(|(_, product_order)| {
            decide(&Scene {
                product_order,
                rules: &rules,
                now,
                next_claim: known.next_claim_id(0, now),
            })
        });
        match decided {
            Ok(facts) => {
                store.record(self.shared.clock.real(), &facts)?;
                drop(store);
                self.shared.wake.notify_one();
                Ok(results(&[self.id.to_owned()], &[]))
            }
            Err(refusal) => Ok(results(&[], &[failure(self.id, refusal)])),
        }
    }
}

impl Scene<'_> {
    /// The latest claim, if it is of this kind.
    pub fn claim(&self, kind: ClaimKind) -> Result<&Claim, ItemRefusal> {
        let claim = self.product_order.claim.as_ref();
        claim.filter(|claim| claim.kind == kind).ok_or(CHECK_CLAIM)
    }

    /// How many a claim is about: all that is left, unless the seller names fewer.
    pub fn quantity(&self, wanted: Option<i64>) -> Result<i64, ItemRefusal> {
        let left = self.product_order.remaining;
        match wanted {
            None => Ok(left),
            Some(count) if (1..=left).contains(&count) => Ok(count),
            Some(_) => Err(CHECK_STATUS),
        }
    }
}

/// A text that has to be there, up to some length.
pub fn needed<'a>(name: &str, text: Option<&'a str>, most: usize) -> Result<&'a str, Answer> {
    let text = text
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| params::missing(name))?;
    if text.chars().count() > most {
        let message = format!("{name} 항목은 {most}자 이하여야 합니다.");
        return Err(Answer::bad_order_call(BAD_PARAMETER, &message));
    }
    Ok(text)
}

/// A reason that has to be one of the list; others spoil the body, as any wrong word of an enumeration does.
pub fn reason<'a>(name: &str, text: Option<&'a str>, known: &[&str]) -> Result<&'a str, Answer> {
    let text = text.ok_or_else(|| params::missing(name))?;
    if known.contains(&text) {
        Ok(text)
    } else {
        Err(Answer::unreadable())
    }
}

/// An enumeration's word, of which an empty text is none.
pub fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(text) if text.is_empty() => Err(de::Error::custom("an empty word")),
        other => Ok(other),
    }
}
