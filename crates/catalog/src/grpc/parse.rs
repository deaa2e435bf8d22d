//! Reading what came in a request. Every refusal names the field.

use moa_id::{ListingId, VariantId};
use moa_proto::moa::catalog::v1 as pb;
use moa_service::parse::parse_text;
use moa_service::{PageToken, invalid_field, parse_id, parse_optional_id};
use tonic::Status;
use uuid::Uuid;

use crate::app::MapListing;
use crate::domain::listing::Attention;
use crate::domain::product::{Variant, VariantKind};
use crate::store::listings::ListingFilter;

/// Where the list of listings goes on.
pub(super) const LISTINGS: PageToken = PageToken::of("listings");

/// Characters of a search, at most.
const MAX_QUERY: usize = 100;

/// A variant to be made.
pub(super) fn variant(id: VariantId, variant: pb::Variant) -> Result<Variant, Status> {
    if !variant.variant_id.is_empty() {
        return Err(invalid_field("variants.variant_id", "must be empty"));
    }
    let kind = match variant.kind() {
        pb::VariantKind::Physical if !variant.digital_content.is_empty() => {
            return Err(invalid_field(
                "variants.digital_content",
                "must be empty for a physical variant",
            ));
        }
        pb::VariantKind::Physical => VariantKind::Physical,
        pb::VariantKind::Digital => VariantKind::Digital {
            content: parse_text("variants.digital_content", &variant.digital_content, 2000)?,
        },
        pb::VariantKind::Unspecified => {
            return Err(invalid_field(
                "variants.kind",
                "must be PHYSICAL or DIGITAL",
            ));
        }
    };
    let barcode = match variant.barcode.trim() {
        "" => String::new(),
        barcode => parse_text("variants.barcode", barcode, 64)?,
    };
    Ok(Variant {
        id,
        sku: parse_text("variants.sku", &variant.sku, 64)?,
        name: variant.name.trim().chars().take(200).collect(),
        kind,
        barcode,
    })
}

/// Which listings a list shows.
pub(super) fn listing_filter(request: &pb::ListListingsRequest) -> Result<ListingFilter, Status> {
    let attention = match pb::ListingAttention::try_from(request.attention) {
        Ok(pb::ListingAttention::Unspecified) => None,
        Ok(pb::ListingAttention::New) => Some(Attention::New),
        Ok(pb::ListingAttention::Changed) => Some(Attention::Changed),
        Err(_) => return Err(invalid_field("attention", "must be NEW or CHANGED")),
    };
    let query = request.query.trim();
    if query.chars().count() > MAX_QUERY {
        let text = format!("must have at most {MAX_QUERY} characters");
        return Err(invalid_field("query", text));
    }
    Ok(ListingFilter {
        unmapped_only: request.unmapped_only,
        attention,
        account_id: parse_optional_id("channel_account_id", &request.channel_account_id)?,
        query: query.to_owned(),
        before: LISTINGS
            .decode(&request.page_token)?
            .map(ListingId::from_uuid),
    })
}

/// What a listing is to stand for, said in one way or the other.
pub(super) fn map_listing(request: pb::MapListingRequest) -> Result<MapListing, Status> {
    let components = match (request.components.is_empty(), request.variant_id.is_empty()) {
        (false, true) if request.quantity_multiplier == 0 => {
            let mut components = Vec::with_capacity(request.components.len());
            for (index, component) in request.components.iter().enumerate() {
                let field = format!("components[{index}].variant_id");
                components.push((parse_id(&field, &component.variant_id)?, component.quantity));
            }
            components
        }
        (true, _) => {
            let quantity = match request.quantity_multiplier {
                0 => 1,
                n if (1..=1000).contains(&n) => n,
                _ => {
                    return Err(invalid_field(
                        "quantity_multiplier",
                        "must be between 1 and 1000",
                    ));
                }
            };
            vec![(parse_id("variant_id", &request.variant_id)?, quantity)]
        }
        (false, _) => {
            return Err(invalid_field(
                "components",
                "must be empty when variant_id or quantity_multiplier is given: say it in one way",
            ));
        }
    };
    Ok(MapListing {
        merchant_id: parse_id("merchant_id", &request.merchant_id)?,
        channel: request.channel.chars().take(40).collect(),
        account_id: parse_id("channel_account_id", &request.channel_account_id)?,
        channel_listing_id: parse_text("channel_listing_id", &request.channel_listing_id, 100)?,
        components,
        expected_version: request.expected_version,
        operator: operator(&request.operator),
    })
}

/// Who did it, for the history.
pub(super) fn operator(operator: &str) -> String {
    operator.chars().take(100).collect()
}

/// A change that was shown; none when there was none.
pub(super) fn change_id(text: &str) -> Result<Option<Uuid>, Status> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            invalid_field(
                "last_change_id",
                "must be the id of a change, as it was shown",
            )
        }),
    }
}
