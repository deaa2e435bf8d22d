//! Activation links: looked up, composed and sent by SOLAPI in one breath.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;
use moa_effects::{ClaimedEffect, SendOutcome, Verdict};
use moa_id::{EntitlementId, OrderId};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::intent::Intent;
use super::traces::Traces;
use super::{MessageHandler, SENDER_UNREADABLE, SERVICE_AWAITED, blocked, later, sender_missing};
use crate::clients::ClientError;
use crate::clients::fulfillment::ActivationLink;
use crate::clients::order_sync::{BATCH, Recipient};
use crate::domain::activation_link::compose;
use crate::domain::sender::{Credentials, Sender, SenderKind};
use crate::provider::solapi::{Letter, Solapi};

/// Links asked for at once.
const CONCURRENT: usize = 8;

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
                return batch
                    .iter()
                    .map(|effect| sender_missing(effect, detail))
                    .collect();
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a sender cannot be read: {error}"
                );
                return all_later(SERVICE_AWAITED, SENDER_UNREADABLE, &error.to_string());
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
        let message = match compose(&self.merchant_name, &product_name, url.expose_secret()) {
            Ok(message) => message,
            Err(error) => return blocked("LINK_UNUSABLE", &error.to_string()),
        };
        let traces = Traces::of(&self.app, sender, to);
        let evidence = traces.evidence();
        let letter = Letter {
            effect_id: effect.effect_id,
            to: to.clone(),
            message,
            traces,
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
}

pub(super) fn order_of(effect: &ClaimedEffect) -> Option<OrderId> {
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
