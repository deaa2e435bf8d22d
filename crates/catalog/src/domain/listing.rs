use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, ListingId, VariantId};
use moa_money::Money;

use super::sight::Names;

/// Variants of one set, at most.
pub(crate) const MAX_COMPONENTS: usize = 20;
/// Units of a variant in one unit of a listing, at most.
pub(crate) const MAX_QUANTITY: i32 = 1000;

/// A variant, or a set of variants, as offered on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) id: ListingId,
    pub(crate) channel: String,
    pub(crate) account_id: ChannelAccountId,
    pub(crate) channel_listing_id: String,
    /// As last seen.
    pub(crate) names: Names,
    pub(crate) barcode: String,
    pub(crate) price: Option<Money>,
    pub(crate) channel_product_id: String,
    pub(crate) on_sale: Option<bool>,
    pub(crate) listed_at: Option<DateTime<Utc>>,
    /// What one unit stands for, by variant; empty while unmapped.
    pub(crate) components: Vec<Component>,
    /// Raised by every change of the mapping.
    pub(crate) version: i64,
    pub(crate) mapped: Option<Signature>,
    pub(crate) attention: Option<Attention>,
    pub(crate) first_seen_at: DateTime<Utc>,
}

/// So many units of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) variant: VariantBrief,
    /// 1 to [`MAX_QUANTITY`].
    pub(crate) quantity: i32,
}

/// What is told of a variant beside its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VariantBrief {
    pub(crate) id: VariantId,
    pub(crate) sku: String,
    /// The product's and the variant's.
    pub(crate) name: String,
    pub(crate) digital: bool,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) operator: String,
    pub(crate) at: DateTime<Utc>,
}

/// Why a person should look at a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attention {
    /// Nobody has looked since it was seen first.
    New,
    /// Its names or codes changed since.
    Changed,
}

/// Whether a command changed anything: people click twice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applied,
    AlreadyApplied,
}

/// Why a listing cannot be mapped so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingRefusal {
    /// Nothing, or too much, to map to.
    #[error(
        "a mapping needs 1 to {MAX_COMPONENTS} variants; to take a mapping back, unmap the listing"
    )]
    ComponentCount,
    /// One variant in two places of a set.
    #[error("the variant {0} stands twice in this set; give its whole quantity once")]
    VariantTwice(VariantId),
    /// No such quantity.
    #[error("the quantity of a variant must be between 1 and {MAX_QUANTITY}")]
    Quantity,
    /// Somebody was quicker.
    #[error(
        "the listing was mapped otherwise in the meantime (it is at version {current} now); look at it and decide again"
    )]
    Changed {
        /// The version it has now.
        current: i64,
    },
}

impl Listing {
    /// Says what the listing stands for. The same again changes nothing. `expected` is the version that the person
    /// saw who decides.
    pub(crate) fn map(
        &mut self,
        mut components: Vec<Component>,
        expected: Option<i64>,
        by: Signature,
    ) -> Result<Outcome, MappingRefusal> {
        if components.is_empty() || components.len() > MAX_COMPONENTS {
            return Err(MappingRefusal::ComponentCount);
        }
        if components
            .iter()
            .any(|c| !(1..=MAX_QUANTITY).contains(&c.quantity))
        {
            return Err(MappingRefusal::Quantity);
        }
        // One order of them for everybody, so that mappings can be compared.
        components.sort_by_key(|component| component.variant.id);
        let twice = components.windows(2).find_map(|pair| match pair {
            [a, b] if a.variant.id == b.variant.id => Some(a.variant.id),
            _ => None,
        });
        if let Some(variant_id) = twice {
            return Err(MappingRefusal::VariantTwice(variant_id));
        }
        if what(&self.components).eq(what(&components)) {
            return Ok(Outcome::AlreadyApplied);
        }
        self.change(components, expected, by)?;
        // Whoever says what it is has looked at it. What changed since is acknowledged by itself.
        if self.attention == Some(Attention::New) {
            self.attention = None;
        }
        Ok(Outcome::Applied)
    }

    /// Takes the mapping back.
    pub(crate) fn unmap(
        &mut self,
        expected: Option<i64>,
        by: Signature,
    ) -> Result<Outcome, MappingRefusal> {
        if self.components.is_empty() {
            return Ok(Outcome::AlreadyApplied);
        }
        self.change(Vec::new(), expected, by)?;
        Ok(Outcome::Applied)
    }

    fn change(
        &mut self,
        components: Vec<Component>,
        expected: Option<i64>,
        by: Signature,
    ) -> Result<(), MappingRefusal> {
        if expected.is_some_and(|expected| expected != self.version) {
            return Err(MappingRefusal::Changed {
                current: self.version,
            });
        }
        self.components = components;
        self.version += 1;
        self.mapped = Some(by);
        Ok(())
    }
}

fn what(components: &[Component]) -> impl Iterator<Item = (VariantId, i32)> {
    components.iter().map(|c| (c.variant.id, c.quantity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use moa_id::Ids;

    fn listing(ids: &Ids) -> Listing {
        Listing {
            id: ids.next(),
            channel: "coupang".to_owned(),
            account_id: ids.next(),
            channel_listing_id: "70000000001".to_owned(),
            names: Names::default(),
            barcode: String::new(),
            price: None,
            channel_product_id: String::new(),
            on_sale: None,
            listed_at: None,
            components: Vec::new(),
            version: 0,
            mapped: None,
            attention: Some(Attention::New),
            first_seen_at: DateTime::UNIX_EPOCH,
        }
    }

    fn component(ids: &Ids, quantity: i32) -> Component {
        let variant = VariantBrief {
            id: ids.next(),
            sku: "MUG-W".to_owned(),
            name: "머그컵 흰색".to_owned(),
            digital: false,
        };
        Component { variant, quantity }
    }

    fn by() -> Signature {
        Signature {
            operator: "owner".to_owned(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn mapping_twice_alike_changes_nothing_and_otherwise_raises_the_version() {
        let ids = Ids::seeded(1);
        let mut listing = listing(&ids);
        let mug = component(&ids, 1);
        let map = |listing: &mut Listing, set: &[&Component]| {
            let set = set.iter().map(|component| (*component).clone()).collect();
            listing.map(set, None, by()).unwrap()
        };
        assert_eq!(map(&mut listing, &[&mug]), Outcome::Applied);
        assert_eq!(map(&mut listing, &[&mug]), Outcome::AlreadyApplied);
        assert_eq!((listing.version, listing.attention), (1, None));
        let pair = Component {
            quantity: 2,
            ..mug.clone()
        };
        assert_eq!(map(&mut listing, &[&pair]), Outcome::Applied);
        let plate = component(&ids, 1);
        assert_eq!(map(&mut listing, &[&plate, &pair]), Outcome::Applied);
        assert_eq!(map(&mut listing, &[&pair, &plate]), Outcome::AlreadyApplied);
        assert_eq!(listing.version, 3);
        assert_eq!(listing.unmap(None, by()), Ok(Outcome::Applied));
        assert_eq!(listing.unmap(None, by()), Ok(Outcome::AlreadyApplied));
        assert_eq!((listing.version, listing.components.len()), (4, 0));
    }

    #[test]
    fn a_set_that_cannot_be_is_refused_with_its_reason() {
        let ids = Ids::seeded(2);
        let mut listing = listing(&ids);
        let mug = component(&ids, 1);
        let many = (0..=MAX_COMPONENTS).map(|_| component(&ids, 1)).collect();
        let refused = [
            (vec![], MappingRefusal::ComponentCount),
            (many, MappingRefusal::ComponentCount),
            (vec![component(&ids, 0)], MappingRefusal::Quantity),
            (vec![component(&ids, 1001)], MappingRefusal::Quantity),
            (
                vec![mug.clone(), component(&ids, 1), mug.clone()],
                MappingRefusal::VariantTwice(mug.variant.id),
            ),
        ];
        for (set, refusal) in refused {
            assert_eq!(listing.map(set, None, by()), Err(refusal));
        }
        assert_eq!(listing.version, 0);
    }

    #[test]
    fn who_decides_on_what_is_no_more_is_told_so() {
        let ids = Ids::seeded(3);
        let mut listing = listing(&ids);
        let (mug, plate) = (component(&ids, 1), component(&ids, 1));
        listing.map(vec![mug.clone()], Some(0), by()).unwrap();
        let late = listing.map(vec![plate], Some(0), by());
        assert_eq!(late, Err(MappingRefusal::Changed { current: 1 }));
        // Two people of one mind.
        let alike = listing.map(vec![mug], Some(0), by());
        assert_eq!(alike, Ok(Outcome::AlreadyApplied));
        assert_eq!(
            listing.unmap(Some(0), by()),
            Err(MappingRefusal::Changed { current: 1 })
        );
    }
}
