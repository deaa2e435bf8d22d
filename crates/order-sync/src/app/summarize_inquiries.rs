use moa_id::MerchantId;

use super::App;
use crate::Error;
use crate::store::inquiry_lists::{self, OpenCount};

impl App {
    /// How much waits at which channel.
    pub(crate) async fn summarize_inquiries(
        &self,
        merchant_id: MerchantId,
    ) -> Result<Vec<OpenCount>, Error> {
        let mut conn = self.pool.acquire().await?;
        inquiry_lists::open_counts(&mut conn, merchant_id, self.clock.now()).await
    }
}
