use moa_service::{internal, refusal};
use tonic::{Code, Status};

use crate::domain::listing::MappingRefusal;
use crate::domain::product::ProductError;
use crate::error::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let refuse =
            |code, reason, metadata| refusal(code, "catalog.moa", reason, message, metadata);
        match error {
            Error::Product(ProductError::VariantCount) => {
                refuse(Code::InvalidArgument, "VARIANT_COUNT", vec![])
            }
            Error::Product(ProductError::SkuTwice(sku)) => {
                refuse(Code::InvalidArgument, "SKU_TWICE", vec![("sku", sku)])
            }
            Error::Mapping(MappingRefusal::ComponentCount) => {
                refuse(Code::InvalidArgument, "COMPONENT_COUNT", vec![])
            }
            Error::Mapping(MappingRefusal::Quantity) => {
                refuse(Code::InvalidArgument, "QUANTITY_INVALID", vec![])
            }
            Error::Mapping(MappingRefusal::VariantTwice(id)) => refuse(
                Code::InvalidArgument,
                "VARIANT_TWICE",
                vec![("variant_id", id.to_string())],
            ),
            Error::Mapping(MappingRefusal::Changed { current }) => refuse(
                Code::Aborted,
                "LISTING_CHANGED",
                vec![("version", current.to_string())],
            ),
            Error::ListingNotFound(id) => refuse(
                Code::NotFound,
                "LISTING_NOT_FOUND",
                vec![("listing_id", id.to_string())],
            ),
            Error::SkuTaken(sku) => refuse(Code::AlreadyExists, "SKU_TAKEN", vec![("sku", sku)]),
            Error::VariantNotFound(id) => refuse(
                Code::NotFound,
                "VARIANT_NOT_FOUND",
                vec![("variant_id", id.to_string())],
            ),
            Error::ChannelMissing => refuse(Code::InvalidArgument, "CHANNEL_MISSING", vec![]),
            Error::Row { .. } | Error::Database(_) | Error::Serve(_) => internal(error),
        }
    }
}
