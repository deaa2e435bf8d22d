//! Storing claims and what they do to their orders.

use metrics::counter;
use moa_outbox::NewEvent;
use sqlx::PgConnection;

use super::App;
use super::store_orders::Stored;
use crate::domain::account::Account;
use crate::domain::claim::{Claim, ClaimKind, ClaimState, FetchedClaim};
use crate::domain::order::Order;
use crate::domain::upsert::plan_claims;
use crate::store::{claim_details, claims, orders};
use crate::{Error, events};

/// Orders whose claims are linked at once, at most.
const LINK_BATCH: i64 = 200;

impl App {
    /// Stores claims in the caller's transaction; the orders that they touch change with them.
    pub(super) async fn store_claims(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        fetched: &[FetchedClaim],
    ) -> Result<Stored, Error> {
        let keys = fetched.iter().map(|claim| claim.channel_order_id.clone());
        self.apply_claims(conn, account, keys.collect(), fetched)
            .await
    }

    /// Links claims to orders that were stored at the same moment in another transaction: neither saw the other. An order
    /// that cannot be read holds up only its own claims.
    pub(super) async fn link_waiting_claims(&self, account: &Account) -> Result<(), Error> {
        let mut conn = self.pool.acquire().await?;
        let keys = claims::overdue_links(&mut conn, account, LINK_BATCH).await?;
        drop(conn);
        if keys.is_empty() {
            return Ok(());
        }
        match self.link_claims(account, keys.clone()).await {
            Err(error) if error.refuses_the_row().is_some() => {}
            other => return other,
        }
        for key in keys {
            let Err(error) = self.link_claims(account, vec![key]).await else {
                continue;
            };
            let Some(reason) = error.refuses_the_row() else {
                return Err(error);
            };
            tracing::error!(channel.code = %account.channel, "claims of {} cannot be linked to their order: {reason}", account.channel);
        }
        Ok(())
    }

    async fn link_claims(&self, account: &Account, keys: Vec<String>) -> Result<(), Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        self.apply_claims(&mut tx, account, keys, &[]).await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(())
    }

    async fn apply_claims(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        mut keys: Vec<String>,
        fetched: &[FetchedClaim],
    ) -> Result<Stored, Error> {
        if keys.is_empty() {
            return Ok(Stored::default());
        }
        keys.sort();
        keys.dedup();
        let locked = orders::lock(conn, account, &keys).await?;
        let known = self.known(conn, account, &locked, &keys).await?;
        let plan = plan_claims(&known, fetched, self.clock.now(), &self.ids);
        let claims: Vec<&Claim> = plan.claims.iter().collect();
        let changed: Vec<&Order> = plan.orders.iter().collect();
        claims::save(conn, account, &claims).await?;
        claim_details::save(conn, account, fetched).await?;
        orders::update(conn, account.merchant_id, &changed).await?;
        let told: Vec<NewEvent> = plan
            .orders
            .iter()
            .map(|order| events::order_changed(&self.ids, account.merchant_id, order))
            .collect();
        self.outbox.push_all(conn, &told).await?;
        alarm_unknown_words(account, &plan.claims);
        Ok(Stored {
            changed: plan.claims.len(),
            ..Stored::default()
        })
    }
}

/// A claim whose kind or state we have no word for holds its lines until somebody looks.
fn alarm_unknown_words(account: &Account, claims: &[Claim]) {
    for claim in claims {
        if claim.kind() == ClaimKind::Unknown || claim.state() == ClaimState::Unknown {
            counter!("moa_order_sync_unknown_states_total", "channel" => account.channel.clone())
                .increment(1);
            tracing::error!(
                claim.id = %claim.claim_id,
                channel.code = %account.channel,
                "claim {} of {} is of a kind or state that Moa has no word for; it holds its lines",
                claim.claim_id,
                account.channel
            );
        }
    }
}
