//! What can go wrong here, in our words.

use moa_id::{ClaimId, EntitlementId, InquiryId, OrderId, ShipmentId};

use crate::domain::carrier::{CarrierUnknown, TrackingNumberMalformed};
use crate::domain::claim::ClaimRefusal;
use crate::domain::entitlement::ActivationRefusal;
use crate::domain::inquiry::{AnswerRefusal, Unfit};
use crate::domain::packing::PackRefusal;
use crate::domain::placeholder::Unfilled;
use crate::domain::shipment::{CancelRefusal, DispatchRefusal, ReceiverRefusal};
use crate::store::StoreError;

/// Everything that a call of this service can end with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lines cannot be packed so.
    #[error(transparent)]
    Pack(#[from] PackRefusal),
    /// The dispatch was not begun.
    #[error(transparent)]
    Dispatch(#[from] DispatchRefusal),
    /// The shipment cannot be taken back.
    #[error(transparent)]
    Cancel(#[from] CancelRefusal),
    /// The changed receiver is not taken over.
    #[error(transparent)]
    Receiver(#[from] ReceiverRefusal),
    /// The link does not activate.
    #[error(transparent)]
    Activation(#[from] ActivationRefusal),
    /// The question is not answered.
    #[error(transparent)]
    Answer(#[from] AnswerRefusal),
    /// The claim does not take this step.
    #[error(transparent)]
    Claim(#[from] ClaimRefusal),
    /// The channel would not take the answer.
    #[error("{0}")]
    Unfit(Unfit),
    /// The words are not ready for a buyer.
    #[error(transparent)]
    Unfilled(#[from] Unfilled),
    /// No such claim.
    #[error("claim {0} does not exist")]
    ClaimNotFound(ClaimId),
    /// No such question.
    #[error("inquiry {0} does not exist")]
    InquiryNotFound(InquiryId),
    /// No such order.
    #[error("order {0} does not exist")]
    OrderNotFound(OrderId),
    /// No such shipment.
    #[error("shipment {0} does not exist")]
    ShipmentNotFound(ShipmentId),
    /// No such entitlement.
    #[error("entitlement {0} does not exist")]
    EntitlementNotFound(EntitlementId),
    /// The order was cancelled.
    #[error("the order of entitlement {0} was cancelled")]
    EntitlementRevoked(EntitlementId),
    /// The link's secret is not kept any more.
    #[error(
        "the activation link of entitlement {0} was delivered more than 72 hours ago and is not kept any more"
    )]
    TokenGone(EntitlementId),
    /// No link has this token.
    #[error("this activation link is not known; check that it was copied whole")]
    TokenUnknown,
    /// Catalog does not know what was bought.
    #[error("what was bought cannot be shown right now; try again later")]
    ContentMissing,
    /// Another service did not answer.
    #[error("{service} did not answer")]
    Upstream {
        /// The service.
        service: &'static str,
        /// Its refusal.
        #[source]
        source: Box<tonic::Status>,
    },
    /// An event of another service that cannot be read.
    #[error("event {event_id} of {service} cannot be read: {reason}")]
    MalformedEvent {
        /// The service.
        service: &'static str,
        /// The event.
        event_id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The stored facts failed.
    #[error("the stored facts could not be used")]
    Store(#[from] StoreError),
    /// The sealed values failed.
    #[error("the sealed values could not be used")]
    Vault(#[from] moa_vault::VaultError),
    /// An intent in the ledger that this version cannot read.
    #[error("effect {effect_id} has a payload that cannot be read")]
    Intent {
        /// The effect.
        effect_id: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Serving failed.
    #[error("the server failed")]
    Serve(#[from] moa_service::ServeError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::Database(error))
    }
}

impl From<CarrierUnknown> for Error {
    fn from(error: CarrierUnknown) -> Self {
        Self::Pack(PackRefusal::CarrierUnknown(error))
    }
}

impl From<TrackingNumberMalformed> for Error {
    fn from(error: TrackingNumberMalformed) -> Self {
        Self::Pack(PackRefusal::TrackingNumberMalformed(error))
    }
}
