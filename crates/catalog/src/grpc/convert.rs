use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::money::v1::Money;
use moa_service::timestamp;

use crate::app::ShownListing;
use crate::domain::listing::{Attention, Component, Listing};
use crate::domain::product::{Product, Variant, VariantKind};
use crate::domain::sight::{Field, Place};
use crate::domain::suggest::{Reason, Suggestion};
use crate::store::changes::StoredChange;
use crate::store::mappings::{Record, Resolved};

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
            barcode: variant.barcode,
        }
    }
}

/// A listing with what a person needs to decide about it.
pub(crate) fn listing(shown: ShownListing) -> pb::Listing {
    let listing = shown.listing;
    let (mapped_by, mapped_at) = match listing.mapped {
        Some(by) => (by.operator, Some(timestamp(by.at))),
        None => Default::default(),
    };
    // As those who know no sets read it.
    let (variant_id, quantity_multiplier) = match listing.components.as_slice() {
        [only] => (only.variant.id.to_string(), only.quantity),
        _ => Default::default(),
    };
    let attention = match listing.attention {
        None => pb::ListingAttention::Unspecified,
        Some(Attention::New) => pb::ListingAttention::New,
        Some(Attention::Changed) => pb::ListingAttention::Changed,
    };
    pb::Listing {
        listing_id: listing.id.to_string(),
        channel: listing.channel,
        channel_account_id: listing.account_id.to_string(),
        channel_listing_id: listing.channel_listing_id,
        product_name: listing.names.product_name,
        option_name: listing.names.option_name,
        sku_code: listing.names.sku_code,
        variant_id,
        quantity_multiplier,
        version: listing.version,
        first_seen_at: Some(timestamp(listing.first_seen_at)),
        barcode: listing.barcode,
        price: listing.price.map(|price| Money {
            amount_minor: price.amount_minor,
            currency: price.currency.code().to_owned(),
        }),
        channel_product_id: listing.channel_product_id,
        on_sale: listing.on_sale,
        listed_at: listing.listed_at.map(timestamp),
        components: listing.components.iter().map(Into::into).collect(),
        mapped_by,
        mapped_at,
        attention: attention.into(),
        changes: shown.changes.into_iter().map(Into::into).collect(),
        suggestions: shown.suggestions.into_iter().map(Into::into).collect(),
    }
}

impl From<&Component> for pb::MappingComponent {
    fn from(component: &Component) -> Self {
        Self {
            variant_id: component.variant.id.to_string(),
            quantity: component.quantity,
            kind: kind_of(component.variant.digital).into(),
            sku: component.variant.sku.clone(),
            name: component.variant.name.clone(),
        }
    }
}

impl From<StoredChange> for pb::ListingChange {
    fn from(stored: StoredChange) -> Self {
        let field = match stored.change.field {
            Field::ProductName => pb::ListingField::ProductName,
            Field::OptionName => pb::ListingField::OptionName,
            Field::SkuCode => pb::ListingField::SkuCode,
            Field::Barcode => pb::ListingField::Barcode,
        };
        let place = match stored.change.place {
            Place::Order => pb::ListingPlace::Order,
            Place::ProductList => pb::ListingPlace::ProductList,
        };
        let (acknowledged_by, acknowledged_at) = match stored.acknowledged {
            Some(by) => (by.operator, Some(timestamp(by.at))),
            None => Default::default(),
        };
        Self {
            listing_change_id: stored.id.to_string(),
            field: field.into(),
            old_value: stored.change.old,
            new_value: stored.change.new,
            place: place.into(),
            seen_at: Some(timestamp(stored.seen_at)),
            acknowledged_at,
            acknowledged_by,
        }
    }
}

impl From<Suggestion> for pb::MappingSuggestion {
    fn from(suggestion: Suggestion) -> Self {
        let reason = match suggestion.reason {
            Reason::Sku => pb::SuggestionReason::Sku,
            Reason::Barcode => pb::SuggestionReason::Barcode,
            Reason::Name => pb::SuggestionReason::Name,
        };
        Self {
            variant_id: suggestion.variant.id.to_string(),
            sku: suggestion.variant.sku,
            name: suggestion.variant.name,
            kind: kind_of(suggestion.variant.digital).into(),
            reason: reason.into(),
            score: suggestion.score,
        }
    }
}

impl From<Record> for pb::MappingRecord {
    fn from(record: Record) -> Self {
        Self {
            version: record.version,
            components: record.components.iter().map(Into::into).collect(),
            operator: record.by.operator,
            mapped_at: Some(timestamp(record.by.at)),
        }
    }
}

impl From<Resolved> for pb::ListingMapping {
    fn from(resolved: Resolved) -> Self {
        Self {
            channel_account_id: resolved.account_id.to_string(),
            channel_listing_id: resolved.channel_listing_id,
            components: resolved.components.iter().map(Into::into).collect(),
            version: resolved.version,
            ..Self::default()
        }
    }
}

/// What a listing stands for, for those who plan by it.
pub(crate) fn mapping(listing: &Listing) -> pb::ListingMapping {
    pb::ListingMapping {
        channel_account_id: listing.account_id.to_string(),
        channel_listing_id: listing.channel_listing_id.clone(),
        components: listing.components.iter().map(Into::into).collect(),
        version: listing.version,
        ..pb::ListingMapping::default()
    }
}

fn kind_of(digital: bool) -> pb::VariantKind {
    if digital {
        pb::VariantKind::Digital
    } else {
        pb::VariantKind::Physical
    }
}

fn kind(variant: &Variant) -> pb::VariantKind {
    match variant.kind {
        VariantKind::Physical => pb::VariantKind::Physical,
        VariantKind::Digital { .. } => pb::VariantKind::Digital,
    }
}
