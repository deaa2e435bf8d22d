use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, ListingId, VariantId};

/// A variant as offered on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) id: ListingId,
    pub(crate) channel: String,
    pub(crate) account_id: ChannelAccountId,
    pub(crate) channel_listing_id: String,
    pub(crate) product_name: String,
    pub(crate) option_name: String,
    pub(crate) sku_code: String,
    pub(crate) mapping: Option<Mapping>,
    /// Raised by every change of the mapping.
    pub(crate) version: i64,
    pub(crate) first_seen_at: DateTime<Utc>,
}

/// What one unit of a listing stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) variant_id: VariantId,
    /// Units of the variant in one unit of the listing; 1 or more.
    pub(crate) quantity_multiplier: i32,
}

/// Whether a command changed anything: people click twice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applied,
    AlreadyApplied,
}

impl Listing {
    /// Says what the listing stands for. The same again changes nothing.
    pub(crate) fn map(&mut self, mapping: Mapping) -> Outcome {
        if self.mapping == Some(mapping) {
            return Outcome::AlreadyApplied;
        }
        self.mapping = Some(mapping);
        self.version += 1;
        Outcome::Applied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moa_id::Ids;

    #[test]
    fn mapping_twice_alike_changes_nothing_and_otherwise_raises_the_version() {
        let ids = Ids::seeded(1);
        let mut listing = Listing {
            id: ids.next(),
            channel: "coupang".to_owned(),
            account_id: ids.next(),
            channel_listing_id: "70000000001".to_owned(),
            product_name: "머그컵".to_owned(),
            option_name: "흰색".to_owned(),
            sku_code: "MUG-W".to_owned(),
            mapping: None,
            version: 0,
            first_seen_at: DateTime::UNIX_EPOCH,
        };
        let single = Mapping {
            variant_id: ids.next(),
            quantity_multiplier: 1,
        };
        assert_eq!(listing.map(single), Outcome::Applied);
        assert_eq!(listing.map(single), Outcome::AlreadyApplied);
        assert_eq!(listing.version, 1);
        let pair = Mapping {
            quantity_multiplier: 2,
            ..single
        };
        assert_eq!(listing.map(pair), Outcome::Applied);
        assert_eq!(listing.version, 2);
    }
}
