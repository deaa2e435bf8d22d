//! What the hub hears of us.

use chrono::{DateTime, Utc};
use moa_id::{Ids, MerchantId};
use moa_outbox::NewEvent;
use moa_proto::moa::catalog::v1 as pb;

use crate::domain::listing::{Listing, Mapping};
use crate::domain::product::Variant;
use crate::grpc::convert;

pub(crate) const LISTINGS: &str = "listings";

/// A listing got a mapping, or another one.
pub(crate) fn listing_mapped(
    ids: &Ids,
    merchant_id: MerchantId,
    listing: &Listing,
    mapping: Mapping,
    variant: &Variant,
    now: DateTime<Utc>,
) -> NewEvent {
    let message = pb::ListingMapped {
        mapping: Some(convert::mapping(listing, mapping, variant)),
    };
    NewEvent::new(
        ids.next(),
        merchant_id,
        LISTINGS,
        listing.id.as_uuid(),
        listing.version,
        now,
        &message,
    )
}
