//! What is told about listings.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::invalid_field;
use tonic::Status;

use super::{Message, missing, money};
use crate::domain::operation::{ListingChange, ListingOperation, ListingRef, Operation};
use crate::grpc::parse::channel_id;

/// More of one listing is in no warehouse.
const MAX_STOCK: i64 = 99_999_999;

/// What names a listing.
pub fn listing_ref(field: &str, listing: Option<pb::ListingRef>) -> Result<ListingRef, Status> {
    let listing = listing.ok_or_else(|| missing(field))?;
    let product_field = format!("{field}.channel_product_id");
    let channel_product_id = match listing.channel_product_id.as_str() {
        "" => String::new(),
        id => channel_id(&product_field, id)?,
    };
    Ok(ListingRef {
        channel_listing_id: channel_id(
            &format!("{field}.channel_listing_id"),
            &listing.channel_listing_id,
        )?,
        channel_product_id,
    })
}

fn stock(field: &str, quantity: i64) -> Result<i64, Status> {
    if (0..=MAX_STOCK).contains(&quantity) {
        return Ok(quantity);
    }
    Err(invalid_field(field, format!("must be 0 to {MAX_STOCK}")))
}

fn of_listing(
    field: &str,
    listing: Option<pb::ListingRef>,
    change: ListingChange,
) -> Result<Operation, Status> {
    Ok(Operation::Listing(ListingOperation {
        listing: listing_ref(&format!("{field}.listing"), listing)?,
        change,
    }))
}

impl Message for pb::StockChange {
    const FIELD: &'static str = "stock_change";

    fn read(self) -> Result<Operation, Status> {
        let stock = stock("stock_change.quantity", self.quantity)?;
        of_listing(Self::FIELD, self.listing, ListingChange::SetStock(stock))
    }
}

impl Message for pb::PriceChange {
    const FIELD: &'static str = "price_change";

    fn read(self) -> Result<Operation, Status> {
        let price = self.price.ok_or_else(|| missing("price_change.price"))?;
        let change = ListingChange::SetPrice {
            price: money("price_change.price", price)?,
            allow_large_change: self.allow_large_change,
        };
        of_listing(Self::FIELD, self.listing, change)
    }
}

impl Message for pb::SaleStop {
    const FIELD: &'static str = "sale_stop";

    fn read(self) -> Result<Operation, Status> {
        of_listing(Self::FIELD, self.listing, ListingChange::StopSale)
    }
}

impl Message for pb::SaleResumption {
    const FIELD: &'static str = "sale_resumption";

    fn read(self) -> Result<Operation, Status> {
        let stock = stock("sale_resumption.quantity", self.quantity)?;
        of_listing(
            Self::FIELD,
            self.listing,
            ListingChange::ResumeSale { stock },
        )
    }
}
