use moa_id::{ChannelAccountId, MerchantId};

use crate::app::App;
use crate::domain::listing::{Listing, Mapping, Outcome};
use crate::error::Error;
use crate::events;
use crate::store::{listings, products};

pub(crate) struct MapListing {
    pub(crate) merchant_id: MerchantId,
    /// Empty when the listing was seen already.
    pub(crate) channel: String,
    pub(crate) account_id: ChannelAccountId,
    pub(crate) channel_listing_id: String,
    pub(crate) mapping: Mapping,
    pub(crate) operator: String,
}

impl App {
    /// Says what a listing stands for, seen already or not.
    #[tracing::instrument(name = "catalog.map_listing", skip_all)]
    pub(crate) async fn map_listing(&self, command: MapListing) -> Result<Listing, Error> {
        let MapListing {
            merchant_id,
            mapping,
            ..
        } = command;
        let mut tx = self.db.begin().await?;
        let variants = products::variants(&mut tx, merchant_id, &[mapping.variant_id]).await?;
        let variant = variants
            .first()
            .ok_or(Error::VariantNotFound(mapping.variant_id))?;
        let key = (command.account_id, command.channel_listing_id.as_str());
        let mut listing = match listings::lock(&mut tx, merchant_id, key).await? {
            Some(listing) => listing,
            None if command.channel.is_empty() => return Err(Error::ChannelMissing),
            None => {
                let unseen = Listing {
                    id: self.ids.next(),
                    channel: command.channel,
                    account_id: command.account_id,
                    channel_listing_id: command.channel_listing_id.clone(),
                    product_name: String::new(),
                    option_name: String::new(),
                    sku_code: String::new(),
                    mapping: None,
                    version: 0,
                    first_seen_at: self.clock.now(),
                };
                listings::insert_unseen(&mut tx, merchant_id, &unseen).await?;
                // Order-sync may have seen it in this very moment: the row that stands is the one to map.
                let stored = listings::lock(&mut tx, merchant_id, key).await?;
                stored.unwrap_or(unseen)
            }
        };
        if listing.map(mapping) == Outcome::Applied {
            let now = self.clock.now();
            listings::save_mapping(&mut tx, merchant_id, &listing, &command.operator, now).await?;
            let event =
                events::listing_mapped(&self.ids, merchant_id, &listing, mapping, variant, now);
            self.outbox.push_all(&mut tx, &[event]).await?;
            tx.commit().await?;
            self.outbox.wake();
        }
        Ok(listing)
    }
}
