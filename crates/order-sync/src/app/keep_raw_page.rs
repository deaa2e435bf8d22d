//! Keeping a page exactly as the channel sent it, before anything is made of it: a parser's bug then loses nothing.

use std::io::Write;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use moa_id::{DataKeyId, RawPageId};
use moa_vault::Aad;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::App;
use crate::Error;
use crate::domain::account::Account;
use crate::store::raw_pages::{self, NewRawPage};

/// A page to be kept.
pub(super) struct RawPage<'a> {
    pub(super) stream: &'a str,
    pub(super) poll_window_id: Option<Uuid>,
    pub(super) page_number: i32,
    pub(super) raw: &'a [u8],
    pub(super) sha256: [u8; 32],
    /// Whose rows it holds.
    pub(super) channel_order_ids: Vec<String>,
    pub(super) read_at: DateTime<Utc>,
}

/// The hash by which an unchanged page is recognised.
pub(super) fn sha256(raw: &[u8]) -> [u8; 32] {
    Sha256::digest(raw).into()
}

impl App {
    /// Keeps one page; see [`Self::keep_raw_pages`].
    pub(super) async fn keep_raw_page(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        page: RawPage<'_>,
    ) -> Result<RawPageId, Error> {
        let mut kept = self.keep_raw_pages(conn, account, vec![page]).await?;
        kept.pop().ok_or_else(|| no_key("of the page".to_owned()))
    }

    /// Compresses and seals pages, each under a key of its own, and stores them in the caller's transaction.
    pub(super) async fn keep_raw_pages(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        pages: Vec<RawPage<'_>>,
    ) -> Result<Vec<RawPageId>, Error> {
        let merchant_id = account.merchant_id;
        let key_ids: Vec<DataKeyId> = pages.iter().map(|_| self.ids.next()).collect();
        let keys = self
            .vault
            .create_data_keys(conn, merchant_id, &key_ids)
            .await?;
        let mut kept = Vec::with_capacity(pages.len());
        for (page, data_key_id) in pages.into_iter().zip(key_ids) {
            let raw_page_id: RawPageId = self.ids.next();
            let key = keys
                .get(&data_key_id)
                .ok_or_else(|| no_key(data_key_id.to_string()))?;
            let place = Aad {
                merchant_id,
                table: "raw_pages",
                column: "sealed",
                row: raw_page_id.as_uuid(),
            };
            let mut channel_order_ids = page.channel_order_ids;
            // PostgreSQL takes no NUL in a text; such a row is parked later, its page is kept all the same.
            channel_order_ids.retain(|id| !id.contains('\0'));
            channel_order_ids.sort();
            channel_order_ids.dedup();
            kept.push(NewRawPage {
                raw_page_id,
                stream: page.stream,
                poll_window_id: page.poll_window_id,
                page_number: page.page_number,
                data_key_id,
                sealed: key.seal(&place, &compressed(page.raw)),
                sha256: page.sha256,
                channel_order_ids,
                read_at: page.read_at,
            });
        }
        raw_pages::insert(conn, account, &kept, self.clock.now()).await?;
        Ok(kept.iter().map(|page| page.raw_page_id).collect())
    }
}

fn no_key(id: String) -> Error {
    Error::Undecodable {
        table: "data_keys",
        id,
        reason: "the key was made and is not there".to_owned(),
    }
}

/// gzip: a page of JSON shrinks to a tenth, which is less to seal, log and store.
fn compressed(raw: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(raw.len() / 4), Compression::fast());
    let finished = encoder.write_all(raw).and_then(|()| encoder.finish());
    // Writing into memory does not fail; were it to, the page would be kept as it is.
    finished.unwrap_or_else(|_| raw.to_vec())
}
