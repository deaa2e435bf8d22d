use chrono::{DateTime, Utc};
use moa_effects::EffectKind;
use moa_id::DataKeyId;

use super::senders::{place, plaintext};
use crate::app::App;
use crate::domain::sender::Sender;
use crate::effects::AWAITS_SENDER;
use crate::error::Error;
use crate::store::senders::{self, SealedSender};

impl App {
    /// Stores a sender, or replaces the one of its kind; what the old credentials were sealed with is destroyed.
    /// What waited for it leaves at once.
    #[tracing::instrument(name = "notification.put_sender", skip_all)]
    pub(crate) async fn put_sender(&self, sender: &Sender) -> Result<DateTime<Utc>, Error> {
        let merchant_id = sender.merchant_id;
        let kind = sender.credentials.kind();
        let data_key_id: DataKeyId = self.ids.next();
        let sender_id = self.ids.uuid();
        let now = self.clock.now();
        let plaintext = plaintext(&sender.credentials)?;

        let mut tx = moa_service::begin(&self.db).await?;
        let replaced = senders::lock_data_key(&mut tx, merchant_id, kind).await?;
        let keys = self
            .vault
            .create_data_keys(&mut tx, merchant_id, &[data_key_id])
            .await?;
        let key = keys.get(&data_key_id).ok_or(Error::DataKeyMissing)?;
        let sealed = SealedSender {
            sender_id,
            kind,
            base_url: sender.base_url.clone(),
            credentials_sealed: key.seal(&place(merchant_id, sender_id), &plaintext),
            data_key_id,
            updated_at: now,
        };
        senders::put(&mut tx, merchant_id, &sealed).await?;
        let old: Vec<DataKeyId> = replaced.into_iter().collect();
        self.vault
            .destroy_data_keys(&mut tx, merchant_id, &old)
            .await?;
        self.ledger
            .hasten(
                &mut tx,
                merchant_id,
                EffectKind::Message,
                kind.lane(),
                &AWAITS_SENDER,
            )
            .await?;
        tx.commit().await?;
        self.ledger.wake();
        tracing::info!(merchant.id = %merchant_id, "the {} sender of merchant {merchant_id} was registered", kind.as_str());
        Ok(now)
    }
}
