//! Reading the channels' product lists: every listing is known before anybody orders it, and what was renamed is seen.
//!
//! A list is walked page by page out of the sweeps' share of the quota, and goes on where it was left off. What it holds is
//! no personal data and can be read again at any time, so that no raw page is kept.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use moa_jobs::RunReport;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::clients::products::{ListedProduct, ProductsPage};
use crate::domain::account::Account;
use crate::domain::listing::ListedOffer;
use crate::store::product_walks::{self, ProductWalk};
use crate::store::{accounts, listings};
use crate::{Error, events};

/// Whose product list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductsOf {
    /// Of each account whose list was not read whole for a day.
    Overdue,
    /// Of every account.
    All,
}

/// How often a list is read.
const PERIOD: TimeDelta = TimeDelta::hours(24);
/// Accounts read beside each other: each waits for its own quota.
const BESIDE: usize = 4;
/// Pages of one walk. Whoever has more has a list that does not end.
const MAX_PAGES: i32 = 5_000;
/// Tries of one page before the walk begins anew: its token may be stale.
const MAX_FAILURES: i32 = 3;
/// Products in a row that could not be read: the channel is ill then, not they.
const MAX_UNREAD: u32 = 5;
/// Listings stored in one transaction.
const BATCH: usize = 500;
/// Accounts that are named when their lists could not be read.
const NAMED: usize = 5;

impl App {
    /// Reads product lists and tells of what is new in them; gives what it came to.
    pub async fn read_products(
        &self,
        of: ProductsOf,
        cancel: &CancellationToken,
    ) -> Result<RunReport, Error> {
        let mut due = Vec::new();
        let now = self.clock.now();
        for account in accounts::list_active(&self.pool).await? {
            let mut conn = self.pool.acquire().await?;
            let walk = product_walks::get(&mut conn, &account).await?;
            let overdue =
                walk.started_at.is_some() || walk.finished_at.is_none_or(|at| at <= now - PERIOD);
            if overdue || of == ProductsOf::All {
                due.push((account, walk));
            }
        }
        if due.is_empty() {
            let said = "nothing to do: every product list was read within a day";
            return Ok(RunReport::new("NO_PRODUCTS_DUE", said));
        }
        let asked = due.len();
        let walks = futures::stream::iter(due).map(|(account, walk)| async move {
            let walked = self.walk_products(&account, walk, cancel).await;
            (account, walked)
        });
        let walked: Vec<_> = walks.buffer_unordered(BESIDE).collect().await;
        let mut total = ProductWalk::default();
        let mut failed = Vec::new();
        for (account, walked) in walked {
            match walked {
                Ok(walk) => {
                    total.products += walk.products;
                    total.listings += walk.listings;
                    total.unread += walk.unread;
                }
                Err(error) => failed.push(format!(
                    "{} {}: {}",
                    account.channel,
                    account.channel_account_id,
                    error.chain()
                )),
            }
        }
        if failed.is_empty() {
            let said = format!(
                "read {} product(s) with {} listing(s) of {asked} account(s); {} product(s) could not be read",
                total.products, total.listings, total.unread
            );
            return Ok(RunReport::new("PRODUCTS_READ", said)
                .count("products", total.products)
                .count("listings", total.listings)
                .count("accounts", asked)
                .count("unread", total.unread));
        }
        Err(Error::ProductListsUnread {
            failed: failed.len(),
            asked,
            accounts: failed
                .iter()
                .take(NAMED)
                .cloned()
                .collect::<Vec<_>>()
                .join("; "),
        })
    }

    /// Walks one account's list to its end.
    async fn walk_products(
        &self,
        account: &Account,
        mut walk: ProductWalk,
        cancel: &CancellationToken,
    ) -> Result<ProductWalk, Error> {
        if walk.started_at.is_none() {
            walk = begun_anew(&walk, self.clock.now());
        }
        // Only the place that was kept may be one of an older release; one that was told just now is refused for itself.
        let mut is_kept_place = !walk.page_token.is_empty();
        while walk.started_at.is_some() {
            let step = tokio::select! {
                // A page given up on the way is read again.
                () = cancel.cancelled() => return Err(Error::Stopping),
                step = self.walk_page(account, &mut walk) => step,
            };
            let reason = match &step {
                Ok(()) => "",
                Err(error) if is_kept_place && is_strange_place(error) => {
                    is_kept_place = false;
                    walk = begun_anew(&walk, self.clock.now());
                    continue;
                }
                Err(error) => {
                    walk.failures += 1;
                    if walk.failures >= MAX_FAILURES {
                        walk = begun_anew(&walk, self.clock.now());
                    }
                    error.reason()
                }
            };
            is_kept_place = false;
            let key = (account.merchant_id, account.channel_account_id);
            let mut conn = self.pool.acquire().await?;
            product_walks::save(&mut conn, key, &walk, reason).await?;
            step?;
        }
        Ok(walk)
    }

    /// Reads one page and stores what it shows.
    async fn walk_page(&self, account: &Account, walk: &mut ProductWalk) -> Result<(), Error> {
        if walk.pages >= MAX_PAGES {
            return Err(Error::Channel {
                reason: "PRODUCT_LIST_ENDLESS".to_owned(),
                detail: format!("the product list goes on after {MAX_PAGES} pages"),
                retry_after: None,
            });
        }
        let ProductsPage {
            products,
            rejected,
            next_page_token,
        } = self
            .channel_proxy
            .fetch_products(account, &walk.page_token)
            .await?;
        let (mut unread, mut in_a_row) = (rejected, 0);
        // One listing may stand in two products of a page; the later one counts.
        let mut offers: BTreeMap<String, ListedOffer> = BTreeMap::new();
        let read = products.len();
        for product in products {
            let product = match self.with_listings(account, product).await {
                Ok(product) => product,
                Err(error @ Error::Channel { .. }) if in_a_row < MAX_UNREAD => {
                    in_a_row += 1;
                    unread += 1;
                    let code = &account.channel;
                    tracing::warn!(channel_account.id = %account.channel_account_id, error = %error, "a product of {code} could not be read and is left to the next walk: {error}");
                    continue;
                }
                Err(error) => return Err(error),
            };
            in_a_row = 0;
            for offer in product.into_iter().flat_map(|product| product.offers) {
                offers.insert(offer.channel_listing_id.clone(), offer);
            }
        }
        let offers: Vec<ListedOffer> = offers.into_values().collect();
        for batch in offers.chunks(BATCH) {
            self.store_listed(account, batch).await?;
        }
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        walk.pages += 1;
        walk.products = walk.products.saturating_add(count(read));
        walk.listings = walk.listings.saturating_add(count(offers.len()));
        walk.unread = walk.unread.saturating_add(count(unread));
        walk.failures = 0;
        if next_page_token.is_empty() {
            walk.finished_at = Some(self.clock.now());
            walk.started_at = None;
        }
        walk.page_token = next_page_token;
        Ok(())
    }

    /// The product with its listings: where the list does not show them, its own page does. None when it is gone.
    async fn with_listings(
        &self,
        account: &Account,
        product: ListedProduct,
    ) -> Result<Option<ListedProduct>, Error> {
        if !product.offers.is_empty() || !product.may_be_sold {
            return Ok(Some(product));
        }
        let id = &product.channel_product_id;
        self.channel_proxy.fetch_product(account, id).await
    }

    async fn store_listed(&self, account: &Account, offers: &[ListedOffer]) -> Result<(), Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        let saved = listings::save_listed(&mut tx, account, offers, &self.ids).await?;
        if saved.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let told: Vec<_> = saved
            .iter()
            .map(|listing| events::listing_seen(&self.ids, account, listing, now))
            .collect();
        self.outbox.push_all(&mut tx, &told).await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(())
    }
}

/// A walk from the first page on.
fn begun_anew(walk: &ProductWalk, now: DateTime<Utc>) -> ProductWalk {
    ProductWalk {
        started_at: Some(now),
        finished_at: walk.finished_at,
        ..ProductWalk::default()
    }
}

/// Whether channel-proxy does not know the place where a list is to go on.
fn is_strange_place(error: &Error) -> bool {
    matches!(error, Error::Channel { reason, .. } if reason == "INVALID_ARGUMENT")
}
