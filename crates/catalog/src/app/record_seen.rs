use std::collections::HashMap;

use moa_id::{ChannelAccountId, MerchantId};
use sqlx::PgConnection;

use crate::app::App;
use crate::error::Error;
use crate::store::listings;

/// A listing as an order showed it.
pub(crate) struct Seen {
    pub(crate) merchant_id: MerchantId,
    pub(crate) channel: String,
    pub(crate) account_id: ChannelAccountId,
    pub(crate) channel_listing_id: String,
    pub(crate) product_name: String,
    pub(crate) option_name: String,
    pub(crate) sku_code: String,
    pub(crate) version: i64,
}

impl App {
    /// Notes listings and their names, in the transaction that moves the feed's cursor. Mappings stay as they are.
    pub(crate) async fn record_seen(
        &self,
        conn: &mut PgConnection,
        seen: Vec<Seen>,
    ) -> Result<(), Error> {
        // One statement cannot touch a row twice: of one listing only the newest counts.
        let mut newest: HashMap<(MerchantId, ChannelAccountId, String), Seen> = HashMap::new();
        for listing in seen {
            let key = (
                listing.merchant_id,
                listing.account_id,
                listing.channel_listing_id.clone(),
            );
            match newest.get(&key) {
                Some(known) if known.version >= listing.version => {}
                _ => {
                    newest.insert(key, listing);
                }
            }
        }
        let mut rows: Vec<Seen> = newest.into_values().collect();
        // Always in one order, so that two batches cannot lock each other out.
        rows.sort_by(|a, b| {
            (a.merchant_id, a.account_id, &a.channel_listing_id).cmp(&(
                b.merchant_id,
                b.account_id,
                &b.channel_listing_id,
            ))
        });
        listings::upsert_seen(conn, &self.ids, &rows, self.clock.now()).await
    }
}
