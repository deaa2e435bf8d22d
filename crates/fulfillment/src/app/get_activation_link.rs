//! The link's secret, for the sender only, while it is kept.

use moa_id::{EntitlementId, MerchantId};

use super::App;
use super::grant_entitlements::place;
use crate::Error;
use crate::domain::entitlement::{ActivationToken, Entitlement, EntitlementState};
use crate::store::{StoreError, entitlements};

impl App {
    /// The complete address with the token behind `#`, which browsers do not send to servers.
    #[tracing::instrument(name = "fulfillment.get_activation_link", skip_all, fields(entitlement.id = %entitlement_id))]
    pub async fn get_activation_link(
        &self,
        merchant_id: MerchantId,
        entitlement_id: EntitlementId,
    ) -> Result<(String, Entitlement), Error> {
        let mut conn = self.db.acquire().await?;
        let entitlement = entitlements::get(&mut conn, merchant_id, entitlement_id).await?;
        let entitlement = entitlement.ok_or(Error::EntitlementNotFound(entitlement_id))?;
        if entitlement.state == EntitlementState::Revoked {
            return Err(Error::EntitlementRevoked(entitlement_id));
        }
        let token = entitlements::token(&mut conn, merchant_id, entitlement_id).await?;
        let token = token.ok_or(Error::TokenGone(entitlement_id))?;
        let keys = self
            .vault
            .data_keys(&mut conn, merchant_id, &[token.data_key_id])
            .await?;
        let key = keys
            .get(&token.data_key_id)
            .ok_or(Error::TokenGone(entitlement_id))?;
        let opened = key.open(&place(merchant_id, entitlement_id), &token.sealed)?;
        let token = ActivationToken::from_sealed(&opened).ok_or_else(|| StoreError::Corrupt {
            table: "activation token",
            id: entitlement_id.to_string(),
            reason: "it is not 32 bytes long".to_owned(),
        })?;
        let url = format!(
            "{}/a/{merchant_id}#{}",
            self.store_public_url,
            token.expose_text()
        );
        Ok((url, entitlement))
    }
}
