//! Gives a digital product to a customer, once.

use moa_id::{CustomerId, MerchantId};

use super::App;
use crate::domain::Outcome;
use crate::domain::entitlement::Entitlement;
use crate::store::entitlements::{self, RedemptionOutcome};
use crate::{Error, events};

/// What a customer gets.
#[derive(Debug)]
pub struct Redemption {
    /// The right, now the customer's.
    pub entitlement: Entitlement,
    /// The same customer had it already.
    pub already_activated: bool,
    /// What was bought.
    pub digital_content: String,
}

impl App {
    /// Activates. Every use is recorded, the refused ones too.
    #[tracing::instrument(name = "fulfillment.redeem_activation", skip_all)]
    pub async fn redeem_activation(
        &self,
        merchant_id: MerchantId,
        token: &str,
        customer_id: CustomerId,
    ) -> Result<Redemption, Error> {
        let found = self.find_by_token(merchant_id, token).await?;
        // Asked first: a link must not be used up while its content cannot be shown.
        let content = self
            .catalog
            .digital_content(merchant_id, found.variant_id)
            .await?;
        let digital_content = content.ok_or(Error::ContentMissing)?;

        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let locked = entitlements::lock(&mut tx, merchant_id, found.id).await?;
        let mut entitlement = locked.ok_or(Error::TokenUnknown)?;
        let activated = entitlement.activate(customer_id, now);
        let outcome = match &activated {
            Ok(Outcome::Applied(())) => RedemptionOutcome::Activated,
            Ok(Outcome::AlreadyApplied) => RedemptionOutcome::Repeated,
            Err(_) => RedemptionOutcome::Refused,
        };
        if outcome == RedemptionOutcome::Activated {
            entitlements::save(&mut tx, &mut entitlement, now).await?;
            self.outbox
                .push_all(
                    &mut tx,
                    &[events::entitlement_changed(&self.ids, &entitlement, now)],
                )
                .await?;
        }
        let redemption_id = self.ids.uuid();
        entitlements::record_redemption(
            &mut tx,
            &entitlement,
            redemption_id,
            customer_id,
            outcome,
            now,
        )
        .await?;
        tx.commit().await?;
        self.outbox.wake();
        activated?;
        let already_activated = outcome == RedemptionOutcome::Repeated;
        Ok(Redemption {
            entitlement,
            already_activated,
            digital_content,
        })
    }
}
