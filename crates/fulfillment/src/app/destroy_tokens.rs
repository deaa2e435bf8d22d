//! Destroys the secrets of links that were delivered long enough ago, or whose order was cancelled.

use std::collections::BTreeMap;

use moa_id::{DataKeyId, MerchantId};

use super::App;
use crate::Error;
use crate::store::entitlements;

/// Tokens destroyed in one transaction.
const BATCH: i64 = 500;

impl App {
    /// Destroys one batch. Answers how many there were.
    #[tracing::instrument(name = "fulfillment.destroy_tokens", skip_all)]
    pub async fn destroy_tokens(&self) -> Result<usize, Error> {
        let mut tx = moa_service::begin(&self.db).await?;
        let due = entitlements::remove_due_tokens(&mut tx, self.clock.now(), BATCH).await?;
        let mut keys: BTreeMap<MerchantId, Vec<DataKeyId>> = BTreeMap::new();
        for token in &due {
            keys.entry(token.merchant_id)
                .or_default()
                .push(token.data_key_id);
        }
        for (merchant_id, key_ids) in keys {
            self.vault
                .destroy_data_keys(&mut tx, merchant_id, &key_ids)
                .await?;
        }
        tx.commit().await?;
        Ok(due.len())
    }
}
