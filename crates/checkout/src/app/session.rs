use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{CustomerId, MerchantId};
use rand::Rng;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::app::App;
use crate::error::Error;
use crate::store::sessions;

const LIFETIME: TimeDelta = TimeDelta::days(30);

/// A log-in; the token is known to the customer only.
pub(crate) struct CustomerSession {
    pub(crate) customer_id: CustomerId,
    pub(crate) token: String,
    pub(crate) expires_at: DateTime<Utc>,
}

impl App {
    /// Opens a session in the caller's transaction.
    pub(crate) async fn open_session(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        customer_id: CustomerId,
    ) -> Result<CustomerSession, Error> {
        let mut secret = [0; 32];
        rand::rng().fill_bytes(&mut secret);
        let now = self.clock.now();
        let session = CustomerSession {
            customer_id,
            token: URL_SAFE_NO_PAD.encode(secret),
            expires_at: now + LIFETIME,
        };
        sessions::insert(conn, merchant_id, &hash(&session.token), &session, now).await?;
        Ok(session)
    }

    /// Who holds this session.
    pub(crate) async fn session(
        &self,
        merchant_id: MerchantId,
        token: &str,
    ) -> Result<(CustomerId, DateTime<Utc>), Error> {
        let mut conn = self.db.acquire().await?;
        sessions::get(&mut conn, merchant_id, &hash(token), self.clock.now())
            .await?
            .ok_or(Error::SessionUnknown)
    }

    /// Ends a session; does nothing when it is gone already.
    pub(crate) async fn log_out(&self, merchant_id: MerchantId, token: &str) -> Result<(), Error> {
        let mut conn = self.db.acquire().await?;
        sessions::delete(&mut conn, merchant_id, &hash(token)).await
    }

    /// Removes sessions that have ended and failures that no longer count.
    pub(crate) async fn forget_expired(&self) {
        let forgotten = async {
            let mut conn = self.db.acquire().await?;
            sessions::forget_expired(&mut conn, self.clock.now()).await
        };
        if let Err(error) = forgotten.await {
            tracing::error!(error = %error, "ended sessions could not be removed: {error}");
        }
    }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
