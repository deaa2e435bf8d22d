//! What a link would activate; changes nothing.

use moa_id::MerchantId;

use super::App;
use crate::Error;
use crate::domain::entitlement::{
    ActivationRefusal, ActivationToken, Entitlement, EntitlementState,
};
use crate::store::entitlements;

impl App {
    /// The entitlement behind a token.
    #[tracing::instrument(name = "fulfillment.preview_activation", skip_all)]
    pub async fn preview_activation(
        &self,
        merchant_id: MerchantId,
        token: &str,
    ) -> Result<Entitlement, Error> {
        let entitlement = self.find_by_token(merchant_id, token).await?;
        if entitlement.state == EntitlementState::Revoked {
            return Err(ActivationRefusal::Revoked.into());
        }
        Ok(entitlement)
    }

    pub(super) async fn find_by_token(
        &self,
        merchant_id: MerchantId,
        token: &str,
    ) -> Result<Entitlement, Error> {
        let token = ActivationToken::parse(token).ok_or(Error::TokenUnknown)?;
        let mut conn = self.db.acquire().await?;
        let found = entitlements::find_by_token(&mut conn, merchant_id, &token.hash()).await?;
        found.ok_or(Error::TokenUnknown)
    }
}
