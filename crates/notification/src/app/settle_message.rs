use chrono::{DateTime, Utc};
use moa_effects::{Effect, EffectState};
use serde_json::Value;
use sqlx::PgConnection;

use crate::app::App;
use crate::domain::Outcome;
use crate::domain::delivery;
use crate::domain::message::{Message, Receipt};
use crate::effects::traces::RECIPIENT;
use crate::error::Error;
use crate::events;
use crate::store::delivery_checks::{self, DeliveryCheck};
use crate::store::messages;

impl App {
    /// Carries the outcome of an effect over to its message, in the ledger's transaction.
    pub(crate) async fn settle_message(
        &self,
        conn: &mut PgConnection,
        effect: &Effect,
    ) -> Result<(), Error> {
        let locked =
            messages::lock_by_effects(&mut *conn, effect.merchant_id, &[effect.effect_id]).await?;
        let Some(mut message) = locked.into_iter().next() else {
            return Err(Error::Row {
                table: "notification.messages",
                id: effect.effect_id.to_string(),
                reason: "the effect has no message".to_owned(),
            });
        };
        let now = self.clock.now();
        match effect.state {
            EffectState::Confirmed => {
                let receipt = receipt(&effect.evidence, now);
                if message.accept(receipt, &effect.reason) == Outcome::Applied {
                    self.keep_accepted(&mut *conn, &message, now).await?;
                }
            }
            EffectState::Rejected | EffectState::Dead | EffectState::Blocked => {
                if message.fail(&effect.reason) == Outcome::Applied {
                    messages::save(&mut *conn, &message, now).await?;
                    let told = events::message_failed(&self.ids, &message, now);
                    self.outbox.push_all(&mut *conn, &[told]).await?;
                }
            }
            // Whether it was sent is not known, or cannot be taken back: it stays where it is, and says why.
            EffectState::Unknown | EffectState::Conflict | EffectState::Repair => {
                if message.note(&effect.reason) == Outcome::Applied {
                    messages::save(&mut *conn, &message, now).await?;
                }
            }
            EffectState::Pending
            | EffectState::Claimed
            | EffectState::Verified
            | EffectState::Sending
            | EffectState::Retryable => {}
        }
        if message.recipient_erased {
            // It was under way while its recipient was erased.
            self.ledger
                .forget_evidence(conn, effect.merchant_id, &[effect.effect_id], RECIPIENT)
                .await?;
        }
        Ok(())
    }

    async fn keep_accepted(
        &self,
        conn: &mut PgConnection,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        messages::save(&mut *conn, message, now).await?;
        let told = events::message_accepted(&self.ids, message, now);
        self.outbox.push_all(&mut *conn, &[told]).await?;
        let waited = (now - message.created_at).as_seconds_f64().max(0.0);
        metrics::histogram!("moa_message_handover_seconds", "template" => message.template.as_str())
            .record(waited);
        let receipt = message.receipt.as_ref();
        let Some(provider_message_id) = receipt.and_then(|r| r.provider_message_id.clone()) else {
            // Slack gives no id and no reports: what it took is in the channel.
            return Ok(());
        };
        let check = DeliveryCheck {
            merchant_id: message.merchant_id,
            message_id: message.id,
            provider_message_id,
            accepted_at: now,
        };
        let first = delivery::next_check(now, now).unwrap_or(now);
        delivery_checks::insert(conn, &check, first).await
    }
}

fn receipt(evidence: &Value, accepted_at: DateTime<Utc>) -> Receipt {
    let text = |name: &str| evidence.get(name).and_then(Value::as_str);
    Receipt {
        provider_message_id: text("provider_message_id").map(str::to_owned),
        provider_group_id: text("provider_group_id").map(str::to_owned),
        recipient_hash: text(RECIPIENT).and_then(|hash| hex::decode(hash).ok()),
        accepted_at,
    }
}
