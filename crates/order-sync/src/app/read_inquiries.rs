//! Questions for people to see. Lists show the masked beginning of what was said; the whole is opened for one operator
//! at a time, and each look is written down.

use std::collections::HashMap;

use moa_id::{DataKeyId, InquiryId, MerchantId, OperatorId, OrderId};
use moa_service::ServiceName;
use sqlx::PgConnection;
use uuid::Uuid;

use super::App;
use super::store_inquiries::open;
use crate::Error;
use crate::domain::inquiry::Inquiry;
use crate::domain::thread::Thread;
use crate::domain::urgency::{Because, urgency};
use crate::store::inquiries::{self, Look, StoredInquiry};
use crate::store::inquiry_assignments;
use crate::store::inquiry_lists::{self, InquiryPage};

/// A question as a list shows it.
pub(crate) struct SeenInquiry {
    pub(crate) inquiry: Inquiry,
    /// As the channel names the product with the question, else as orders or the product list call its listing.
    pub(crate) product_name: String,
    pub(crate) urgent_because: Option<Because>,
    pub(crate) order_ids: Vec<OrderId>,
    pub(crate) has_open_claim: bool,
    /// Who looks after it.
    pub(crate) assigned_to: Option<OperatorId>,
    /// Empty when erased, or not asked for.
    pub(crate) masked_excerpt: String,
}

impl App {
    /// A page of questions; one more than the page says that there is another.
    pub(crate) async fn list_inquiries(
        &self,
        merchant_id: MerchantId,
        page: &InquiryPage<'_>,
    ) -> Result<Vec<SeenInquiry>, Error> {
        let mut conn = self.pool.acquire().await?;
        let listed = match page.due_only {
            true => inquiry_lists::list_due(&mut conn, merchant_id, page).await?,
            false => inquiry_lists::list(&mut conn, merchant_id, page).await?,
        };
        let key_ids: Vec<DataKeyId> = listed.iter().map(|one| one.thread.data_key_id).collect();
        let keys = self
            .vault
            .data_keys(&mut conn, merchant_id, &key_ids)
            .await?;
        let mut excerpts = HashMap::with_capacity(listed.len());
        for one in &listed {
            let inquiry_id = one.inquiry.inquiry_id;
            if let Some(key) = keys.get(&one.thread.data_key_id) {
                let thread = open(key, merchant_id, inquiry_id, &one.thread.sealed)?;
                excerpts.insert(inquiry_id, thread.masked_excerpt());
            }
        }
        let mut seen = self.seen(&mut conn, merchant_id, listed).await?;
        for one in &mut seen {
            let excerpt = excerpts.remove(&one.inquiry.inquiry_id);
            one.masked_excerpt = excerpt.unwrap_or_default();
        }
        Ok(seen)
    }

    /// One question, without what was said.
    pub(crate) async fn get_inquiry(
        &self,
        merchant_id: MerchantId,
        inquiry_id: InquiryId,
    ) -> Result<SeenInquiry, Error> {
        let mut conn = self.pool.acquire().await?;
        let stored = inquiry_lists::get(&mut conn, merchant_id, inquiry_id).await?;
        let stored = stored.ok_or(Error::InquiryNotFound(inquiry_id))?;
        let seen = self.seen(&mut conn, merchant_id, vec![stored]).await?;
        let one = seen.into_iter().next();
        one.ok_or(Error::InquiryNotFound(inquiry_id))
    }

    /// What was said, for an operator; absent when it was erased. The look is written down in the transaction of the
    /// read.
    pub(crate) async fn get_inquiry_thread(
        &self,
        merchant_id: MerchantId,
        inquiry_id: InquiryId,
        caller: ServiceName,
        operator_id: OperatorId,
    ) -> Result<(SeenInquiry, Option<Thread>), Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        let stored = inquiry_lists::get(&mut tx, merchant_id, inquiry_id).await?;
        let stored = stored.ok_or(Error::InquiryNotFound(inquiry_id))?;
        let key_id = stored.thread.data_key_id;
        let keys = self
            .vault
            .data_keys(&mut tx, merchant_id, &[key_id])
            .await?;
        let thread = keys
            .get(&key_id)
            .map(|key| open(key, merchant_id, inquiry_id, &stored.thread.sealed))
            .transpose()?;
        if thread.is_some() {
            let look = Look {
                access_id: self.ids.uuid(),
                inquiry: &stored.inquiry,
                caller: caller.as_str(),
                operator_id: operator_id.as_uuid(),
                at: self.clock.now(),
            };
            inquiries::record_look(&mut tx, merchant_id, &look).await?;
        }
        let seen = self.seen(&mut tx, merchant_id, vec![stored]).await?;
        tx.commit().await?;
        let one = seen.into_iter().next();
        Ok((one.ok_or(Error::InquiryNotFound(inquiry_id))?, thread))
    }

    async fn seen(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        stored: Vec<StoredInquiry>,
    ) -> Result<Vec<SeenInquiry>, Error> {
        let ids: Vec<Uuid> = stored
            .iter()
            .map(|one| one.inquiry.inquiry_id.as_uuid())
            .collect();
        let mut hanging = inquiry_lists::hanging(&mut *conn, merchant_id, &ids).await?;
        let assignees = inquiry_assignments::assignees(&mut *conn, merchant_id, &ids).await?;
        let nameless: Vec<Uuid> = stored
            .iter()
            .filter(|one| one.inquiry.facts.product_name.is_empty())
            .filter(|one| !one.inquiry.facts.channel_listing_ids.is_empty())
            .map(|one| one.inquiry.inquiry_id.as_uuid())
            .collect();
        let mut names = match nameless.is_empty() {
            true => HashMap::new(),
            false => inquiry_lists::product_names(conn, merchant_id, &nameless).await?,
        };
        let now = self.clock.now();
        let seen = stored.into_iter().map(|one| {
            let inquiry = one.inquiry;
            let known_name = names.remove(&inquiry.inquiry_id.as_uuid());
            let hangs = hanging
                .remove(&inquiry.inquiry_id.as_uuid())
                .unwrap_or_default();
            let named = inquiry.facts.channel_order_ids.iter();
            SeenInquiry {
                product_name: known_name.unwrap_or_else(|| inquiry.facts.product_name.clone()),
                urgent_because: urgency(&inquiry, hangs.has_open_claim, now),
                order_ids: named
                    .filter_map(|id| hangs.orders.get(id).copied())
                    .collect(),
                has_open_claim: hangs.has_open_claim,
                assigned_to: assignees.get(&inquiry.inquiry_id.as_uuid()).copied(),
                masked_excerpt: String::new(),
                inquiry,
            }
        });
        Ok(seen.collect())
    }
}
