//! Takes over mappings that catalog announced; the planner then looks at the orders that waited for them.

use std::collections::BTreeMap;

use moa_id::MerchantId;
use sqlx::PgConnection;

use super::App;
use crate::Error;
use crate::store::listings::{self, ListingKey, ListingMapping};

impl App {
    /// Applies mappings of one merchant in the caller's transaction.
    #[tracing::instrument(name = "fulfillment.apply_listings", skip_all, fields(listings = announced.len()))]
    pub async fn apply_listings(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        announced: Vec<ListingMapping>,
    ) -> Result<(), Error> {
        let mut newest: BTreeMap<ListingKey, ListingMapping> = BTreeMap::new();
        for mapping in announced {
            if newest
                .get(&mapping.key)
                .is_none_or(|known| known.version < mapping.version)
            {
                newest.insert(mapping.key.clone(), mapping);
            }
        }
        let newest: Vec<_> = newest.into_values().collect();
        listings::announce(conn, merchant_id, &newest, self.clock.now()).await?;
        Ok(())
    }
}
