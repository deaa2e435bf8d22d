use moa_id::{ListingId, MerchantId};
use uuid::Uuid;

use crate::app::App;
use crate::domain::listing::{Listing, Signature};
use crate::error::Error;
use crate::store::{changes, listings};

impl App {
    /// A person has looked at a listing, and at its changes up to `last_change`. What came later stays.
    #[tracing::instrument(name = "catalog.acknowledge_listing", skip_all, fields(listing.id = %listing_id))]
    pub(crate) async fn acknowledge_listing(
        &self,
        merchant_id: MerchantId,
        listing_id: ListingId,
        last_change: Option<Uuid>,
        operator: String,
    ) -> Result<Listing, Error> {
        let mut tx = moa_service::begin(&self.db).await?;
        let found = listings::lock(&mut tx, merchant_id, listing_id).await?;
        found.ok_or(Error::ListingNotFound(listing_id))?;
        let by = Signature {
            operator,
            at: self.clock.now(),
        };
        changes::acknowledge(&mut tx, merchant_id, listing_id, last_change, &by).await?;
        let listing = listings::get(&mut tx, merchant_id, listing_id).await?;
        let listing = listing.ok_or(Error::ListingNotFound(listing_id))?;
        tx.commit().await?;
        Ok(listing)
    }
}
