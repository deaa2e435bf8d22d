//! Whose session a cookie is, and ending it.

use super::App;
use super::log_in::SessionToken;
use crate::error::Error;
use crate::store::operators::Operator;
use crate::store::sessions;

impl App {
    /// The person behind a session's token; `None` when it is unknown or over.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Operator>, Error> {
        let Some(token) = SessionToken::parse(token) else {
            return Ok(None);
        };
        let (merchant_id, hash) = (token.merchant_id(), token.hash());
        let mut conn = self.db.acquire().await?;
        let Some((operator, times)) = sessions::get(&mut conn, merchant_id, &hash).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        if !times.is_alive(now) {
            sessions::delete(&mut conn, merchant_id, &hash).await?;
            return Ok(None);
        }
        if times.wants_touch(now) {
            sessions::touch(&mut conn, merchant_id, &hash, now).await?;
        }
        Ok(Some(operator))
    }

    /// Ends a session. Does nothing when there is none.
    pub async fn log_out(&self, token: &str) -> Result<(), Error> {
        let Some(token) = SessionToken::parse(token) else {
            return Ok(());
        };
        let mut conn = self.db.acquire().await?;
        sessions::delete(&mut conn, token.merchant_id(), &token.hash()).await
    }
}
