use moa_id::{ChannelAccountId, MerchantId};
use tokio::time::Instant;

use super::App;
use crate::domain::account::AccountTest;
use crate::error::Error;
use crate::store::accounts;

impl App {
    /// A harmless read with the stored credentials. A refusal is an answer, and is kept for the account's screen.
    #[tracing::instrument(name = "channel_proxy.test_account", skip_all, fields(channel_account.id = %id))]
    pub async fn test_account(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        deadline: Instant,
    ) -> Result<AccountTest, Error> {
        let open = self.open_any(merchant_id, id).await?;
        open.session.quota().reopen_for_test();
        self.breakers.of(id, &open.account.base_url).let_through();
        let result = open.channel.test(&open.session, deadline).await;
        match &result {
            Ok(()) => self.note_worked(&open.account).await,
            Err(failure) => self.note(&open.account, failure).await,
        }
        let refusal = result
            .err()
            .map(|failure| (failure.kind.reason().to_owned(), failure.detail));
        let test = AccountTest {
            tested_at: self.clock.now(),
            refusal,
        };
        let mut conn = self.pool.acquire().await?;
        accounts::record_test(&mut conn, merchant_id, id, &test).await?;
        Ok(test)
    }
}
