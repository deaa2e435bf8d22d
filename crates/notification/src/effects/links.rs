//! Activation links: looked up, composed and sent by SOLAPI in one breath, and asked about when the answer is lost.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use futures::StreamExt;
use moa_effects::{ClaimedEffect, NoProbe, Probe, SendOutcome, Verdict};
use moa_id::{EntitlementId, OrderId};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::intent::Intent;
use super::{MessageHandler, SENDER_AWAITED, SERVICE_AWAITED, blocked, later};
use crate::clients::ClientError;
use crate::clients::fulfillment::ActivationLink;
use crate::clients::order_sync::{BATCH, Recipient};
use crate::domain::activation_link::compose;
use crate::domain::phone::PhoneNumber;
use crate::domain::sender::{Credentials, Sender, SenderKind};
use crate::provider::solapi::{Found, Letter, Solapi};

/// Links asked for at once.
const CONCURRENT: usize = 8;
/// Around the time of a sending, for clocks that differ.
const SLACK_OF_CLOCKS: TimeDelta = TimeDelta::hours(1);
/// When SOLAPI cannot be asked.
const ASK_AGAIN: TimeDelta = TimeDelta::seconds(60);

impl MessageHandler {
    /// Whom it reaches and what it says, asked now; nothing of it is stored but a keyed hash of the number.
    pub(super) async fn verify_links(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        let Some(first) = batch.first() else {
            return Vec::new();
        };
        let all_later = |by, reason: &str, detail: &str| {
            batch
                .iter()
                .map(|effect| later(effect, by, reason, detail))
                .collect()
        };
        let sender = match self.app.sender(first.merchant_id, SenderKind::Solapi).await {
            Ok(Some(sender)) => Arc::new(sender),
            Ok(None) => {
                let detail = "no SOLAPI sender is registered; register one, and the message leaves by itself";
                return all_later(SENDER_AWAITED, "SENDER_MISSING", detail);
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a sender cannot be read: {error}"
                );
                return all_later(SERVICE_AWAITED, "SENDER_UNREADABLE", &error.to_string());
            }
        };
        let mut orders: Vec<OrderId> = batch.iter().filter_map(order_of).collect();
        orders.sort_unstable();
        orders.dedup();
        orders.truncate(BATCH);
        let recipients = match self
            .app
            .order_sync
            .recipients(first.merchant_id, &orders)
            .await
        {
            Ok(recipients) => recipients,
            Err(error) => {
                return all_later(SERVICE_AWAITED, "CONTACTS_UNAVAILABLE", &error.to_string());
            }
        };
        // Collected first: a stream over borrowed effects is not general enough for the trait's boxed future.
        let looks: Vec<_> = batch
            .iter()
            .map(|effect| self.verify_link(effect, &recipients, &sender))
            .collect();
        futures::stream::iter(looks)
            .buffered(CONCURRENT)
            .collect()
            .await
    }

    async fn verify_link(
        &self,
        effect: &ClaimedEffect,
        recipients: &HashMap<OrderId, Recipient>,
        sender: &Arc<Sender>,
    ) -> Verdict {
        let Ok(Intent::ActivationLink { .. }) = Intent::from_payload(&effect.payload) else {
            return blocked(
                "INTENT_MALFORMED",
                "the intent cannot be read by this version",
            );
        };
        let numbers = match order_of(effect).and_then(|order_id| recipients.get(&order_id)) {
            Some(Recipient::Numbers(numbers)) => numbers,
            Some(Recipient::Erased) => {
                return blocked(
                    "CONTACT_ERASED",
                    "the buyer's data was erased, so there is nobody to write to",
                );
            }
            Some(Recipient::Unreachable) => {
                let detail = "neither the buyer's nor the receiver's number takes text messages";
                return blocked("PHONE_UNUSABLE", detail);
            }
            None => return blocked("CONTACT_MISSING", "the order has no contact"),
        };
        let Some(to) = numbers.first() else {
            return blocked("CONTACT_MISSING", "the order has no contact");
        };
        let entitlement_id = EntitlementId::from_uuid(effect.subject_id);
        let asked = self
            .app
            .fulfillment
            .activation_link(effect.merchant_id, entitlement_id)
            .await;
        let ActivationLink { url, product_name } = match asked {
            Ok(link) => link,
            Err(ClientError::Refused { reason, detail }) => return blocked(&reason, &detail),
            Err(error @ ClientError::Away { .. }) => {
                return later(
                    effect,
                    SERVICE_AWAITED,
                    "LINK_UNAVAILABLE",
                    error.to_string(),
                );
            }
        };
        let message = match compose(&product_name, url.expose_secret()) {
            Ok(message) => message,
            Err(error) => return blocked("LINK_UNUSABLE", &error.to_string()),
        };
        let recipient_hash = self.recipient_hash(effect, to);
        let evidence = json!({ "recipient_hash": recipient_hash });
        let letter = Letter {
            effect_id: effect.effect_id,
            to: to.clone(),
            message,
            recipient_hash,
        };
        self.prepared.keep(effect, letter, Arc::clone(sender));
        Verdict::Verified { evidence }
    }

    /// One call for the whole batch.
    pub(super) async fn send_links(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        let prepared: Vec<Option<(Letter, Arc<Sender>)>> = batch
            .iter()
            .map(|effect| self.prepared.take(effect))
            .collect();
        let letters: Vec<&Letter> = prepared
            .iter()
            .flatten()
            .map(|(letter, _)| letter)
            .collect();
        let sender = prepared.iter().flatten().map(|(_, sender)| sender).next();
        let mut outcomes = match sender.map(|sender| (sender, &sender.credentials)) {
            Some((sender, Credentials::Solapi(credentials))) => {
                let solapi = Solapi::new(&self.app.http, sender, credentials);
                solapi.send(&letters, self.app.clock.now()).await
            }
            _ => Vec::new(),
        }
        .into_iter();
        let answer = |prepared: &Option<_>| match prepared {
            Some(_) => outcomes.next().unwrap_or_else(not_prepared),
            None => not_prepared(),
        };
        prepared.iter().map(answer).collect()
    }

    /// Looks in SOLAPI's list for a message that carries the effect's id.
    pub(super) async fn probe_link(&self, effect: &ClaimedEffect) -> Probe {
        let put_off = |reason: &str, detail: String| Probe::Later {
            at: effect.claimed_at + ASK_AGAIN,
            reason: reason.to_owned(),
            detail,
        };
        let sender = match self
            .app
            .sender(effect.merchant_id, SenderKind::Solapi)
            .await
        {
            Ok(Some(sender)) => sender,
            Ok(None) => {
                return put_off(
                    "SENDER_MISSING",
                    "no SOLAPI sender is registered".to_owned(),
                );
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a sender cannot be read: {error}"
                );
                return put_off("SENDER_UNREADABLE", error.to_string());
            }
        };
        let Credentials::Solapi(credentials) = &sender.credentials else {
            return put_off(
                "SENDER_MISSING",
                "no SOLAPI sender is registered".to_owned(),
            );
        };
        let to = match self.number_sent_to(effect).await {
            Ok(to) => to,
            Err(error) => return put_off("CONTACTS_UNAVAILABLE", error.to_string()),
        };
        let sent_by = effect.send_deadline_at.unwrap_or(effect.claimed_at);
        let between = (
            sent_by - SLACK_OF_CLOCKS,
            effect.claimed_at + SLACK_OF_CLOCKS,
        );
        let solapi = Solapi::new(&self.app.http, &sender, credentials);
        let found = solapi
            .find(effect.effect_id, to.as_ref(), between, self.app.clock.now())
            .await;
        let hash = effect
            .evidence
            .get("recipient_hash")
            .cloned()
            .unwrap_or(Value::Null);
        match found {
            Ok(Found::Message {
                refused: Some(why),
                status_code,
                ..
            }) => Probe::Blocked {
                reason: why.reason.to_owned(),
                detail: why.detail,
                evidence: json!({ "recipient_hash": hash, "status_code": status_code }),
            },
            Ok(Found::Message {
                message_id,
                group_id,
                status_code,
                refused: None,
            }) => Probe::Happened {
                evidence: json!({
                    "recipient_hash": hash,
                    "provider_message_id": message_id,
                    "provider_group_id": group_id,
                    "status_code": status_code,
                }),
            },
            Ok(Found::Nothing) => Probe::Clean {
                evidence: json!({ "recipient_hash": hash, "found": false }),
            },
            Ok(Found::TooMany) => Probe::NoProbe(NoProbe::AskPerson),
            Err(why) => put_off(why.reason, why.detail),
        }
    }

    /// The number the message went to, if it is still one of the order's: it narrows the search.
    async fn number_sent_to(
        &self,
        effect: &ClaimedEffect,
    ) -> Result<Option<PhoneNumber>, ClientError> {
        let hash = effect
            .evidence
            .get("recipient_hash")
            .and_then(Value::as_str);
        let (Some(hash), Some(order_id)) = (hash, order_of(effect)) else {
            return Ok(None);
        };
        let recipients = self
            .app
            .order_sync
            .recipients(effect.merchant_id, &[order_id])
            .await?;
        let Some(Recipient::Numbers(numbers)) = recipients.get(&order_id) else {
            return Ok(None);
        };
        let same = numbers
            .iter()
            .find(|number| self.recipient_hash(effect, number) == hash);
        Ok(same.cloned())
    }

    fn recipient_hash(&self, effect: &ClaimedEffect, to: &PhoneNumber) -> String {
        let ring = self.app.vault.key_ring();
        hex::encode(ring.blind_index(effect.merchant_id, "message recipient", to.reveal()))
    }
}

fn order_of(effect: &ClaimedEffect) -> Option<OrderId> {
    effect.order_id.map(OrderId::from_uuid)
}

/// The look and the send are one task, so this is a fault of ours; nothing was sent.
fn not_prepared() -> SendOutcome {
    SendOutcome::RefusedLater {
        at: None,
        reason: "NOT_PREPARED".to_owned(),
        detail: "the message was not composed in time; nothing was sent".to_owned(),
        evidence: Value::Null,
    }
}
