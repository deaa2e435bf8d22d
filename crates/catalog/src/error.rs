use moa_id::{ListingId, VariantId};

use crate::domain::listing::MappingRefusal;
use crate::domain::product::ProductError;

/// What can go wrong here, in our words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A product that cannot be.
    #[error(transparent)]
    Product(#[from] ProductError),
    /// A mapping that cannot be.
    #[error(transparent)]
    Mapping(#[from] MappingRefusal),
    /// No such listing.
    #[error("there is no listing {0}; list the listings to see what there is")]
    ListingNotFound(ListingId),
    /// Two variants of one merchant may not share a SKU.
    #[error("the SKU {0} is taken by another variant; use another one, or map to that variant")]
    SkuTaken(String),
    /// Nothing to map to.
    #[error("there is no variant {0}; list the products to see what there is")]
    VariantNotFound(VariantId),
    /// A listing that nobody has seen can be mapped only with its channel's code.
    #[error("the listing was not seen yet, so its channel must be given")]
    ChannelMissing,
    /// A row that does not decode.
    #[error("row {id} of {table} cannot be read: {reason}")]
    Row {
        /// Where it stands.
        table: &'static str,
        /// Which.
        id: String,
        /// Why.
        reason: String,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// Serving ended badly.
    #[error("serving failed")]
    Serve(#[from] moa_service::ServeError),
}
