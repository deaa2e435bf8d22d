//! Showing an operator whom an order is for.

use moa_id::OrderId;
use moa_proto::moa::order_sync::v1::{
    ContactPurpose, GetContactChangeRequest, GetContactChangeResponse, GetContactsRequest,
    OrderContact,
};

use super::App;
use crate::domain::timeline::{Params, TimelineKind};
use crate::error::Error;
use crate::store::operators::Operator;
use crate::store::timeline::{self, NewEntry};

impl App {
    /// Reads a contact for an operator.
    ///
    /// The request stands in the audit log already; order-sync records it too, with the operator and the purpose. The
    /// order's timeline says that somebody looked, and is written first: no look goes untold.
    #[tracing::instrument(name = "admin_gateway.reveal_contact", skip_all, fields(order.id = %order_id))]
    pub async fn reveal_contact(
        &self,
        operator: &Operator,
        order_id: OrderId,
    ) -> Result<OrderContact, Error> {
        self.note_look(operator, order_id).await?;
        let request = GetContactsRequest {
            merchant_id: operator.merchant_id.to_string(),
            order_ids: vec![order_id.to_string()],
            purpose: ContactPurpose::OperatorReveal.into(),
            operator_id: operator.operator_id.to_string(),
        };
        let mut client = self.clients.order_sync.clone();
        let response = client.get_contacts(request).await?.into_inner();
        let contact = response.contacts.into_iter().next();
        contact.ok_or(Error::OrderNotFound)
    }

    /// Reads a contact as it was in an earlier version beside the one of now, for an operator; recorded like a reveal.
    #[tracing::instrument(name = "admin_gateway.reveal_contact_change", skip_all, fields(order.id = %order_id))]
    pub async fn reveal_contact_change(
        &self,
        operator: &Operator,
        order_id: OrderId,
        since_version: i64,
    ) -> Result<GetContactChangeResponse, Error> {
        self.note_look(operator, order_id).await?;
        let request = GetContactChangeRequest {
            merchant_id: operator.merchant_id.to_string(),
            order_id: order_id.to_string(),
            since_version,
            operator_id: operator.operator_id.to_string(),
        };
        let mut client = self.clients.order_sync.clone();
        Ok(client.get_contact_change(request).await?.into_inner())
    }

    async fn note_look(&self, operator: &Operator, order_id: OrderId) -> Result<(), Error> {
        self.get_order(operator.merchant_id, order_id).await?;
        let entry = NewEntry {
            merchant_id: operator.merchant_id.as_uuid(),
            order_id: order_id.as_uuid(),
            entry_key: format!("reveal:{}", self.ids.uuid()),
            at: self.clock.now(),
            kind: TimelineKind::ContactRevealed,
            params: Params::new(),
        };
        let mut conn = self.db.acquire().await?;
        timeline::add(&mut conn, &[entry]).await
    }
}
