//! Did a change of a listing happen? Answered from a fresh look.

use crate::domain::listing::ChannelOffer;
use crate::domain::operation::ListingChange;
use crate::domain::probe::{Finding, conflict};

/// What a look at an offer says about a change; `None` when the channel does not know the listing.
///
/// A stock that was set and then sold from looks as if it had not been set: it is set again, which does no harm.
pub fn changed(offer: Option<&ChannelOffer>, change: &ListingChange) -> Finding {
    let Some(offer) = offer else {
        return conflict(
            "LISTING_NOT_FOUND",
            "the channel does not know this listing",
        );
    };
    let happened = match change {
        ListingChange::SetStock(stock) => offer.stock == *stock,
        ListingChange::SetPrice { price, .. } => offer.price == Some(*price),
        ListingChange::StopSale => !offer.on_sale,
        ListingChange::ResumeSale { .. } => offer.on_sale,
    };
    if happened {
        Finding::Happened
    } else {
        Finding::Clean
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use moa_money::Money;

    use super::*;

    #[test]
    fn a_change_happened_when_the_offer_shows_it() {
        let offer = ChannelOffer {
            channel_listing_id: "1".to_owned(),
            stock: 7,
            price: Some(Money::krw(9000)),
            on_sale: true,
            read_at: DateTime::UNIX_EPOCH,
        };
        let price = |won| ListingChange::SetPrice {
            price: Money::krw(won),
            allow_large_change: false,
        };
        let table = [
            (ListingChange::SetStock(7), Finding::Happened),
            (ListingChange::SetStock(8), Finding::Clean),
            (price(9000), Finding::Happened),
            (price(9010), Finding::Clean),
            (ListingChange::StopSale, Finding::Clean),
            (ListingChange::ResumeSale { stock: 0 }, Finding::Happened),
        ];
        for (change, expected) in table {
            assert_eq!(changed(Some(&offer), &change), expected, "{change:?}");
        }
        let unknown = changed(None, &ListingChange::StopSale);
        assert!(matches!(unknown, Finding::Conflict { .. }));
    }
}
