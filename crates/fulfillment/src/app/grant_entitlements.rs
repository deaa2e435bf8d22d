//! Gives the right to digital products, each with a secret of its own that is sealed until it was delivered.

use chrono::{DateTime, Utc};
use moa_id::{DataKeyId, EntitlementId, MerchantId};
use moa_outbox::NewEvent;
use moa_vault::{Aad, VaultError};
use sqlx::PgConnection;

use super::App;
use crate::domain::entitlement::{ActivationToken, Entitlement};
use crate::store::entitlements::{self, SealedToken};
use crate::{Error, events};

impl App {
    /// Writes entitlements down with their tokens. Answers what the hub is to hear.
    pub(super) async fn grant_entitlements(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        grants: &[Entitlement],
        now: DateTime<Utc>,
    ) -> Result<Vec<NewEvent>, Error> {
        let key_ids: Vec<DataKeyId> = grants.iter().map(|_| self.ids.next()).collect();
        let keys = self
            .vault
            .create_data_keys(&mut *conn, merchant_id, &key_ids)
            .await?;
        let mut new_events = Vec::with_capacity(grants.len());
        for (entitlement, data_key_id) in grants.iter().zip(key_ids) {
            let key = keys
                .get(&data_key_id)
                .ok_or(Error::Vault(VaultError::Refused))?;
            let token = ActivationToken::from_random(rand::random());
            let sealed = key.seal(&place(merchant_id, entitlement.id), token.expose_bytes());
            let sealed = SealedToken {
                data_key_id,
                sealed,
            };
            entitlements::insert(&mut *conn, entitlement, &token.hash(), &sealed).await?;
            new_events.push(events::entitlement_granted(&self.ids, entitlement, now));
        }
        Ok(new_events)
    }
}

/// Where a sealed token belongs.
pub(super) fn place(merchant_id: MerchantId, entitlement_id: EntitlementId) -> Aad {
    Aad {
        merchant_id,
        table: "activation_tokens",
        column: "sealed",
        row: entitlement_id.as_uuid(),
    }
}
