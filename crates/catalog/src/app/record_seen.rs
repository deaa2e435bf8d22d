use std::collections::HashMap;

use moa_id::{ChannelAccountId, ListingId, MerchantId};
use sqlx::PgConnection;

use crate::app::App;
use crate::domain::sight::{Change, Known, Sight};
use crate::error::Error;
use crate::store::sights::KnownListing;
use crate::store::{changes, sights};

/// Which listing: of whom, at which account, by the channel's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(
    pub(crate) MerchantId,
    pub(crate) ChannelAccountId,
    pub(crate) String,
);

/// A listing as orders and the product list show it.
pub(crate) struct Seen {
    pub(crate) key: Key,
    pub(crate) channel: String,
    pub(crate) sight: Sight,
    pub(crate) version: i64,
}

impl App {
    /// Notes listings, their names and codes, and what of these changed, in the transaction that moves the feed's
    /// cursor. Mappings stay as they are.
    pub(crate) async fn record_seen(
        &self,
        conn: &mut PgConnection,
        seen: Vec<Seen>,
    ) -> Result<(), Error> {
        // Each event carries all that is known, so that of one listing only the newest counts.
        let mut newest: HashMap<Key, Seen> = HashMap::new();
        for listing in seen {
            match newest.get(&listing.key) {
                Some(known) if known.version >= listing.version => {}
                _ => {
                    newest.insert(listing.key.clone(), listing);
                }
            }
        }
        let mut rows: Vec<Seen> = newest.into_values().collect();
        // Always in one order, so that two batches cannot lock each other out.
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let mut stored = sights::lock_known(&mut *conn, &rows).await?;
        let mut saved: Vec<(&Seen, Known)> = Vec::with_capacity(rows.len());
        let mut news: Vec<(MerchantId, ListingId, Change)> = Vec::new();
        for row in &rows {
            // What was mapped ahead and is not any more was no listing until now.
            let known = stored.remove(&row.key);
            let known = known.filter(|known| known.seen_version > 0 || known.mapped);
            let Some(KnownListing {
                listing_id,
                seen_version,
                mut known,
                ..
            }) = known
            else {
                saved.push((row, Known::first(row.sight.clone())));
                continue;
            };
            if seen_version >= row.version {
                continue;
            }
            let changes = known.see(row.sight.clone()).into_iter();
            news.extend(changes.map(|change| (row.key.0, listing_id, change)));
            saved.push((row, known));
        }
        let now = self.clock.now();
        let saved: Vec<(&Seen, &Known)> = saved.iter().map(|(row, known)| (*row, known)).collect();
        sights::save(&mut *conn, &self.ids, &saved, now).await?;
        changes::insert(conn, &self.ids, &news, now).await
    }
}
