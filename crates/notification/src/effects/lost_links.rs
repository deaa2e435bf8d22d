//! Links whose sending got no answer: SOLAPI is asked for the message that carries the effect's id.

use chrono::TimeDelta;
use moa_effects::{ClaimedEffect, NoProbe, Probe};
use serde_json::json;

use super::links::order_of;
use super::traces::Traces;
use super::{MessageHandler, SENDER_MISSING, SENDER_UNREADABLE};
use crate::clients::ClientError;
use crate::clients::order_sync::Recipient;
use crate::domain::phone::PhoneNumber;
use crate::domain::sender::{Credentials, Sender, SenderKind};
use crate::provider::solapi::{Found, Solapi};

/// Around the time of a sending, for clocks that differ.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::hours(1);
/// When SOLAPI cannot be asked.
const ASK_AGAIN: TimeDelta = TimeDelta::seconds(60);

impl MessageHandler {
    pub(super) async fn probe_link(&self, effect: &ClaimedEffect) -> Probe {
        let merchant_id = effect.merchant_id;
        let sender = match self.app.sender(merchant_id, SenderKind::Solapi).await {
            Ok(sender) => sender,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a sender cannot be read: {error}"
                );
                return put_off(effect, SENDER_UNREADABLE, error.to_string());
            }
        };
        let Some((sender, Credentials::Solapi(credentials))) =
            sender.as_ref().map(|sender| (sender, &sender.credentials))
        else {
            return put_off(effect, SENDER_MISSING, "no SOLAPI sender is registered");
        };
        let traces = Traces::read(effect);
        let to = match self.number_sent_to(effect, &traces, sender).await {
            Ok(to) => to,
            Err(error) => return put_off(effect, "CONTACTS_UNAVAILABLE", error.to_string()),
        };
        let sent_by = effect.send_deadline_at.unwrap_or(effect.claimed_at);
        let between = (sent_by - CLOCKS_DIFFER, effect.claimed_at + CLOCKS_DIFFER);
        let now = self.app.clock.now();
        let solapi = Solapi::new(&self.app.http, sender, credentials);
        let found = solapi
            .find(effect.effect_id, to.as_ref(), between, now)
            .await;
        match found {
            Ok(Found::Message(message)) => {
                let evidence = traces.evidence_with([
                    ("provider_message_id", json!(message.message_id)),
                    ("provider_group_id", json!(message.group_id)),
                    ("status_code", json!(message.status_code)),
                ]);
                match message.refused {
                    None => Probe::Happened { evidence },
                    Some(why) => Probe::Blocked {
                        reason: why.reason.to_owned(),
                        detail: why.detail,
                        evidence,
                    },
                }
            }
            // The new account's list says nothing of what the old one sent.
            Ok(Found::Nothing) if traces.is_other_account(&self.app, sender) => Probe::Conflict {
                reason: "SENDER_CHANGED".to_owned(),
                detail: "it was sent through another SOLAPI account than the one registered now; look there whether \
                         it left, and send it again if not"
                    .to_owned(),
                evidence: traces.evidence(),
            },
            Ok(Found::Nothing) => Probe::Clean {
                evidence: traces.evidence_with([("found", json!(false))]),
            },
            Ok(Found::TooMany) => Probe::NoProbe(NoProbe::AskPerson),
            Err(why) => put_off(effect, why.reason, why.detail),
        }
    }

    /// The number the message went to, if it is still one of the order's: it narrows the search.
    async fn number_sent_to(
        &self,
        effect: &ClaimedEffect,
        traces: &Traces,
        sender: &Sender,
    ) -> Result<Option<PhoneNumber>, ClientError> {
        let Some(order_id) = order_of(effect) else {
            return Ok(None);
        };
        let order_sync = &self.app.order_sync;
        let mut recipients = order_sync
            .recipients(effect.merchant_id, &[order_id])
            .await?;
        let Some(Recipient::Numbers(numbers)) = recipients.remove(&order_id) else {
            return Ok(None);
        };
        let same = |number: &PhoneNumber| traces.is_recipient(&self.app, sender, number);
        Ok(numbers.into_iter().find(same))
    }
}

fn put_off(effect: &ClaimedEffect, reason: &str, detail: impl Into<String>) -> Probe {
    Probe::Later {
        at: effect.claimed_at + ASK_AGAIN,
        reason: reason.to_owned(),
        detail: detail.into(),
    }
}
