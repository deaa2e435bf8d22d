//! Erasing personal data of orders: by its time, or because a person asks for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use metrics::counter;
use moa_id::{ChannelAccountId, DataKeyId, InquiryId, MerchantId, OperatorId, OrderId};
use moa_outbox::NewEvent;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::domain::order::ReceiverMark;
use crate::domain::retention::{Cause, is_closed};
use crate::store::inquiries::StoredInquiry;
use crate::store::retention::{self, Due, Erasure};
use crate::store::{contacts, inquiries, orders, raw_pages};
use crate::{Error, events};

/// Orders or questions of one transaction, at most.
const BATCH: i64 = 100;
/// Transactions of one run of the job, at most: the rest goes tomorrow.
const BATCHES: usize = 2_000;

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Contacts of orders.
    pub contacts: usize,
    /// Questions.
    pub inquiries: usize,
    /// Raw pages that showed one of the orders.
    pub raw_pages: usize,
    /// Orders and questions whose rows cannot be read; they stay, and the log names them.
    pub refused: usize,
}

impl std::ops::AddAssign for Erased {
    fn add_assign(&mut self, other: Self) {
        self.contacts += other.contacts;
        self.inquiries += other.inquiries;
        self.raw_pages += other.raw_pages;
        self.refused += other.refused;
    }
}

/// A person's wish to erase one order's contact before its time.
pub(crate) struct EraseContact {
    pub(crate) order_id: OrderId,
    pub(crate) operator_id: OperatorId,
    pub(crate) cause: Cause,
    pub(crate) even_if_open: bool,
}

impl App {
    /// Erases one contact now. Does nothing when it is erased already.
    #[tracing::instrument(name = "order_sync.erase_contact", skip_all, fields(order.id = %erase.order_id))]
    pub(crate) async fn erase_contact(
        &self,
        merchant_id: MerchantId,
        erase: EraseContact,
    ) -> Result<(DateTime<Utc>, Erased), Error> {
        let order_id = erase.order_id;
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.pool).await?;
        orders::lock_by_id(&mut tx, merchant_id, &[order_id]).await?;
        let order = orders::load(&mut tx, merchant_id, &[order_id]).await?.pop();
        let order = order.ok_or(Error::OrderNotFound(order_id))?;
        if let Some(erased_at) = retention::erased_at(&mut tx, merchant_id, order_id).await? {
            return Ok((erased_at, Erased::default()));
        }
        let was_open = !is_closed(&order);
        if was_open && !erase.even_if_open {
            return Err(Error::OrderStillOpen(order_id));
        }
        let erasure = Erasure {
            cause: erase.cause,
            operator_id: Some(erase.operator_id),
            was_open,
            at: now,
        };
        let erased = self
            .erase_orders(&mut tx, merchant_id, &[order_id], &erasure)
            .await?;
        tx.commit().await?;
        self.outbox.wake();
        count(erased);
        Ok((now, erased))
    }

    /// Erases what is kept longer than it may be, of every merchant, a batch at a time, until `cancel`.
    #[tracing::instrument(name = "order_sync.erase_due_contacts", skip_all)]
    pub async fn erase_due_contacts(&self, cancel: &CancellationToken) -> Result<Erased, Error> {
        let now = self.clock.now();
        let mut total = Erased::default();
        let mut after: Option<Due<OrderId>> = None;
        for _ in 0..BATCHES {
            if cancel.is_cancelled() {
                return Ok(total);
            }
            let mut conn = self.pool.acquire().await?;
            let due = retention::due_orders(&mut conn, now, after.as_ref(), BATCH).await?;
            drop(conn);
            for (merchant_id, ids) in by_merchant(&due) {
                total += self.erase_due_orders(merchant_id, &ids, now).await?;
            }
            match due.into_iter().next_back() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        let mut after: Option<Due<InquiryId>> = None;
        for _ in 0..BATCHES {
            if cancel.is_cancelled() {
                return Ok(total);
            }
            let mut conn = self.pool.acquire().await?;
            let due = retention::due_inquiries(&mut conn, now, after.as_ref(), BATCH).await?;
            drop(conn);
            for (merchant_id, ids) in by_merchant(&due) {
                total += self.erase_due_inquiries(merchant_id, &ids, now).await?;
            }
            match due.into_iter().next_back() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        count(total);
        Ok(total)
    }

    /// A batch in one transaction; when one of its rows cannot be read, or somebody else holds it, each in its own, so that
    /// it holds up only itself.
    async fn erase_due_orders(
        &self,
        merchant_id: MerchantId,
        order_ids: &[OrderId],
        now: DateTime<Utc>,
    ) -> Result<Erased, Error> {
        match self.erase_due_batch(merchant_id, order_ids, now).await {
            Err(error) if error.refuses_the_row().is_some() || error.is_transient() => {}
            other => return other,
        }
        let mut total = Erased::default();
        for order_id in order_ids {
            match self.erase_due_batch(merchant_id, &[*order_id], now).await {
                Ok(erased) => total += erased,
                Err(error) => total += refused(error, order_id)?,
            }
        }
        Ok(total)
    }

    async fn erase_due_batch(
        &self,
        merchant_id: MerchantId,
        order_ids: &[OrderId],
        now: DateTime<Utc>,
    ) -> Result<Erased, Error> {
        let erasure = Erasure {
            cause: Cause::Retention,
            operator_id: None,
            was_open: false,
            at: now,
        };
        let mut tx = moa_service::begin(&self.pool).await?;
        let erased = self
            .erase_orders(&mut tx, merchant_id, order_ids, &erasure)
            .await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(erased)
    }

    async fn erase_due_inquiries(
        &self,
        merchant_id: MerchantId,
        ids: &[InquiryId],
        now: DateTime<Utc>,
    ) -> Result<Erased, Error> {
        let mut total = Erased::default();
        for inquiry_id in ids {
            let mut tx = moa_service::begin(&self.pool).await?;
            let stored = inquiries::lock_kept(&mut tx, merchant_id, *inquiry_id).await;
            match stored {
                Ok(stored) => {
                    let stored: Vec<StoredInquiry> = stored.into_iter().collect();
                    total.inquiries += stored.len();
                    self.erase_inquiries(&mut tx, merchant_id, stored, now)
                        .await?;
                    tx.commit().await?;
                }
                Err(error) => total += refused(error, inquiry_id)?,
            }
        }
        self.outbox.wake();
        Ok(total)
    }

    /// Erases orders' contacts and what else shows their buyers, and tells of it, in the caller's transaction.
    async fn erase_orders(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        order_ids: &[OrderId],
        erasure: &Erasure,
    ) -> Result<Erased, Error> {
        orders::lock_by_id(conn, merchant_id, order_ids).await?;
        let mut found = orders::load(conn, merchant_id, order_ids).await?;
        let contacts = contacts::erase(conn, merchant_id, order_ids, erasure.at).await?;
        let keys: Vec<DataKeyId> = contacts.iter().map(|(_, key)| *key).collect();
        self.vault
            .destroy_data_keys(conn, merchant_id, &keys)
            .await?;

        let mut by_account: BTreeMap<ChannelAccountId, Vec<String>> = BTreeMap::new();
        for order in &found {
            let ids = by_account.entry(order.channel_account_id).or_default();
            ids.push(order.channel_order_id.clone());
        }
        let mut erased = Erased::default();
        for (account_id, channel_order_ids) in by_account {
            let asked =
                inquiries::lock_of_orders(conn, merchant_id, account_id, &channel_order_ids)
                    .await?;
            erased.inquiries += asked.len();
            self.erase_inquiries(conn, merchant_id, asked, erasure.at)
                .await?;
            let pages =
                raw_pages::delete_of_orders(conn, merchant_id, account_id, &channel_order_ids);
            erased.raw_pages += usize::try_from(pages.await?).unwrap_or(usize::MAX);
        }

        found.retain(|order| contacts.iter().any(|(id, _)| *id == order.order_id));
        for order in &mut found {
            order.version += 1;
            order.updated_at = erasure.at;
            if let Some(mark) = &mut order.contact {
                mark.erased = true;
                mark.receiver = ReceiverMark::default();
            }
        }
        orders::note_erased(conn, merchant_id, order_ids, &found).await?;
        let rows: Vec<_> = found
            .iter()
            .map(|order| (self.ids.uuid(), order.order_id))
            .collect();
        retention::record(conn, merchant_id, erasure, &rows).await?;
        let told: Vec<NewEvent> = found
            .iter()
            .map(|order| events::order_changed(&self.ids, merchant_id, order))
            .collect();
        self.outbox.push_all(conn, &told).await?;
        erased.contacts = found.len();
        Ok(erased)
    }

    /// Erases what was said in questions that are locked, and tells of it.
    async fn erase_inquiries(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        mut asked: Vec<StoredInquiry>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if asked.is_empty() {
            return Ok(());
        }
        for one in &mut asked {
            one.inquiry.version += 1;
            one.inquiry.updated_at = now;
        }
        let ids: Vec<InquiryId> = asked.iter().map(|one| one.inquiry.inquiry_id).collect();
        let keys: Vec<DataKeyId> = asked.iter().map(|one| one.thread.data_key_id).collect();
        inquiries::erase(conn, merchant_id, &ids, now).await?;
        self.vault
            .destroy_data_keys(conn, merchant_id, &keys)
            .await?;
        let told: Vec<NewEvent> = asked
            .iter()
            .map(|one| events::inquiry_erased(&self.ids, merchant_id, &one.inquiry))
            .collect();
        self.outbox.push_all(conn, &told).await?;
        Ok(())
    }
}

/// What cannot be read is named for somebody to look at; anything else ends the run.
fn refused(error: Error, id: &dyn std::fmt::Display) -> Result<Erased, Error> {
    let Some(reason) = error.refuses_the_row() else {
        return Err(error);
    };
    tracing::error!("personal data of {id} is past its time and cannot be erased: {reason}");
    Ok(Erased {
        refused: 1,
        ..Erased::default()
    })
}

fn by_merchant<Id: Copy>(due: &[Due<Id>]) -> BTreeMap<MerchantId, Vec<Id>> {
    let mut merchants: BTreeMap<MerchantId, Vec<Id>> = BTreeMap::new();
    for one in due {
        merchants.entry(one.merchant_id).or_default().push(one.id);
    }
    merchants
}

fn count(erased: Erased) {
    counter!("moa_order_sync_erased_contacts_total").increment(erased.contacts as u64);
    counter!("moa_order_sync_erased_inquiries_total").increment(erased.inquiries as u64);
}
