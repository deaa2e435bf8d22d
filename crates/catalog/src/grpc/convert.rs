use moa_proto::moa::catalog::v1 as pb;
use moa_service::timestamp;

use crate::domain::listing::{Listing, Mapping};
use crate::domain::product::{Product, Variant, VariantKind};
use crate::store::listings::Resolved;

impl From<Product> for pb::Product {
    fn from(product: Product) -> Self {
        Self {
            product_id: product.id.to_string(),
            name: product.name,
            variants: product.variants.into_iter().map(Into::into).collect(),
            created_at: Some(timestamp(product.created_at)),
        }
    }
}

impl From<Variant> for pb::Variant {
    fn from(variant: Variant) -> Self {
        let kind = kind(&variant);
        let digital_content = match variant.kind {
            VariantKind::Physical => String::new(),
            VariantKind::Digital { content } => content,
        };
        Self {
            variant_id: variant.id.to_string(),
            sku: variant.sku,
            name: variant.name,
            kind: kind.into(),
            digital_content,
        }
    }
}

impl From<Listing> for pb::Listing {
    fn from(listing: Listing) -> Self {
        Self {
            listing_id: listing.id.to_string(),
            channel: listing.channel,
            channel_account_id: listing.account_id.to_string(),
            channel_listing_id: listing.channel_listing_id,
            product_name: listing.product_name,
            option_name: listing.option_name,
            sku_code: listing.sku_code,
            variant_id: listing
                .mapping
                .map(|m| m.variant_id.to_string())
                .unwrap_or_default(),
            quantity_multiplier: listing.mapping.map_or(0, |m| m.quantity_multiplier),
            version: listing.version,
            first_seen_at: Some(timestamp(listing.first_seen_at)),
        }
    }
}

impl From<Resolved> for pb::ListingMapping {
    fn from(resolved: Resolved) -> Self {
        let kind = if resolved.digital {
            pb::VariantKind::Digital
        } else {
            pb::VariantKind::Physical
        };
        Self {
            channel_account_id: resolved.account_id.to_string(),
            channel_listing_id: resolved.channel_listing_id,
            variant_id: resolved.mapping.variant_id.to_string(),
            kind: kind.into(),
            quantity_multiplier: resolved.mapping.quantity_multiplier,
            sku: resolved.sku,
        }
    }
}

pub(crate) fn mapping(
    listing: &Listing,
    mapping: Mapping,
    variant: &Variant,
) -> pb::ListingMapping {
    pb::ListingMapping {
        channel_account_id: listing.account_id.to_string(),
        channel_listing_id: listing.channel_listing_id.clone(),
        variant_id: mapping.variant_id.to_string(),
        kind: kind(variant).into(),
        quantity_multiplier: mapping.quantity_multiplier,
        sku: variant.sku.clone(),
    }
}

fn kind(variant: &Variant) -> pb::VariantKind {
    match variant.kind {
        VariantKind::Physical => pb::VariantKind::Physical,
        VariantKind::Digital { .. } => pb::VariantKind::Digital,
    }
}
