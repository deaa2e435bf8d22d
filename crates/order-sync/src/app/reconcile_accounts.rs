//! Comparing our accounts with channel-proxy's: an event that is gone before we read it must not leave one out.

use super::App;
use crate::Error;
use crate::store::accounts;

/// Pages of accounts, at most: half a million accounts.
const MAX_PAGES: usize = 1000;

impl App {
    /// Saves what channel-proxy lists, where that is newer than what we know; gives how many accounts were news.
    #[tracing::instrument(name = "order_sync.reconcile_accounts", skip_all)]
    pub async fn reconcile_accounts(&self) -> Result<usize, Error> {
        let mut page_token = String::new();
        let mut news = 0;
        for _ in 0..MAX_PAGES {
            let page = self.channel_proxy.list_accounts(&page_token).await?;
            let now = self.clock.now();
            let mut tx = moa_service::begin(&self.pool).await?;
            for listed in &page.accounts {
                let (active, version) = (listed.active, listed.version);
                let saved = accounts::save(&mut tx, &listed.account, active, version, now).await?;
                news += usize::from(saved);
            }
            tx.commit().await?;
            if page.next_page_token.is_empty() || page.next_page_token == page_token {
                return Ok(news);
            }
            page_token = page.next_page_token;
        }
        Ok(news)
    }
}
