//! Destroys words that were to be told to channels: with the contact of their order, with the question that they answer,
//! or when they were not taken for long enough.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use moa_id::{DataKeyId, InquiryId, MerchantId, OrderId};
use sqlx::PgConnection;

use super::App;
use crate::Error;
use crate::store::{claim_decisions, inquiry_answers, shipments};

/// Words that no channel took are kept so long after they were written last; to try again, they are written anew.
pub const KEPT: TimeDelta = TimeDelta::days(30);
/// Of each kind in one transaction, at most.
const BATCH: i64 = 500;

impl App {
    /// Forgets what is kept of the buyers of these orders, in the transaction that learnt of the erasure.
    pub(super) async fn erase_words_of_orders(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        order_ids: &[OrderId],
    ) -> Result<(), Error> {
        shipments::forget_receivers(&mut *conn, merchant_id, order_ids).await?;
        let keys =
            claim_decisions::forget_terms_of_orders(&mut *conn, merchant_id, order_ids).await?;
        self.vault
            .destroy_data_keys(conn, merchant_id, &keys)
            .await?;
        Ok(())
    }

    /// Forgets the answers to questions whose words were erased.
    pub async fn erase_answers(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        inquiry_ids: &[InquiryId],
    ) -> Result<(), Error> {
        let keys = inquiry_answers::forget_texts_of_inquiries(conn, merchant_id, inquiry_ids);
        let keys = keys.await?;
        self.vault
            .destroy_data_keys(conn, merchant_id, &keys)
            .await?;
        Ok(())
    }

    /// Destroys one batch of words past their time. Answers how many there were.
    #[tracing::instrument(name = "fulfillment.erase_old_words", skip_all)]
    pub async fn erase_old_words(&self) -> Result<usize, Error> {
        let before = self.clock.now() - KEPT;
        let mut tx = moa_service::begin(&self.db).await?;
        let mut old = inquiry_answers::forget_old_texts(&mut tx, before, BATCH).await?;
        old.extend(claim_decisions::forget_old_terms(&mut tx, before, BATCH).await?);
        let mut keys: BTreeMap<MerchantId, Vec<DataKeyId>> = BTreeMap::new();
        for (merchant_id, key) in &old {
            keys.entry(*merchant_id).or_default().push(*key);
        }
        for (merchant_id, keys) in keys {
            self.vault
                .destroy_data_keys(&mut tx, merchant_id, &keys)
                .await?;
        }
        tx.commit().await?;
        Ok(old.len())
    }
}
