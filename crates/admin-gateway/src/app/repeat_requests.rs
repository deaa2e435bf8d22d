//! Requests that come with an `Idempotency-Key` happen once.

use super::App;
use crate::error::Error;
use crate::store::idempotency::{self, ClaimedKey, KeyClaim, StoredAnswer};

impl App {
    /// Takes a key for a request, or says what became of it before.
    pub async fn claim_key(&self, claim: &KeyClaim) -> Result<ClaimedKey, Error> {
        let mut tx = moa_service::begin(&self.db).await?;
        let claimed = idempotency::claim(&mut tx, claim, self.ids.uuid(), self.clock.now()).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// Writes down what was answered.
    pub async fn keep_answer(&self, claim: &KeyClaim, answer: &StoredAnswer) -> Result<(), Error> {
        let mut conn = self.db.acquire().await?;
        idempotency::answer(&mut conn, claim, answer).await
    }

    /// The request was refused, and nothing was done: the key is as good as new.
    pub async fn forget_key(&self, claim: &KeyClaim) -> Result<(), Error> {
        let mut conn = self.db.acquire().await?;
        idempotency::forget(&mut conn, claim).await
    }

    /// Nobody knows what was done: the next try goes on under the same request id.
    pub async fn unlock_key(&self, claim: &KeyClaim) -> Result<(), Error> {
        let mut conn = self.db.acquire().await?;
        idempotency::unlock(&mut conn, claim, self.clock.now()).await
    }
}
