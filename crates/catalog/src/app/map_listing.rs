use moa_id::{ChannelAccountId, ListingId, MerchantId, VariantId};
use uuid::Uuid;

use crate::app::App;
use crate::domain::listing::{Attention, Component, Listing, Outcome, Signature};
use crate::error::Error;
use crate::events;
use crate::store::{changes, listings, mappings, products};

pub(crate) struct MapListing {
    pub(crate) merchant_id: MerchantId,
    /// Empty when the listing was seen already.
    pub(crate) channel: String,
    pub(crate) account_id: ChannelAccountId,
    pub(crate) channel_listing_id: String,
    /// Variants with their quantities.
    pub(crate) components: Vec<(VariantId, i32)>,
    /// The version that the person saw; none: whatever it is.
    pub(crate) expected_version: Option<i64>,
    pub(crate) operator: String,
}

pub(crate) struct UnmapListing {
    pub(crate) merchant_id: MerchantId,
    pub(crate) listing_id: ListingId,
    pub(crate) expected_version: Option<i64>,
    pub(crate) operator: String,
}

impl App {
    /// Says what a listing stands for, seen already or not.
    #[tracing::instrument(name = "catalog.map_listing", skip_all)]
    pub(crate) async fn map_listing(&self, command: MapListing) -> Result<Listing, Error> {
        let merchant_id = command.merchant_id;
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let ids: Vec<VariantId> = command.components.iter().map(|(id, _)| *id).collect();
        let variants = products::briefs(&mut tx, merchant_id, &ids).await?;
        let components = command.components.iter().map(|(id, quantity)| {
            let variant = variants.iter().find(|variant| variant.id == *id);
            Ok(Component {
                variant: variant.cloned().ok_or(Error::VariantNotFound(*id))?,
                quantity: *quantity,
            })
        });
        let components: Vec<Component> = components.collect::<Result<_, Error>>()?;
        let key = (command.account_id, command.channel_listing_id.as_str());
        let mut listing = match listings::lock_by_key(&mut tx, merchant_id, key).await? {
            Some(listing) => listing,
            None if command.channel.is_empty() => return Err(Error::ChannelMissing),
            None => {
                let id: ListingId = self.ids.next();
                let channel = &command.channel;
                listings::insert_unseen(&mut tx, merchant_id, id, channel, key, now).await?;
                // Order-sync may have seen it in this very moment: the row that stands is the one to map.
                let stored = listings::lock_by_key(&mut tx, merchant_id, key).await?;
                stored.ok_or(Error::ListingNotFound(id))?
            }
        };
        let by = Signature {
            operator: command.operator,
            at: now,
        };
        let was_new = listing.attention == Some(Attention::New);
        let outcome = listing.map(components, command.expected_version, by.clone())?;
        if outcome == Outcome::Applied {
            mappings::save(&mut tx, merchant_id, &listing, &by).await?;
            if was_new {
                // Nobody ever saw what it was before: there is nothing to compare.
                let all = Some(Uuid::max());
                changes::acknowledge(&mut tx, merchant_id, listing.id, all, &by).await?;
            }
            let event = events::listing_mapped(&self.ids, merchant_id, &listing, now);
            self.outbox.push_all(&mut tx, &[event]).await?;
            tx.commit().await?;
            self.outbox.wake();
        }
        Ok(listing)
    }

    /// Takes a listing's mapping back.
    #[tracing::instrument(name = "catalog.unmap_listing", skip_all, fields(listing.id = %command.listing_id))]
    pub(crate) async fn unmap_listing(&self, command: UnmapListing) -> Result<Listing, Error> {
        let (merchant_id, listing_id) = (command.merchant_id, command.listing_id);
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let found = listings::lock(&mut tx, merchant_id, listing_id).await?;
        let mut listing = found.ok_or(Error::ListingNotFound(listing_id))?;
        let by = Signature {
            operator: command.operator,
            at: now,
        };
        if listing.unmap(command.expected_version, by.clone())? == Outcome::Applied {
            mappings::save(&mut tx, merchant_id, &listing, &by).await?;
            let event = events::listing_unmapped(&self.ids, merchant_id, &listing, now);
            self.outbox.push_all(&mut tx, &[event]).await?;
            tx.commit().await?;
            self.outbox.wake();
        }
        Ok(listing)
    }
}
