//! What the hub hears of us.

use chrono::{DateTime, Utc};
use moa_id::{Ids, MerchantId};
use moa_outbox::NewEvent;
use moa_proto::moa::catalog::v1 as pb;
use prost::{Message, Name};

use crate::domain::listing::Listing;
use crate::grpc::convert;

pub(crate) const LISTINGS: &str = "listings";

/// A listing got a mapping, or another one.
pub(crate) fn listing_mapped(
    ids: &Ids,
    merchant_id: MerchantId,
    listing: &Listing,
    now: DateTime<Utc>,
) -> NewEvent {
    let message = pb::ListingMapped {
        mapping: Some(convert::mapping(listing)),
    };
    about(ids, merchant_id, listing, now, &message)
}

/// A listing lost its mapping.
pub(crate) fn listing_unmapped(
    ids: &Ids,
    merchant_id: MerchantId,
    listing: &Listing,
    now: DateTime<Utc>,
) -> NewEvent {
    let message = pb::ListingUnmapped {
        channel_account_id: listing.account_id.to_string(),
        channel_listing_id: listing.channel_listing_id.clone(),
    };
    about(ids, merchant_id, listing, now, &message)
}

fn about<M: Message + Name>(
    ids: &Ids,
    merchant_id: MerchantId,
    listing: &Listing,
    now: DateTime<Utc>,
    message: &M,
) -> NewEvent {
    NewEvent::new(
        ids.next(),
        merchant_id,
        LISTINGS,
        listing.id.as_uuid(),
        listing.version,
        now,
        message,
    )
}
