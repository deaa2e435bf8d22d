//! Whom a message about an order reaches.

use std::collections::HashMap;

use moa_id::{MerchantId, OrderId};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_service::ServiceChannel;

use super::{ClientError, failed};
use crate::domain::phone::PhoneNumber;

/// Orders that one call may ask for.
pub(crate) const BATCH: usize = 100;

/// A way to order-sync.
#[derive(Clone)]
pub struct OrderSync(OrderSyncServiceClient<ServiceChannel>);

/// Who is told of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// Who ordered, else who receives, as numbers that text messages reach; at least one.
    Numbers(Vec<PhoneNumber>),
    /// Their data was erased.
    Erased,
    /// None of their numbers takes text messages.
    Unreachable,
}

impl OrderSync {
    /// Over this channel.
    pub fn new(channel: ServiceChannel) -> Self {
        Self(OrderSyncServiceClient::new(channel))
    }

    /// Recipients by order; an unknown order is absent. order-sync records each reading.
    pub(crate) async fn recipients(
        &self,
        merchant_id: MerchantId,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, Recipient>, ClientError> {
        let request = pb::GetContactsRequest {
            merchant_id: merchant_id.to_string(),
            order_ids: orders.iter().map(OrderId::to_string).collect(),
            purpose: pb::ContactPurpose::Message.into(),
            operator_id: String::new(),
        };
        let answer = self.0.clone().get_contacts(request).await;
        let answer = answer.map_err(|status| failed("order-sync", &status, &[]))?;
        let contacts = answer.into_inner().contacts.into_iter();
        Ok(contacts
            .filter_map(|contact| Some((contact.order_id.parse().ok()?, recipient(&contact))))
            .collect())
    }
}

fn recipient(contact: &pb::OrderContact) -> Recipient {
    if contact.erased {
        return Recipient::Erased;
    }
    let mut numbers: Vec<PhoneNumber> = Vec::new();
    for text in [&contact.orderer_phone, &contact.receiver_phone] {
        if let Some(number) = PhoneNumber::parse(text)
            && !numbers.contains(&number)
        {
            numbers.push(number);
        }
    }
    if numbers.is_empty() {
        return Recipient::Unreachable;
    }
    Recipient::Numbers(numbers)
}
