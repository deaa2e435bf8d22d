//! Offers and settlements as messages.

use chrono::NaiveDate;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::timestamp;

use super::convert::money;
use crate::domain::listing::{ChannelListing, ChannelOffer, ChannelProduct, ProductState};
use crate::domain::settlement::{ChannelSettlement, SettlementKind};

impl From<ChannelProduct> for pb::ChannelProduct {
    fn from(product: ChannelProduct) -> Self {
        let (state, unknown_state) = match product.state {
            ProductState::Draft => (pb::ProductState::Draft, String::new()),
            ProductState::InReview => (pb::ProductState::InReview, String::new()),
            ProductState::Approved => (pb::ProductState::Approved, String::new()),
            ProductState::PartlyApproved => (pb::ProductState::PartlyApproved, String::new()),
            ProductState::Denied => (pb::ProductState::Denied, String::new()),
            ProductState::Deleted => (pb::ProductState::Deleted, String::new()),
            ProductState::Stopped => (pb::ProductState::Stopped, String::new()),
            ProductState::SoldOut => (pb::ProductState::SoldOut, String::new()),
            ProductState::Unknown(word) => (pb::ProductState::Unspecified, word),
        };
        Self {
            channel_product_id: product.channel_product_id,
            name: product.name,
            state: state.into(),
            unknown_state,
            brand: product.brand,
            listings: product.listings.into_iter().map(Into::into).collect(),
            read_at: Some(timestamp(product.read_at)),
        }
    }
}

impl From<ChannelListing> for pb::ChannelListing {
    fn from(listing: ChannelListing) -> Self {
        Self {
            channel_listing_id: listing.channel_listing_id,
            option_name: listing.option_name,
            sku_code: listing.sku_code,
            barcode: listing.barcode,
            price: listing.price.map(money),
            list_price: listing.list_price.map(money),
            stock: listing.stock,
            on_sale: listing.on_sale,
        }
    }
}

impl From<ChannelOffer> for pb::ChannelOffer {
    fn from(offer: ChannelOffer) -> Self {
        Self {
            channel_listing_id: offer.channel_listing_id,
            stock: offer.stock,
            price: offer.price.map(money),
            on_sale: offer.on_sale,
            read_at: Some(timestamp(offer.read_at)),
        }
    }
}

impl From<ChannelSettlement> for pb::ChannelSettlement {
    fn from(line: ChannelSettlement) -> Self {
        let kind = match line.kind {
            SettlementKind::Sale => pb::SettlementKind::Sale,
            SettlementKind::Refund => pb::SettlementKind::Refund,
            SettlementKind::Shipping => pb::SettlementKind::Shipping,
            SettlementKind::ShippingRefund => pb::SettlementKind::ShippingRefund,
        };
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            kind: kind.into(),
            channel_order_id: line.channel_order_id,
            channel_line_id: line.channel_line_id,
            quantity: line.quantity,
            sold_on: day(line.sold_on),
            recognised_on: day(line.recognised_on),
            settles_on: day(line.settles_on),
            finally_settles_on: day(line.finally_settles_on),
            sale: line.sale.map(money),
            merchant_discount: line.merchant_discount.map(money),
            fee: line.fee.map(money),
            fee_vat: line.fee_vat.map(money),
            settlement: line.settlement.map(money),
            product_name: line.product_name,
            sku_code: line.sku_code,
        }
    }
}
