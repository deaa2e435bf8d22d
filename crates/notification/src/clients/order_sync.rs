//! Whom a message about an order reaches, and what waits for the merchant.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OrderId};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_client::InquiryDeskServiceClient;
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_service::{ServiceChannel, parse_timestamp};

use super::{ClientError, failed};
use crate::domain::digest::{Digest, OpenAt, Waiting};
use crate::domain::phone::PhoneNumber;

/// Orders that one call may ask for.
pub(crate) const BATCH: usize = 100;

/// A way to order-sync.
#[derive(Clone)]
pub struct OrderSync {
    orders: OrderSyncServiceClient<ServiceChannel>,
    desk: InquiryDeskServiceClient<ServiceChannel>,
}

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
        Self {
            orders: OrderSyncServiceClient::new(channel.clone()),
            desk: InquiryDeskServiceClient::new(channel),
        }
    }

    /// What waits in the inbox as of `now`.
    pub(crate) async fn open_inquiries(
        &self,
        merchant_id: MerchantId,
        now: DateTime<Utc>,
    ) -> Result<Waiting, ClientError> {
        let request = pb::SummarizeInquiriesRequest {
            merchant_id: merchant_id.to_string(),
        };
        let answer = self.desk.clone().summarize_inquiries(request).await;
        let answer = answer.map_err(|status| failed("order-sync", &status, &[]))?;
        let summary = answer.into_inner();
        let by = summary.earliest_answer_by;
        let by = by.map(|by| parse_timestamp("earliest_answer_by", Some(by)));
        let earliest_answer_by = by
            .transpose()
            .map_err(|status| failed("order-sync", &status, &[]))?;
        let marks = summary.counts.iter();
        let marks: Vec<String> = marks
            .map(|count| format!("{}:{}", count.channel, count.mark))
            .collect();
        let channels = summary.counts.into_iter().map(|count| OpenAt {
            channel: count.channel,
            urgent: count.urgent.max(0).unsigned_abs(),
            normal: count.normal.max(0).unsigned_abs(),
        });
        Ok(Waiting {
            digest: Digest {
                as_of: now,
                channels: channels.collect(),
                earliest_answer_by,
            },
            mark: marks.join(" "),
        })
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
        let answer = self.orders.clone().get_contacts(request).await;
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
