//! Typed identifiers and the source that makes them.
//!
//! An identifier is a UUIDv7 made by the application, so that a row's key is known before it is stored and sorts by
//! time. Each kind has its own type: an [`OrderId`] cannot be passed where a [`LineId`] is asked for.

mod ids;

pub use ids::Ids;

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// What every typed identifier can do.
pub trait TypedId: Copy + Eq + Ord + fmt::Display + FromStr<Err = IdError> + Send + Sync {
    /// The word people read in messages, e.g. "order id".
    const NAME: &'static str;

    /// Wraps a UUID that is known to name this kind of thing.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The plain UUID, for SQL.
    fn as_uuid(&self) -> Uuid;
}

/// A text that should have been an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be a UUID such as 0190163d-8694-739b-aea5-966c26f8ad91")]
pub struct IdError {
    name: &'static str,
}

macro_rules! typed_id {
    ($($(#[$doc:meta])+ $type:ident = $name:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Uuid);

        impl $type {
            /// Wraps a UUID that is known to name this kind of thing.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The plain UUID, for SQL.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl TypedId for $type {
            const NAME: &'static str = $name;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError { name: $name })
            }
        }
    )+};
}

typed_id! {
    /// The business that runs on Moa.
    MerchantId = "merchant id";
    /// One merchant's log-in at a channel.
    ChannelAccountId = "channel account id";
    /// A customer's purchase on one channel.
    OrderId = "order id";
    /// One product and quantity in an order.
    LineId = "line id";
    /// An after-sale demand.
    ClaimId = "claim id";
    /// A step that is taken about it.
    ClaimDecisionId = "claim decision id";
    /// What a buyer asked at a channel.
    InquiryId = "inquiry id";
    /// Our answer to it.
    InquiryAnswerId = "inquiry answer id";
    /// A text that answers begin from.
    AnswerTemplateId = "answer template id";
    /// A page exactly as a channel sent it.
    RawPageId = "raw page id";
    /// A parcel and what is in it.
    ShipmentId = "shipment id";
    /// The right to a digital product.
    EntitlementId = "entitlement id";
    /// Something that leaves the house.
    EffectId = "effect id";
    /// One use of the right to dispatch.
    PermitId = "permit id";
    /// One fact in a feed.
    EventId = "event id";
    /// A message to a person.
    MessageId = "message id";
    /// A product.
    ProductId = "product id";
    /// Our sellable unit.
    VariantId = "variant id";
    /// A variant as offered on a channel.
    ListingId = "listing id";
    /// A customer of the own store.
    CustomerId = "customer id";
    /// A person who works in the admin screen.
    OperatorId = "operator id";
    /// A log-in.
    SessionId = "session id";
    /// A set of credentials of a channel account.
    CredentialsId = "credentials id";
    /// A key that seals one subject's data.
    DataKeyId = "data key id";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_survives_its_text() {
        let id: OrderId = Ids::seeded(1).next();
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_text_that_is_no_uuid_names_the_kind() {
        let error = "17".parse::<OrderId>().unwrap_err();
        assert!(error.to_string().starts_with("order id must be a UUID"));
    }
}
