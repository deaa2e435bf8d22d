use moa_id::{AnswerTemplateId, InquiryId, MerchantId, OrderId};

use super::App;
use super::seal_contacts::open;
use crate::Error;
use crate::domain::answer_template::{Filled, Filling, fill, mask_name};
use crate::domain::order::{Line, Order};
use crate::store::{answer_templates, contacts, orders};

impl App {
    /// A template filled for a question and its first order.
    #[tracing::instrument(name = "order_sync.fill_answer_template", skip_all, fields(inquiry.id = %inquiry_id))]
    pub(crate) async fn fill_answer_template(
        &self,
        merchant_id: MerchantId,
        id: AnswerTemplateId,
        inquiry_id: InquiryId,
    ) -> Result<Filled, Error> {
        let seen = self.get_inquiry(merchant_id, inquiry_id).await?;
        let mut conn = self.pool.acquire().await?;
        let template = answer_templates::get(&mut conn, merchant_id, id).await?;
        let template = template.ok_or(Error::TemplateNotFound(id))?;
        let ids: Vec<OrderId> = seen.order_ids.iter().copied().take(1).collect();
        let order = orders::load(&mut conn, merchant_id, &ids).await?;
        drop(conn);
        let mut filling = Filling::default();
        if let Some(order) = order.first() {
            filling = of_order(order);
            filling.buyer = self.masked_orderer(merchant_id, order.order_id).await?;
        }
        let facts = seen.inquiry.facts;
        // What the channel says with the question is what it is about; what a listing is called, only as a last resort.
        if !facts.product_name.is_empty() || filling.product.is_empty() {
            filling.product = seen.product_name;
        }
        if filling.order_number.is_empty() {
            let named = facts.channel_order_ids.into_iter().next();
            filling.order_number = named.unwrap_or_default();
        }
        Ok(fill(&template.text, &filling))
    }

    /// Empty when it is erased. The contact is opened for its masked name alone, which shows nobody; so the look leaves no
    /// record, like the masked beginnings in lists.
    async fn masked_orderer(
        &self,
        merchant_id: MerchantId,
        order_id: OrderId,
    ) -> Result<String, Error> {
        let mut conn = self.pool.acquire().await?;
        let stored = contacts::load(&mut conn, merchant_id, &[order_id]).await?;
        let Some(stored) = stored.get(&order_id).filter(|stored| !stored.erased) else {
            return Ok(String::new());
        };
        let key_id = stored.data_key_id;
        let keys = self
            .vault
            .data_keys(&mut conn, merchant_id, &[key_id])
            .await?;
        let Some(key) = keys.get(&key_id) else {
            return Ok(String::new());
        };
        let contact = open(key, merchant_id, order_id, &stored.sealed)?;
        Ok(mask_name(&contact.orderer_name))
    }
}

fn of_order(order: &Order) -> Filling {
    let first = |pick: fn(&Line) -> &Option<String>| {
        let mut known = order.lines.iter().filter_map(|line| pick(line).clone());
        known.find(|text| !text.is_empty()).unwrap_or_default()
    };
    Filling {
        buyer: String::new(),
        product: first(|line| &line.facts.product_name.value),
        tracking_number: first(|line| &line.facts.tracking_number.value),
        order_number: order.channel_order_id.clone(),
    }
}
