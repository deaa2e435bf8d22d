use chrono::TimeDelta;
use moa_effects::{EffectKind, Intended, NewEffect};
use moa_id::{ChannelAccountId, MerchantId, MessageId};
use sqlx::PgConnection;

use crate::app::App;
use crate::domain::key_warning::KeyWarning;
use crate::domain::message::{Message, MessageState};
use crate::domain::sender::SenderKind;
use crate::domain::template::Template;
use crate::effects::intent::Intent;
use crate::error::Error;
use crate::store::{messages, senders};

/// The next warning says it better.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// A channel account whose key ends soon.
pub(crate) struct ExpiringKey {
    pub(crate) merchant_id: MerchantId,
    pub(crate) channel_account_id: ChannelAccountId,
    pub(crate) warning: KeyWarning,
}

impl App {
    /// Intends one message for each key of a merchant with a Slack sender, in the caller's transaction. A key that has
    /// ended meanwhile is no news: the account says so, and a feed that is read from its beginning tells of old ones.
    pub(crate) async fn warn_of_keys(
        &self,
        conn: &mut PgConnection,
        mut expiring: Vec<ExpiringKey>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        expiring.retain(|key| key.warning.key_expires_at > now);
        if expiring.is_empty() {
            return Ok(());
        }
        let merchants: Vec<MerchantId> = expiring.iter().map(|key| key.merchant_id).collect();
        let told = senders::merchants_with(&mut *conn, SenderKind::Slack, &merchants).await?;
        expiring.retain(|key| told.contains(&key.merchant_id));
        for key in expiring {
            self.warn_of_key(&mut *conn, &key).await?;
        }
        Ok(())
    }

    async fn warn_of_key(&self, conn: &mut PgConnection, key: &ExpiringKey) -> Result<(), Error> {
        let now = self.clock.now();
        let message_id: MessageId = self.ids.next();
        let subject_id = key.channel_account_id.as_uuid();
        let message = Message {
            merchant_id: key.merchant_id,
            id: message_id,
            effect_id: self.ids.next(),
            sender: SenderKind::Slack,
            template: Template::KeyExpiring,
            subject_id,
            order_id: None,
            state: MessageState::Pending,
            version: 1,
            reason: String::new(),
            receipt: None,
            recipient_erased: false,
            created_at: now,
        };
        let effect = NewEffect {
            effect_id: message.effect_id,
            merchant_id: key.merchant_id,
            kind: EffectKind::Message,
            dedupe_key: format!(
                "{}:{}:{}:{}",
                Template::KeyExpiring.as_str(),
                key.channel_account_id,
                key.warning.key_expires_at.timestamp(),
                key.warning.within_days
            ),
            account_id: SenderKind::Slack.lane(),
            subject_id,
            order_id: None,
            payload: Intent::key_expiring(message_id, &key.warning).into_payload()?,
            not_before: None,
            give_up_at: Some((now + GIVE_UP_AFTER).min(key.warning.key_expires_at)),
        };
        let intended = self.ledger.intend(&mut *conn, &[effect]).await?;
        if intended != [Intended::Created] {
            return Ok(());
        }
        messages::insert(conn, &[message], &[]).await
    }
}
