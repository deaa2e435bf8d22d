//! Who works for a merchant.

use moa_id::MerchantId;

use super::App;
use crate::error::Error;
use crate::store::operators::{self, Operator};

impl App {
    /// Everybody who works for a merchant, by name; up to 1000.
    pub async fn list_operators(&self, merchant_id: MerchantId) -> Result<Vec<Operator>, Error> {
        let mut conn = self.db.acquire().await?;
        operators::list(&mut conn, merchant_id).await
    }
}
