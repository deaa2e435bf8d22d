use std::collections::HashMap;

use moa_id::{ListingId, MerchantId};
use sqlx::PgConnection;

use crate::app::App;
use crate::domain::listing::{Attention, Listing};
use crate::domain::suggest::{Suggester, Suggestion, Wanted};
use crate::error::Error;
use crate::store::changes::StoredChange;
use crate::store::listings::ListingFilter;
use crate::store::{changes, listings, products};

/// Variants that names are compared with, at most: the newest. Equal codes are found beyond that too.
const CANDIDATES: i64 = 5_000;
/// Changes shown of one listing.
const SHOWN_CHANGES: i64 = 20;

/// A listing with what a person needs to decide about it.
pub(crate) struct ShownListing {
    pub(crate) listing: Listing,
    /// Nobody has acknowledged these.
    pub(crate) changes: Vec<StoredChange>,
    pub(crate) suggestions: Vec<Suggestion>,
}

/// Whether to look for variants that unmapped listings may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suggest {
    Yes,
    No,
}

impl App {
    /// A page of listings with their open changes, and with suggestions for the unmapped ones.
    #[tracing::instrument(name = "catalog.show_listings", skip_all)]
    pub(crate) async fn show_listings(
        &self,
        merchant_id: MerchantId,
        filter: &ListingFilter,
        limit: i64,
        suggest: Suggest,
    ) -> Result<Vec<ShownListing>, Error> {
        let mut conn = self.db.acquire().await?;
        let page = listings::list(&mut conn, merchant_id, filter, limit).await?;
        let suggester = match suggest {
            Suggest::Yes => suggester(&mut conn, merchant_id, &page).await?,
            Suggest::No => None,
        };
        let mut shown = with_changes(&mut conn, merchant_id, page).await?;
        drop(conn);
        if let Some(suggester) = suggester {
            for one in shown.iter_mut().filter(|one| is_unmapped(&one.listing)) {
                let wanted = Wanted {
                    names: &one.listing.names,
                    barcode: &one.listing.barcode,
                };
                one.suggestions = suggester.suggest(&wanted);
            }
        }
        Ok(shown)
    }

    /// A listing with its open changes.
    pub(crate) async fn show_listing(
        &self,
        merchant_id: MerchantId,
        listing: Listing,
    ) -> Result<ShownListing, Error> {
        let id = listing.id;
        let mut conn = self.db.acquire().await?;
        let shown = with_changes(&mut conn, merchant_id, vec![listing]).await?;
        shown.into_iter().next().ok_or(Error::ListingNotFound(id))
    }
}

fn is_unmapped(listing: &Listing) -> bool {
    listing.components.is_empty()
}

/// The variants to compare with, read once for the whole page; none when nothing of it is unmapped.
async fn suggester(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: &[Listing],
) -> Result<Option<Suggester>, Error> {
    let unmapped = || page.iter().filter(|listing| is_unmapped(listing));
    if unmapped().next().is_none() {
        return Ok(None);
    }
    let skus: Vec<String> = unmapped()
        .map(|l| l.names.sku_code.trim().to_lowercase())
        .collect();
    let barcodes: Vec<String> = unmapped()
        .map(|l| l.barcode.trim().to_lowercase())
        .collect();
    let candidates = products::candidates(conn, merchant_id, &skus, &barcodes, CANDIDATES).await?;
    Ok(Some(Suggester::new(candidates)))
}

async fn with_changes(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: Vec<Listing>,
) -> Result<Vec<ShownListing>, Error> {
    // What changed of a listing that nobody ever saw is of no use to anybody.
    let changed = page
        .iter()
        .filter(|listing| listing.attention == Some(Attention::Changed));
    let ids: Vec<ListingId> = changed.map(|listing| listing.id).collect();
    let mut by_listing: HashMap<ListingId, Vec<StoredChange>> = HashMap::new();
    for change in changes::open(conn, merchant_id, &ids, SHOWN_CHANGES).await? {
        by_listing
            .entry(change.listing_id)
            .or_default()
            .push(change);
    }
    let shown = page.into_iter().map(|listing| ShownListing {
        changes: by_listing.remove(&listing.id).unwrap_or_default(),
        suggestions: Vec::new(),
        listing,
    });
    Ok(shown.collect())
}
