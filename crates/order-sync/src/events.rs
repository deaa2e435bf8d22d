//! What the hub hears of us.

use chrono::{DateTime, Utc};
use moa_id::{Ids, MerchantId};
use moa_outbox::NewEvent;
use moa_proto::moa::money::v1::Money;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::timestamp;

use crate::domain::account::Account;
use crate::domain::inquiry::Inquiry;
use crate::domain::listing::{ListedOffer, ListingSight};
use crate::domain::order::Order;
use crate::store::listings::SavedListing;

/// First sight of an order.
pub(crate) fn order_placed(ids: &Ids, merchant_id: MerchantId, order: &Order) -> NewEvent {
    let message = pb::OrderPlaced {
        order: Some(order.into()),
    };
    NewEvent::new(
        ids.next(),
        merchant_id,
        "orders",
        order.order_id.as_uuid(),
        order.version,
        order.updated_at,
        &message,
    )
}

/// Something the channel shows has changed.
pub(crate) fn order_changed(ids: &Ids, merchant_id: MerchantId, order: &Order) -> NewEvent {
    let message = pb::OrderChanged {
        order: Some(order.into()),
    };
    NewEvent::new(
        ids.next(),
        merchant_id,
        "orders",
        order.order_id.as_uuid(),
        order.version,
        order.updated_at,
        &message,
    )
}

/// First sight of a question.
pub(crate) fn inquiry_received(ids: &Ids, merchant_id: MerchantId, inquiry: &Inquiry) -> NewEvent {
    let message = pb::InquiryReceived {
        inquiry: Some(inquiry.into()),
    };
    about_inquiry(ids, merchant_id, inquiry, &message)
}

/// A question was answered, went on, or changed otherwise.
pub(crate) fn inquiry_changed(ids: &Ids, merchant_id: MerchantId, inquiry: &Inquiry) -> NewEvent {
    let message = pb::InquiryChanged {
        inquiry: Some(inquiry.into()),
    };
    about_inquiry(ids, merchant_id, inquiry, &message)
}

/// What was said in a question was erased.
pub(crate) fn inquiry_erased(ids: &Ids, merchant_id: MerchantId, inquiry: &Inquiry) -> NewEvent {
    let message = pb::InquiryErased {
        inquiry: Some(inquiry.into()),
    };
    about_inquiry(ids, merchant_id, inquiry, &message)
}

fn about_inquiry<M: prost::Name>(
    ids: &Ids,
    merchant_id: MerchantId,
    inquiry: &Inquiry,
    message: &M,
) -> NewEvent {
    NewEvent::new(
        ids.next(),
        merchant_id,
        "inquiries",
        inquiry.inquiry_id.as_uuid(),
        inquiry.version,
        inquiry.updated_at,
        message,
    )
}

/// A listing was seen in an order or in the channel's product list, or otherwise than before.
pub(crate) fn listing_seen(
    ids: &Ids,
    account: &Account,
    listing: &SavedListing,
    now: DateTime<Utc>,
) -> NewEvent {
    let ordered = listing.ordered.as_ref();
    let text = |pick: fn(&ListingSight) -> &String| ordered.map(pick).cloned().unwrap_or_default();
    let message = pb::ListingSeen {
        channel: account.channel.clone(),
        channel_account_id: account.channel_account_id.to_string(),
        channel_listing_id: listing.channel_listing_id.clone(),
        product_name: text(|sight| &sight.product_name),
        option_name: text(|sight| &sight.option_name),
        sku_code: text(|sight| &sight.sku_code),
        ordered_at: ordered.map(|sight| timestamp(sight.ordered_at)),
        listed: listing.listed.as_ref().map(Into::into),
    };
    NewEvent::new(
        ids.next(),
        account.merchant_id,
        "listings",
        listing.listing_key,
        listing.version,
        now,
        &message,
    )
}

impl From<&ListedOffer> for pb::ListedOffer {
    fn from(offer: &ListedOffer) -> Self {
        Self {
            channel_product_id: offer.channel_product_id.clone(),
            product_name: offer.product_name.clone(),
            option_name: offer.option_name.clone(),
            sku_code: offer.sku_code.clone(),
            barcode: offer.barcode.clone(),
            price: offer.price.map(|price| Money {
                amount_minor: price.amount_minor,
                currency: price.currency.code().to_owned(),
            }),
            on_sale: offer.on_sale,
            read_at: Some(timestamp(offer.read_at)),
        }
    }
}
